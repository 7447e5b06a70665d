#!/bin/sh
# SPDX-License-Identifier: MIT
# The version, of include/crumple_format.h.
sed -n 's/^#define CRUMPLE_VERSION *"\(.*\)"$/\1/p' "$(dirname "$0")/../include/crumple_format.h"
