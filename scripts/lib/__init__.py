# Shared parts of the scripts.  They need only Python and numpy unless a file states more.
# SPDX-License-Identifier: MIT
