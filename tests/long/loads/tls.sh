#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# tls.sh PORT: HTTPS clients of a TLS server until SIGTERM, each request on a connection of its own.
# shellcheck source=tests/long/loads/http_clients.bash
. "$(dirname "$0")/http_clients.bash"
server=https://127.0.0.1:$1

start_client -k "$server/page?[1-4]" # one process resumes its session
start_client -k --tls-max 1.2 "$server/page"
start_client -k --http1.0 "$server/page"
await_clients
