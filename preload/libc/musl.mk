# SPDX-License-Identifier: MIT
# The preloaded object for programs of musl (Alpine), from the same sources: docs/musl.md.

MUSL_CC   ?= musl-gcc
M         := $(B)/obj/musl
# musl-gcc sees musl's headers and the compiler's. The kernel's are the same for every libc.
MUSL_KERNEL := $(M)/include
MUSL_FLAGS   = -isystem $(MUSL_KERNEL)

MUSL_SAFE_OBJS    := $(patsubst %.c,$(M)/%.o,$(filter-out %_glibc.c,$(SAFE_ALL)))
MUSL_PRELOAD_OBJS := $(patsubst %.c,$(M)/%.o,$(filter-out %_glibc.c,$(PRELOAD_ALL)))
MUSL_OBJS         := $(MUSL_SAFE_OBJS) $(MUSL_PRELOAD_OBJS) $(ASM_OBJS)

$(MUSL_KERNEL)/linked:
	@mkdir -p $(@D)
	for name in linux asm asm-generic; do \
	  for folder in /usr/include/$$name /usr/include/$$($(CC) -print-multiarch)/$$name; do \
	    [ ! -d "$$folder" ] || ln -sfn "$$folder" $(@D)/$$name; \
	  done; \
	done
	touch $@

$(MUSL_SAFE_OBJS): $(M)/%.o: %.c $(MUSL_KERNEL)/linked
	@mkdir -p $(@D)
	$(MUSL_CC) $(SAFE) $(MUSL_FLAGS) -c $< -o $@

$(MUSL_PRELOAD_OBJS): $(M)/%.o: %.c $(MUSL_KERNEL)/linked
	@mkdir -p $(@D)
	$(MUSL_CC) $(PRELOAD) $(MUSL_FLAGS) -c $< -o $@

# The same names as the other object's, and those of functions that end a process inside musl.
$(B)/musl/exports.map: preload/exports.txt preload/libc/exports_musl.txt
	@mkdir -p $(@D)
	(echo '{ global:'; cat $^ | sed 's/$$/;/'; echo 'local: *; };') >$@

# musl-gcc leaves out the table of .eh_frame, without which nobody walks through crumple's frames.
# It needs no library by name: each system calls musl's file by another one (libc.so, libc.musl-x86_64.so.1), and the
# process has it. In a process of glibc the object finds what it needs, says that it is the wrong one, and stays out.
LINK_MUSL = $(MUSL_CC) -shared -nostdlib -o $@ $(filter %.o,$^) -Wl,--version-script=$(B)/musl/exports.map \
  -Wl,-Bsymbolic-functions -Wl,--eh-frame-hdr -Wl,-z,now -Wl,-z,relro -Wl,-z,nodelete -Wl,-z,noexecstack \
  -Wl,-Map=$@.map -Wl,--build-id -Wl,--hash-style=gnu -lgcc
$(B)/musl/libcrumple.so: $(MUSL_OBJS) $(B)/musl/exports.map
	@mkdir -p $(@D)
	$(LINK_MUSL)
