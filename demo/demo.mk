# SPDX-License-Identifier: MIT
# The demonstration, and the game server of its second part.

ARENA       := $(B)/demo/arena
ARENA_FLAGS := -std=gnu11 -O2 -g $(WARN) $(WERROR) -D_GNU_SOURCE

demo: all
	demo/run

arena: $(ARENA) $(ARENA)-client
$(ARENA): $(wildcard demo/arena/*.c demo/arena/*.h)
	@mkdir -p $(@D)
	$(CC) $(ARENA_FLAGS) -o $@ $(filter %.c,$^) -lpthread
$(ARENA)-client: $(wildcard demo/arena/client/*.c demo/arena/client/*.h)
	@mkdir -p $(@D)
	$(CC) $(ARENA_FLAGS) -o $@ $(filter %.c,$^) -lpthread

.PHONY: demo arena
