# SPDX-License-Identifier: MIT
# Programs of musl for the tests, from the sources of the others.

MT          := $(T)/musl
# musl-gcc does not ask the linker for what every distribution does.
ALPINE      := -Wl,--eh-frame-hdr -Wl,--build-id -Wl,-z,now -Wl,-z,relro
CRIME_MUSL   = $(CRIME) $(MUSL_FLAGS) -include tests/musl/absent.h
# What a verb calls and musl has not. The names do not become symbols of the program: the shim might find them.
MUSL_ABSENT := getcontext makecontext swapcontext posix_spawn@GLIBC_2.2.5 __memcpy_chk __snprintf_chk __fdelt_chk \
               __longjmp_chk __open_2 __cxa_thread_atexit_impl __ppoll_chk
plain        = $(firstword $(subst @, ,$(1)))
ABSENT_LINK  = $(foreach name,$(MUSL_ABSENT),-Wl,--defsym=absent_$(call plain,$(name))=absent)
MUSL_VICTIM := $(patsubst tests/%.c,$(MT)/obj/%.o,$(wildcard tests/victim/*.c tests/musl/*.c))

MUSL_PROGRAMS := $(addprefix $(MT)/,unloading secrets undumpable churn entered bad_pointers probe masks musl_ends musl_users musl_hosts musl_processes musl_guarded standing_still)
MUSL_LIBS     := $(addprefix $(MT)/lib,plugin.so inner.so early.so leaver.so inject.so nomalloc.so ctor_crash.so ctor_park.so)
tests: $(MT)/victim $(MUSL_PROGRAMS) $(MUSL_LIBS)

$(MT)/obj/victim/smash.o: CRIME += -fstack-protector-all
$(MT)/obj/%.o: tests/%.c tests/musl/absent.h $(MUSL_KERNEL)/linked
	@mkdir -p $(@D)
	$(MUSL_CC) $(CRIME_MUSL) -c $< -o $@
	objcopy $(foreach name,$(MUSL_ABSENT),--redefine-sym $(name)=absent_$(call plain,$(name))) $@
$(MT)/victim: $(MUSL_VICTIM)
	$(MUSL_CC) -rdynamic $(ALPINE) -o $@ $^ $(ABSENT_LINK)
$(MUSL_LIBS): $(MT)/%.so: $(MT)/obj/programs/%.o
	$(MUSL_CC) -shared $(ALPINE) -o $@ $^
$(MUSL_PROGRAMS): $(MT)/%: $(MT)/obj/programs/%.o $(MT)/obj/musl/absent.o
	$(MUSL_CC) $(ALPINE) -o $@ $^ $(ABSENT_LINK)
$(MT)/probe: $(MT)/obj/programs/probe_more.o
$(MT)/masks: $(MT)/obj/programs/masks_handlers.o $(MT)/obj/programs/masks_inside.o
$(MT)/obj/programs/libctor_park.o: CRIME += -DPARK
$(MT)/obj/programs/libctor_%.o: tests/programs/libctor.c $(MUSL_KERNEL)/linked
	@mkdir -p $(@D)
	$(MUSL_CC) $(CRIME_MUSL) -c $< -o $@
$(MT)/obj/programs/%.o: CRIME += -Iinclude -fPIC -fno-builtin -Wno-missing-prototypes -Wno-restrict

# arena as demo/demo.mk builds it.
tests: $(MT)/arena
$(MT)/arena: $(wildcard demo/arena/*.c demo/arena/*.h) $(MUSL_KERNEL)/linked
	@mkdir -p $(@D)
	$(MUSL_CC) $(ARENA_FLAGS) $(MUSL_FLAGS) -pie $(ALPINE) -o $@ $(filter %.c,$^)

# The calls that are redirected, in the ways in which a call can find libc; there is no lazy binding.
MUSL_REDIRECTED := $(addprefix $(MT)/redirected-,now nopie noplt norelro) $(MT)/redirected_own
tests: $(MUSL_REDIRECTED) $(addprefix $(MT)/lib,redirect.so taker.so taker_now.so)
$(MT)/libredirect.so: tests/programs/libredirect.c $(MUSL_OBJS)
	@mkdir -p $(@D)
	$(MUSL_CC) $(PRELOAD) $(MUSL_FLAGS) -MF $@.d -shared -nostdlib $(ALPINE) -o $@ $< $(MUSL_OBJS) -lgcc
$(MT)/libtaker.so $(MT)/libtaker_now.so: tests/programs/libtaker.c
	@mkdir -p $(@D)
	$(MUSL_CC) $(CRIME_MUSL) -MF $@.d -fPIC -shared $(ALPINE) -o $@ $<
$(MT)/redirected-%: $(addprefix tests/programs/redirected,.c _sockets.c .h) $(MUSL_KERNEL)/linked
	@mkdir -p $(MT)/obj/programs
	$(MUSL_CC) $(CRIME_MUSL) -iquote preload -iquote share -MF $(MT)/obj/programs/$(@F).d $(LINKED) $(ALPINE) -o $@ $(filter %.c,$^) -Wl,-rpath,'$$ORIGIN'
$(MT)/redirected-now:     LINKED := -fPIE -pie
$(MT)/redirected-nopie:   LINKED := -fno-pie -no-pie
$(MT)/redirected-noplt:   LINKED := -fPIE -pie -fno-plt
$(MT)/redirected-norelro: LINKED := -fPIE -pie -Wl,-z,norelro
$(MT)/redirected_own: tests/programs/redirected_own.c $(MUSL_KERNEL)/linked
	@mkdir -p $(@D)
	$(MUSL_CC) $(CRIME_MUSL) -fno-builtin -iquote preload -iquote share -iquote include -MF $@.d -rdynamic $(ALPINE) -o $@ $<

# Trouble on demand, for this libc: see tests.mk.
MUSL_INJECTED := $(patsubst $(B)/inject/%,$(B)/obj/musl/inject/%,$(filter-out $(B)/inject/writer/% %_glibc.o,$(INJECTED)))
inject tests: $(B)/inject/musl/libcrumple.so
$(MUSL_INJECTED): $(B)/obj/musl/inject/%.o: %.c $(MUSL_KERNEL)/linked
	@mkdir -p $(@D)
	$(MUSL_CC) $(if $(filter $<,$(SAFE_SRCS)),$(SAFE),$(PRELOAD)) $(MUSL_FLAGS) -DCRUMPLE_INJECTS -Wno-array-bounds -c $< -o $@
$(B)/inject/musl/libcrumple.so: $(MUSL_INJECTED) $(filter-out $(MUSL_INJECTED:$(B)/obj/musl/inject/%=$(B)/obj/musl/%),$(MUSL_OBJS)) $(B)/musl/exports.map
	@mkdir -p $(@D)
	$(LINK_MUSL)

-include $(wildcard $(MT)/obj/*/*.d) $(MUSL_INJECTED:.o=.d)
