#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# tests/servers/varnish.bats with twenty kills.
set -euo pipefail
cd "$(dirname "$0")/../.."
KILLS=20 bats tests/servers/varnish.bats
