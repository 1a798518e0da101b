# Compares our programs with other engines: the parts of bench/rivals.py, bench/pipeline.py and bench/video.py.
# SPDX-License-Identifier: MIT
