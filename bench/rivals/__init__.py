# Compares our programs with other engines: the parts of bench/rivals.py and bench/pipeline.py.
# SPDX-License-Identifier: MIT
