# SPDX-License-Identifier: MIT
# The demonstration, and the game server of its second part.

ARENA       := $(B)/demo/arena
# Compiled and linked as Debian builds its daemons (hardening=+all): position-independent, checked string functions, and
# every function bound at the start (-z now), so that no thread is ever in the dynamic linker's lazy binding.
ARENA_FLAGS := -std=gnu11 -O2 -g $(WARN) $(WERROR) -D_GNU_SOURCE -fstack-protector-strong -U_FORTIFY_SOURCE \
               -D_FORTIFY_SOURCE=2 -fPIE
ARENA_LINK  := -pie -Wl,-z,relro -Wl,-z,now

demo: all
	demo/run

arena: $(ARENA) $(ARENA)-client
$(ARENA): $(wildcard demo/arena/*.c demo/arena/*.h) demo/demo.mk
	@mkdir -p $(@D)
	$(CC) $(ARENA_FLAGS) $(ARENA_LINK) -o $@ $(filter %.c,$^) -lpthread
$(ARENA)-client: $(wildcard demo/arena/client/*.c demo/arena/client/*.h)
	@mkdir -p $(@D)
	$(CC) $(ARENA_FLAGS) $(ARENA_LINK) -o $@ $(filter %.c,$^) -lpthread

.PHONY: demo arena
