#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# privoxy.sh PORT: clients of privoxy's own pages until SIGTERM.
# shellcheck source=tests/long/loads/http_clients.bash
. "$(dirname "$0")/http_clients.bash"
proxy=http://127.0.0.1:$1

start_client -x "$proxy" 'http://p.p/show-status?[1-8]'
start_client -x "$proxy" 'http://p.p/show-url-info?url=www.example.com&x=[1-8]'
start_client -x "$proxy" 'http://p.p/show-request?[1-8]'
await_clients
