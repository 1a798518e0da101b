# Shared parts of the scripts; nothing here needs more than Python and numpy unless the file says so.
# SPDX-License-Identifier: MIT
