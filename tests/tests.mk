# SPDX-License-Identifier: MIT
# What only the tests need. 'make tests' builds it, 'make check' runs everything.

T := $(B)/tests

# -O1 and no tail calls: the stacks of the victims are to be read, and compared, frame by frame.
CRIME       := -std=gnu11 -O1 -g $(WARN) -Wno-array-bounds -Wno-infinite-recursion -fno-optimize-sibling-calls \
               $(WERROR) -D_GNU_SOURCE -MMD -MP
VICTIM_OBJS := $(patsubst tests/%.c,$(T)/obj/%.o,$(wildcard tests/victim/*.c))
BUG_SRCS    := $(wildcard tests/writer/bugs/*.c)
BUG_FLAGS   := -std=gnu11 -g -w -D_GNU_SOURCE

TEST_PROGRAMS := $(addprefix $(T)/,victim runner probe entered bad_pointers masks churn hanging_writer crashing_writer \
                 false_writer killer fault_in own_root hanging_fs drill_server drill_client)
TEST_PROGRAMS += $(addprefix $(T)/,standing standing-O0 standing-clang standing-static)
TEST_PROGRAMS += $(addprefix $(T)/,descriptors talker patient ends requests vital waiting)
TEST_LIBS     := $(addprefix $(T)/,libctor_crash.so libctor_park.so libinject.so libnomalloc.so libleaver.so libearly.so libinner.so)
TOOLED_PROGRAMS := $(addprefix $(T)/tooled,-plain -gcc-asan -clang-asan -clang-tsan -clang-ubsan)
TEST_PROGRAMS += $(TOOLED_PROGRAMS)
SERVERS       := $(T)/threaded_server
BUG_BUILDS    := $(addprefix $(T)/bugs-,gcc-O0 gcc-O2 clang-O2)

# One program, linked in the ways in which a call can find libc.
REDIRECTED := $(addprefix $(T)/redirected-,lazy now nopie noplt norelro clang)
TEST_PROGRAMS += $(T)/secrets $(T)/undumpable $(T)/secretive $(T)/swapper $(T)/appender $(REDIRECTED) $(T)/redirected_own
TEST_LIBS     += $(T)/libredirect.so $(T)/libtaker.so $(T)/libtaker_now.so

tests: man $(B)/bench/forks $(B)/bench/steps $(B)/bench/make_bundles $(T)/updated
tests: $(TEST_PROGRAMS) $(TEST_LIBS) $(SERVERS) $(BUG_BUILDS) arena

# Trouble on demand: the shim (preload/base/inject.h) and the writer (writer/base/inject.h) once more. What includes one of
# those headers is compiled again; the other objects are the ones of the shipped programs.
INJECTS  := $(addprefix $(B)/inject/,libcrumple.so crumple-writer)
INJECTED := $(patsubst %.c,$(B)/inject/%.o,$(shell grep -rl '/inject\.h"' --include='*.c' hooks preload writer))
injected  = $(filter $(1),$(INJECTED)) $(filter-out $(INJECTED:$(B)/inject/%=$(B)/obj/%),$(2))
inject: $(INJECTS)
tests: $(INJECTS)
$(INJECTED): $(B)/inject/%.o: %.c
	@mkdir -p $(@D)
	$(CC) $(if $(filter writer/%,$<),$(BASE) -Iwriter -Ireadable -Igolang -Ityped -Iscrub -Iretain $(HARDEN),$(if $(filter $<,$(SAFE_SRCS)),$(SAFE),$(PRELOAD))) \
	  -DCRUMPLE_INJECTS -Wno-array-bounds -c $< -o $@
$(B)/inject/libcrumple.so: $(call injected,$(B)/inject/hooks/% $(B)/inject/preload/%,$(SHIM_OBJS)) $(B)/exports.map
	$(LINK_SHIM)
$(B)/inject/crumple-writer: $(call injected,$(B)/inject/writer/%,$(WRITER_OBJS) $(GOLANG_OBJS) $(TYPED_OBJS) $(SCRUB_OBJS) $(RETAIN_OBJS) $(READABLE_OBJS) $(SANDBOX_OBJS) $(SHARE_OBJS))
	$(CC) $(ALONE_WRITER) -o $@ $^ $(WRITER_LIBS)

$(T)/obj/victim/smash.o: CRIME += -fstack-protector-all
$(T)/obj/victim/%.o: tests/victim/%.c tests/victim/victim.h
	@mkdir -p $(@D)
	$(CC) $(CRIME) -c $< -o $@
# The libraries of row 36 call back into the program by name.
$(T)/victim: $(VICTIM_OBJS)
	$(CC) -rdynamic -o $@ $(VICTIM_OBJS) -lpthread -ldl -lutil

# What units, gates, the command and tests/crash/faults.bats need: see './build.sh quick'.
quick: all $(addprefix $(T)/,victim runner judge own_root swapper)

# What every run of a victim must satisfy, in one program instead of a hundred.
tests: $(T)/judge
JUDGE_OBJS := $(patsubst tests/%.c,$(T)/obj/%.o,$(wildcard tests/judge/*.c))
$(T)/obj/judge/%.o: tests/judge/%.c
	@mkdir -p $(@D)
	$(CC) $(CRIME) -c $< -o $@
$(T)/judge: $(JUDGE_OBJS)
	$(CC) -static -o $@ $(JUDGE_OBJS) $(CLI_LIBS)

# The keeper's own code, in as many processes as are wanted.
APPENDS := $(addprefix preload/,out/events.c base/io.c base/text.c) $(SHARE_SRCS)
$(T)/appender: tests/programs/appender.c $(APPENDS) preload/out/events.h
	@mkdir -p $(@D)
	$(CC) $(CRIME) -Iinclude -Ishare -Ipreload -MF $@.d -o $@ tests/programs/appender.c $(APPENDS)

tests: $(T)/hostile
$(T)/hostile: tests/programs/hostile.cpp
	@mkdir -p $(@D)
	$(CXX) -std=gnu++17 -O1 -g -Wall -Wextra $(WERROR) -MMD -MP -MF $@.d -o $@ $< -lpthread

$(T)/updated: tests/programs/updated.c
	@mkdir -p $(@D)
	$(CC) $(CRIME) -MF $@.d -o $@ $< -lpthread
$(T)/runner $(T)/killer $(T)/fault_in $(T)/own_root $(T)/swapper: $(T)/%: tests/programs/%.c
	@mkdir -p $(@D)
	$(CC) $(CRIME) -MF $@.d -o $@ $<
$(T)/probe: tests/programs/probe.c tests/programs/probe_more.c tests/programs/probe.h
	@mkdir -p $(@D)
	$(CC) $(CRIME) -Wno-restrict -o $@ $(filter %.c,$^) -lpthread
$(T)/entered $(T)/bad_pointers: $(T)/%: tests/programs/%.c
	@mkdir -p $(@D)
	$(CC) $(CRIME) -Wno-nonnull -Wno-stringop-overflow -MF $@.d -o $@ $< -lpthread
$(T)/masks: tests/programs/masks.c tests/programs/masks_handlers.c tests/programs/masks_inside.c tests/programs/masks.h
	@mkdir -p $(@D)
	$(CC) $(CRIME) -Wno-restrict -o $@ $(filter %.c,$^) -lpthread
$(T)/secretive $(T)/churn $(T)/hanging_fs: $(T)/%: tests/programs/%.c
	@mkdir -p $(@D)
	$(CC) $(CRIME) -Wno-restrict -Iinclude -MF $@.d -o $@ $<
$(T)/drill_server $(T)/drill_client $(T)/secrets $(T)/undumpable $(T)/descriptors $(T)/talker $(T)/patient $(T)/requests $(T)/vital $(T)/waiting: $(T)/%: tests/programs/%.c
	@mkdir -p $(@D)
	$(CC) $(CRIME) -MF $@.d -o $@ $< -lpthread
# What tools watch, and hosts that bring a sanitizer: gcc's as a library, clang's linked in.
$(T)/tooled-gcc-asan:    TOOLED := gcc -fsanitize=address
$(T)/tooled-clang-asan:  TOOLED := clang -fsanitize=address
$(T)/tooled-clang-tsan:  TOOLED := clang -fsanitize=thread
$(T)/tooled-clang-ubsan: TOOLED := clang -fsanitize=undefined -fno-sanitize-recover=all
$(T)/tooled-plain:       TOOLED := $(CC)
$(TOOLED_PROGRAMS): tests/programs/tooled.c
	@mkdir -p $(@D)
	$(TOOLED) -std=gnu11 -O1 -g -D_GNU_SOURCE -Wno-array-bounds -o $@ $< -lpthread
$(SERVERS): $(T)/%: tests/programs/%.cpp
	@mkdir -p $(@D)
	$(CXX) -std=gnu++17 -O2 -g -Wall -Wextra -Wshadow $(WERROR) -MMD -MP -MF $@.d -o $@ $< -lpthread
$(T)/ends: tests/programs/ends.c
	@mkdir -p $(@D)
	$(CC) $(CRIME) -MF $@.d -static -o $@ $<
$(T)/%_writer: tests/programs/%_writer.c
	@mkdir -p $(@D)
	$(CC) $(CRIME) -MF $@.d -static -o $@ $<

# Clients of a server that dies and comes back.
CLIENTS := $(wildcard tests/restart/clients/*.c)
tests: $(T)/restart_clients
$(T)/restart_clients: $(CLIENTS) tests/restart/clients/clients.h
	@mkdir -p $(@D)
	$(CC) $(CRIME) -o $@ $(CLIENTS)

# Variables of all kinds, in code that is optimised more and less.
LOCALS := $(addprefix $(T)/locals/,gcc-O0 gcc-Og gcc-O2 clang-O0 clang-O2 gcc-O2-stripped cpp-gcc-O0 cpp-gcc-O2 cpp-clang-O2)
tests: $(LOCALS)
$(T)/locals/gcc-%: tests/programs/locals.c
	@mkdir -p $(@D)
	gcc -std=gnu11 -$* -g -w -D_GNU_SOURCE -o $@ $< -lpthread
$(T)/locals/clang-%: tests/programs/locals.c
	@mkdir -p $(@D)
	clang -std=gnu11 -$* -g -w -D_GNU_SOURCE -o $@ $< -lpthread
$(T)/locals/gcc-O2-stripped: $(T)/locals/gcc-O2
	strip -o $@ $<
$(T)/locals/cpp-gcc-%: tests/programs/locals_cpp.cc
	@mkdir -p $(@D)
	g++ -std=gnu++17 -$* -g -w -o $@ $<
$(T)/locals/cpp-clang-%: tests/programs/locals_cpp.cc
	@mkdir -p $(@D)
	clang++ -std=gnu++17 -$* -g -w -o $@ $<

# Stacks for verdicts: the exception tables and the ways to call libc differ by compiler and options.
STANDING := -std=gnu++17 -w -MMD -MP -MF
$(T)/standing: tests/programs/standing.cc
	@mkdir -p $(@D)
	$(CXX) -O2 -g $(STANDING) $@.d -o $@ $< -lpthread
$(T)/standing-O0: tests/programs/standing.cc
	@mkdir -p $(@D)
	$(CXX) -O0 $(STANDING) $@.d -o $@ $< -lpthread
$(T)/standing-clang: tests/programs/standing.cc
	@mkdir -p $(@D)
	clang++ -O2 -fno-plt -s $(STANDING) $@.d -o $@ $< -lpthread
$(T)/standing-static: tests/programs/standing.cc
	@mkdir -p $(@D)
	$(CXX) -O2 -no-pie -fno-pie -static-libstdc++ -static-libgcc $(STANDING) $@.d -o $@ $< -lpthread

$(T)/libctor_park.so: CRIME += -DPARK
$(T)/libctor_crash.so $(T)/libctor_park.so: tests/programs/libctor.c tests/victim/victim.h
	@mkdir -p $(@D)
	$(CC) $(CRIME) -MF $@.d -fPIC -shared -o $@ $<
$(T)/libinject.so $(T)/libnomalloc.so $(T)/libtaker.so $(T)/libleaver.so $(T)/libearly.so $(T)/libinner.so: $(T)/lib%.so: tests/programs/lib%.c
	@mkdir -p $(@D)
	$(CC) $(CRIME) -MF $@.d -Wno-missing-prototypes -fno-builtin -fPIC -shared -o $@ $<

# Variables of all kinds, in a program that is linked in several ways.
GLOBALS := $(addprefix $(T)/globals/,pie nopie norelro clang now huge)
tests: $(GLOBALS)
$(T)/globals/pie:     LINKED := -fPIE -pie
$(T)/globals/nopie:   LINKED := -fno-pie -no-pie
$(T)/globals/norelro: LINKED := -fPIE -pie -Wl,-z,norelro
$(T)/globals/now:     LINKED := -fPIE -pie -Wl,-z,now,-z,relro
$(T)/globals/huge:    LINKED := -fPIE -pie -mcmodel=large -DHUGE_BYTES=10737418240
$(T)/globals/clang:   CC := clang
$(T)/globals/lib%.so: tests/programs/libglobals.c tests/programs/globals.h
	@mkdir -p $(@D)
	$(CC) $(CRIME) -MF $@.d $(if $(filter bystander,$*),-DBYSTANDER) $(if $(filter replaced,$*),-DREPLACED) -fPIC -shared \
	  -Wl,-soname,lib$(subst replaced,globals,$*).so -o $@ $<
$(GLOBALS): $(T)/globals/%: tests/programs/globals.c $(addprefix $(T)/globals/lib,globals.so bystander.so replaced.so)
	@mkdir -p $(@D)
	$(CC) $(CRIME) -MF $@.d $(LINKED) -o $@ $< -L$(@D) -lglobals -lbystander -Wl,-rpath,'$$ORIGIN' -lpthread

# Variables for CRUMPLE_WATCH: with debug information, without, stripped.
WATCHED := $(addprefix $(T)/watched/,watched plain stripped)
tests: $(WATCHED) $(T)/watched/libopened.so
$(T)/watched/watched:  LINKED := -fno-pie -no-pie
$(T)/watched/plain:    LINKED := -g0
$(T)/watched/stripped: LINKED := -s
$(T)/watched/lib%.so: tests/programs/libwatched.c tests/programs/watched.h
	@mkdir -p $(@D)
	$(CC) $(CRIME) -MF $@.d -fPIC -shared -Wl,-soname,lib$*.so -o $@ $<
$(WATCHED): $(T)/watched/%: tests/programs/watched.c $(T)/watched/libwatched.so
	@mkdir -p $(@D)
	$(CC) $(CRIME) -Wno-unused-but-set-variable -MF $@.d $(LINKED) -o $@ $< -L$(@D) -lwatched -Wl,-rpath,'$$ORIGIN' -lpthread -ldl

# A library with call frame information and without, as musl's libc is built: the code is the same.
TABLELESS := $(addprefix $(T)/tableless/,with without)
tests: $(TABLELESS)
$(T)/tableless/without/libtableless.so: NO_TABLES := -fno-asynchronous-unwind-tables -fno-unwind-tables -DNO_TABLES
$(T)/tableless/%/libtableless.so: tests/programs/libtableless.c tests/programs/tableless_copy.S tests/programs/tableless.h
	@mkdir -p $(@D)
	gcc -std=gnu11 -O2 -fomit-frame-pointer $(NO_TABLES) -Wl,-z,separate-code,--build-id=none -s -fPIC -shared -o $@ \
	  $(filter-out %.h,$^)
$(TABLELESS): $(T)/tableless/%: $(T)/tableless/%/libtableless.so tests/programs/tableless.c tests/programs/tableless.h
	gcc -std=gnu11 -O2 -g -o $@/tableless tests/programs/tableless.c -L$@ -ltableless -Wl,-rpath,'$$ORIGIN' -lpthread
	@touch $@

# The shim, all of it, with a door.
$(T)/libredirect.so: tests/programs/libredirect.c $(SHIM_OBJS)
	@mkdir -p $(@D)
	$(CC) $(PRELOAD) -MF $@.d -shared -o $@ $< $(SHIM_OBJS) -l:libdl.so.2
$(T)/libtaker_now.so: tests/programs/libtaker.c
	@mkdir -p $(@D)
	$(CC) $(CRIME) -MF $@.d -fPIC -shared -Wl,-z,now,-z,relro -o $@ $<
$(T)/redirected-lazy:    LINKED := -fPIE -pie -Wl,-z,lazy
$(T)/redirected-now:     LINKED := -fPIE -pie -Wl,-z,now,-z,relro
$(T)/redirected-nopie:   LINKED := -fno-pie -no-pie -Wl,-z,lazy
$(T)/redirected-noplt:   LINKED := -fPIE -pie -fno-plt
$(T)/redirected-norelro: LINKED := -fPIE -pie -Wl,-z,now,-z,norelro
$(T)/redirected-clang:   LINKED := -fPIE -pie -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2
$(T)/redirected-clang:   CC := clang
$(T)/redirected-%: tests/programs/redirected.c tests/programs/redirected_sockets.c \
                 tests/programs/redirected.h tests/programs/libredirect.h preload/track/held_locks.h preload/track/sockets.h \
                 preload/state/thread.h
	@mkdir -p $(@D)
	$(CC) -std=gnu11 -O2 -g $(WARN) $(WERROR) -D_GNU_SOURCE -iquote preload -iquote share $(LINKED) -o $@ \
	  $(filter %.c,$^) -lpthread -ldl -Wl,-rpath,'$$ORIGIN'

$(T)/redirected_own: tests/programs/redirected_own.c
	@mkdir -p $(@D)
	$(CC) $(CRIME) -fno-builtin -iquote preload -iquote share -iquote include -MF $@.d -rdynamic -o $@ $< -lpthread -ldl

# The same twenty bugs three times: signatures must not depend on who compiled them.
$(T)/bugs-gcc-O0: $(BUG_SRCS) tests/writer/bugs/bugs.h
	@mkdir -p $(@D)
	gcc $(BUG_FLAGS) -O0 -o $@ $(BUG_SRCS)
$(T)/bugs-gcc-O2: $(BUG_SRCS) tests/writer/bugs/bugs.h
	@mkdir -p $(@D)
	gcc $(BUG_FLAGS) -O2 -o $@ $(BUG_SRCS)
$(T)/bugs-clang-O2: $(BUG_SRCS) tests/writer/bugs/bugs.h
	@mkdir -p $(@D)
	clang $(BUG_FLAGS) -O2 -o $@ $(BUG_SRCS)

# C++ programs that die of exceptions: by compiler, and by where libstdc++ comes from.
EXCEPTIONS      := $(T)/exceptions $(addprefix $(T)/exceptions-,O0 O2 clang static)
EXCEPTION_FLAGS := -std=gnu++17 -g -Wall -Wextra -Wno-terminate -Wno-exceptions $(WERROR) -fno-optimize-sibling-calls -MMD -MP
tests: $(EXCEPTIONS) $(T)/exceptions_host $(T)/libexceptions.so
$(T)/obj/exceptions_plain.o: tests/programs/exceptions_plain.c
	@mkdir -p $(@D)
	$(CC) -O1 -fPIC -fno-exceptions -fno-unwind-tables -fno-asynchronous-unwind-tables -c -o $@ $<
$(T)/exceptions:        EXCEPTION_KIND := -O1
$(T)/exceptions-O0:     EXCEPTION_KIND := -O0
$(T)/exceptions-O2:     EXCEPTION_KIND := -O2 -s
$(T)/exceptions-clang:  EXCEPTION_KIND := -O2 -Wno-unknown-warning-option
$(T)/exceptions-clang:  CXX := clang++
$(T)/exceptions-static: EXCEPTION_KIND := -O2 -static-libstdc++ -static-libgcc
$(T)/libexceptions.so:  EXCEPTION_KIND := -O2 -fPIC -shared -DPLUGIN
$(EXCEPTIONS) $(T)/libexceptions.so: tests/programs/exceptions.cpp $(T)/obj/exceptions_plain.o
	@mkdir -p $(@D)
	$(CXX) $(EXCEPTION_FLAGS) $(EXCEPTION_KIND) -MF $@.d -o $@ $^ -lpthread
$(T)/exceptions_host: tests/programs/exceptions_host.c
	@mkdir -p $(@D)
	$(CC) $(CRIME) -MF $@.d -o $@ $< -ldl -lpthread

tests: $(T)/readable
$(T)/readable: tests/programs/readable.cpp
	@mkdir -p $(@D)
	$(CXX) -std=gnu++17 -O1 -g -Wall -Wextra $(WERROR) -fno-optimize-sibling-calls -MMD -MP -MF $@.d -o $@ $< -lpthread

tests: $(T)/second_asking
$(T)/second_asking: tests/programs/second_asking.cpp
	@mkdir -p $(@D)
	$(CXX) $(EXCEPTION_FLAGS) -O1 -MF $@.d -o $@ $<

tests: $(T)/unloading $(T)/libplugin.so
$(T)/unloading: tests/programs/unloading.c
	@mkdir -p $(@D)
	$(CC) $(CRIME) -MF $@.d -o $@ $< -lpthread -ldl
$(T)/libplugin.so: tests/programs/libplugin.c
	@mkdir -p $(@D)
	$(CC) $(CRIME) -MF $@.d -fPIC -shared -o $@ $<

include tests/unit/unit.mk
include tests/contain/contain.mk
include tests/fuzz/fuzz.mk
include tests/musl/musl.mk

check:
	tests/run

-include $(wildcard $(T)/*.d $(T)/obj/victim/*.d $(T)/obj/judge/*.d) $(INJECTED:.o=.d)

.PHONY: tests quick inject check

# The sandbox, and a kernel that has a part of it.
tests: $(T)/sandboxed $(T)/no_landlock
$(T)/sandboxed: tests/programs/sandboxed.c $(SANDBOX_OBJS)
	@mkdir -p $(@D)
	$(CC) $(CRIME) -Isandbox -MF $@.d -o $@ $< $(SANDBOX_OBJS)
$(T)/no_landlock: tests/programs/no_landlock.c
	@mkdir -p $(@D)
	$(CC) $(CRIME) -MF $@.d -static -o $@ $<

# One program that gives up in many ways, as compilers and packages build it.
MANNERS := $(addprefix $(T)/manners-,gcc-O0 gcc-O1-g gcc-O2 clang-O2 stripped)
manners: $(MANNERS)
$(T)/manners-gcc-O0 $(T)/manners-gcc-O1-g $(T)/manners-gcc-O2: CC_MANNERS = gcc $(subst -, -,$(patsubst manners-gcc%,%,$(@F)))
$(T)/manners-clang-O2: CC_MANNERS = clang -O2
$(T)/manners-stripped: CC_MANNERS = gcc -O2 -s
$(MANNERS): tests/programs/manners.c
	@mkdir -p $(@D)
	$(CC_MANNERS) -std=gnu11 -Wall -Wextra $(WERROR) -o $@ $< -l:libglib-2.0.so.0

# Bugs in C++ and Rust for the corpus of signatures.
SHOPS  := $(addprefix $(T)/shop-,gcc-O0 gcc-O2 clang-O2)
PANICS := $(addprefix $(T)/panics-,abort abort-O0 unwind unwind-O0)
corpus: $(SHOPS) $(PANICS) $(T)/manners-stripped-O1 $(T)/fault_in $(T)/libinject.so
$(T)/shop-gcc-O0: CXX_SHOP := g++ -O0 -DWITH_GLOG
$(T)/shop-gcc-O2: CXX_SHOP := g++ -O2 -DWITH_GLOG
$(T)/shop-clang-O2: CXX_SHOP := clang++ -O2
$(SHOPS): tests/writer/corpus/shop.cpp
	@mkdir -p $(@D)
	$(CXX_SHOP) -std=gnu++17 -g -Wall -Wextra -o $@ $< $(if $(findstring GLOG,$(CXX_SHOP)),-lglog) -lpthread
$(T)/panics-abort $(T)/panics-abort-O0: PANIC := abort
$(T)/panics-unwind $(T)/panics-unwind-O0: PANIC := unwind
$(PANICS): tests/writer/corpus/panics.rs
	@mkdir -p $(@D)
	rustc -g -C opt-level=$(if $(findstring O0,$@),0,3) -C panic=$(PANIC) --crate-name panics -o $@ $<
$(T)/manners-stripped-O1: tests/programs/manners.c
	@mkdir -p $(@D)
	gcc -O1 -s -std=gnu11 -Wall -Wextra -o $@ $< -l:libglib-2.0.so.0

# A program that uses crumple.h, in all ways in which it can be compiled and linked.
TAGGED := $(addprefix $(T)/tagged-,pie nopie O0 static lto lto-nopie clang clang-nopie cxx clangxx c99)
TAGGED_FLAGS := -Iinclude -g -Wall -Wextra -Wpedantic $(WERROR)
tests: $(TAGGED) $(T)/libtagged.so
$(T)/tagged-pie: TAGGED_WAY = -O2
$(T)/tagged-nopie: TAGGED_WAY = -O2 -fno-pie -no-pie
$(T)/tagged-O0: TAGGED_WAY = -O0 -fno-pie -no-pie
$(T)/tagged-static: TAGGED_WAY = -O2 -static
$(T)/tagged-lto: TAGGED_WAY = -O2 -flto
$(T)/tagged-lto-nopie: TAGGED_WAY = -O2 -flto -fno-pie -no-pie
$(T)/tagged-clang: TAGGED_WAY = -O2
$(T)/tagged-clang-nopie: TAGGED_WAY = -O2 -fno-pie -no-pie
$(T)/tagged-c99: TAGGED_WAY = -O2 -std=c99
$(T)/tagged-cxx $(T)/tagged-clangxx: TAGGED_WAY = -O2 -std=c++11 -x c++
$(T)/tagged-clang $(T)/tagged-clang-nopie: TAGGED_CC = clang
$(T)/tagged-cxx: TAGGED_CC = $(CXX)
$(T)/tagged-clangxx: TAGGED_CC = clang++
$(TAGGED): tests/programs/tagged.c include/crumple.h
	@mkdir -p $(@D)
	$(or $(TAGGED_CC),$(CC)) $(TAGGED_FLAGS) $(TAGGED_WAY) -o $@ $< -lpthread -ldl
$(T)/libtagged.so: tests/programs/tagged.c include/crumple.h
	@mkdir -p $(@D)
	$(CC) $(TAGGED_FLAGS) -O2 -DPLUGIN -fPIC -shared -o $@ $<

# The arena once more, with tags.
tests: $(T)/arena-tags
$(T)/arena-tags: tests/programs/arena_tags.c include/crumple.h $(wildcard demo/arena/*.c demo/arena/*.h)
	@mkdir -p $(@D)
	$(CC) $(ARENA_FLAGS) $(ARENA_LINK) -rdynamic -Iinclude -Idemo/arena -Wl,--wrap=handle_message,--wrap=world_tick -o $@ $(filter %.c,$^) -lpthread

# Guarded functions; symbols of the program are named by rules.
tests: $(T)/guarded
$(T)/guarded: tests/programs/guarded.cpp include/crumple.h
	@mkdir -p $(@D)
	$(CXX) -std=gnu++17 -O1 -g -Wall -Wextra $(WERROR) -Iinclude -o $@ $< -lpthread
