# SPDX-License-Identifier: MIT
demo: all
	demo/run

.PHONY: demo
