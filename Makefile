# SPDX-License-Identifier: MIT
# make            everything a user runs, into build/
# make check      the tests (build.sh test installs what they need first)
# Safe folders (code that runs in a signal handler or the helper process) are listed once, in SAFE_DIRS.

B       ?= build
CC      ?= gcc
CXX     ?= g++
WARN    := -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wpointer-arith -Wundef
WERROR  ?=
OPT     ?= -O2 -g
# The same bytes from any folder: debug information and __FILE__ name no path of this machine.
ANYWHERE := -ffile-prefix-map=$(CURDIR)=.
# ms-extensions: a struct as an anonymous member of another one (preload/state/config.h).
BASE    := -std=gnu11 $(OPT) $(WARN) $(WERROR) -Iinclude -Ishare -Isettings -D_GNU_SOURCE -fms-extensions -MMD -MP $(ANYWHERE)

# The preloaded object: no stack protector (threads made by raw clone may have no TLS), no calls the compiler
# invents, initial-exec TLS, everything hidden that is not exported by name.
PRELOAD := $(BASE) -Ipreload -Ihooks -fPIC -fvisibility=hidden -ftls-model=initial-exec -fno-stack-protector -U_FORTIFY_SOURCE -Wno-deprecated-declarations \
           -fasynchronous-unwind-tables -fno-omit-frame-pointer
SAFE    := $(PRELOAD) -ffreestanding -fno-tree-loop-distribute-patterns -Wframe-larger-than=4096

SAFE_DIRS    := share $(addprefix preload/,base libc/data state proc track tell out hold memory stopped capture contain fault)
SAFE_ALL     := $(wildcard $(SAFE_DIRS:%=%/*.c))
SETTINGS_SRCS := $(wildcard settings/*.c)
PRELOAD_ALL  := $(filter-out $(SAFE_ALL),$(wildcard preload/*/*.c preload/*/*/*.c)) $(wildcard hooks/*.c hooks/*/*.c) $(SETTINGS_SRCS)
# What differs between the two libcs (preload/libc/) ends with _glibc.c or _musl.c; musl.mk takes the other one.
SAFE_SRCS    := $(filter-out %_musl.c,$(SAFE_ALL))
PRELOAD_SRCS := $(filter-out %_musl.c,$(PRELOAD_ALL))
PRELOAD_ASM  := $(wildcard preload/*/*.S)
WRITER_SRCS  := $(wildcard writer/*.c writer/*/*.c)
CLI_SRCS     := $(wildcard cli/*.c cli/*/*.c)
RUN_SRCS     := $(wildcard run/*.c run/*/*.c)
DRILL_SRCS   := $(wildcard drill/*.c drill/*/*.c)
SANDBOX_SRCS := $(wildcard sandbox/*.c)
SHARE_SRCS   := $(wildcard share/*.c)
READABLE_SRCS := $(wildcard readable/*.c)
PROGRAM_SRCS := $(wildcard program/*.c)
GOLANG_SRCS  := $(wildcard golang/*.c)
TYPED_SRCS   := $(wildcard typed/*.c)
SCRUB_SRCS   := $(wildcard scrub/*.c)
RETAIN_SRCS  := $(wildcard retain/*.c)

SAFE_OBJS    := $(SAFE_SRCS:%.c=$(B)/obj/%.o)
ASM_OBJS     := $(PRELOAD_ASM:%.S=$(B)/obj/%.o)
PRELOAD_OBJS := $(PRELOAD_SRCS:%.c=$(B)/obj/%.o)
WRITER_OBJS  := $(WRITER_SRCS:%.c=$(B)/obj/%.o)
CLI_OBJS     := $(CLI_SRCS:%.c=$(B)/obj/%.o)
RUN_OBJS     := $(RUN_SRCS:%.c=$(B)/obj/%.o)
DRILL_OBJS   := $(DRILL_SRCS:%.c=$(B)/obj/%.o)
SANDBOX_OBJS := $(SANDBOX_SRCS:%.c=$(B)/obj/%.o)
SHARE_OBJS   := $(SHARE_SRCS:%.c=$(B)/obj/%.o)
SETTINGS_OBJS := $(SETTINGS_SRCS:%.c=$(B)/obj/%.o)
READABLE_OBJS := $(READABLE_SRCS:%.c=$(B)/obj/%.o)
PROGRAM_OBJS := $(PROGRAM_SRCS:%.c=$(B)/obj/%.o)
GOLANG_OBJS  := $(GOLANG_SRCS:%.c=$(B)/obj/%.o)
TYPED_OBJS   := $(TYPED_SRCS:%.c=$(B)/obj/%.o)
SCRUB_OBJS   := $(SCRUB_SRCS:%.c=$(B)/obj/%.o)
RETAIN_OBJS  := $(RETAIN_SRCS:%.c=$(B)/obj/%.o)

# Both programs parse what strangers wrote.
HARDEN  := -fstack-protector-strong -fPIE -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2
# They also run where nothing is installed: in the image of a container, in a chroot.
# Debian's libunwind.a is not position independent, so the writer cannot be (decision 34).
ALONE         = -Wl,-Map=$@.map -Wl,-z,now -Wl,-z,relro -Wl,-z,noexecstack -Wl,--build-id
ALONE_WRITER  = $(ALONE) -static -no-pie
ALONE_CLI     = $(ALONE) -static-pie

WRITER_LIBS  := -liberty -lunwind-x86_64 -lunwind -ldw -lelf -lzstd -llzma -lbz2 -lz -lpthread
CLI_LIBS     := -larchive -ljansson -ldw -lelf -lzstd -llzma -lbz2 -lz -liberty

all: $(B)/libcrumple.so $(B)/musl/libcrumple.so $(B)/crumple-writer $(B)/crumple $(B)/crumple-drill $(B)/crumple-run

$(SAFE_OBJS): $(B)/obj/%.o: %.c
	@mkdir -p $(@D)
	$(CC) $(SAFE) -c $< -o $@

$(PRELOAD_OBJS): $(B)/obj/%.o: %.c
	@mkdir -p $(@D)
	$(CC) $(PRELOAD) -c $< -o $@

$(ASM_OBJS): $(B)/obj/%.o: %.S
	@mkdir -p $(@D)
	$(CC) -fPIC -g $(ANYWHERE) -Iinclude -Ipreload -MMD -MP -c $< -o $@

$(B)/obj/writer/%.o: CFLAGS_ALL = $(BASE) -Iwriter -Ireadable -Isandbox -Igolang -Ityped -Iscrub -Iretain $(HARDEN)
$(B)/obj/cli/%.o: CFLAGS_ALL = $(BASE) -Icli -Ireadable -Isandbox -Iprogram -Ityped -Iscrub -Iretain $(HARDEN)
$(B)/obj/drill/%.o: CFLAGS_ALL = $(BASE) -Idrill -Icli -Ireadable -Isandbox -Iprogram $(HARDEN)
$(B)/obj/run/%.o: CFLAGS_ALL = $(BASE) -Irun -Iprogram -Igolang $(HARDEN)
$(B)/obj/sandbox/%.o $(B)/obj/readable/%.o $(B)/obj/program/%.o $(B)/obj/golang/%.o $(B)/obj/typed/%.o $(B)/obj/scrub/%.o $(B)/obj/retain/%.o: CFLAGS_ALL = $(BASE) $(HARDEN)
$(B)/obj/writer/signal/syscall_names.o: CFLAGS_ALL += -I$(B)/obj/writer
$(B)/obj/writer/signal/syscall_names.o: $(B)/obj/writer/syscalls.inc

$(B)/obj/cli/page/page.o: CFLAGS_ALL += -I$(B)/obj/cli
$(B)/obj/cli/page/page.o: $(B)/obj/cli/page.inc

# What 'crumple export --html' writes around its data.
$(B)/obj/cli/page.inc: cli/page/assemble $(wildcard cli/page/*.html cli/page/*.css cli/page/*.js)
	@mkdir -p $(@D)
	cli/page/assemble >$@.tmp
	mv $@.tmp $@

# The kernel's headers name the system calls; of each kind of program they have a file.
$(B)/obj/writer/syscalls.inc:
	@mkdir -p $(@D)
	for kind in 64 x32 32; do \
	  echo "#ifdef CRUMPLE_SYSCALLS_$$(echo $$kind | tr x X)"; \
	  echo "#include <asm/unistd_$$kind.h>" | $(CC) -E -dM - | \
	    sed -n 's/^#define __NR_\([a-z][a-z0-9_]*\) (\{0,1\}\(__X32_SYSCALL_BIT + \)\{0,1\}\([0-9][0-9]*\))\{0,1\}$$/ROW(\3, "\1")/p'; \
	  echo '#endif'; \
	done >$@.tmp
	mv $@.tmp $@

$(WRITER_OBJS) $(CLI_OBJS) $(DRILL_OBJS) $(RUN_OBJS) $(SANDBOX_OBJS) $(READABLE_OBJS) $(PROGRAM_OBJS) $(GOLANG_OBJS) $(TYPED_OBJS) $(SCRUB_OBJS) $(RETAIN_OBJS): $(B)/obj/%.o: %.c
	@mkdir -p $(@D)
	$(CC) $(CFLAGS_ALL) -c $< -o $@

# One list of exported names (preload/exports.txt); a named node in the script would silently disable interposition.
$(B)/exports.map: preload/exports.txt
	@mkdir -p $(@D)
	(echo '{ global:'; sed 's/$$/;/' $<; echo 'local: *; };') >$@

# libdl only says where dlsym lives before glibc 2.34; the symbol itself is bound to its oldest version by name.
# Hooks that call each other do so directly (-Bsymbolic-functions): through the symbol they would come to another
# interposer that stands before us, which may hold its lock over the call (the JVM's libjsig).
SHIM_OBJS := $(SAFE_OBJS) $(ASM_OBJS) $(PRELOAD_OBJS)
LINK_SHIM  = $(CC) -shared -o $@ $(filter %.o,$^) -Wl,--version-script=$(B)/exports.map \
	  -Wl,-Bsymbolic-functions -Wl,-z,now -Wl,-z,relro -Wl,-z,initfirst -Wl,-z,nodelete -Wl,-z,noexecstack -Wl,--no-undefined \
	  -Wl,-Map=$@.map -Wl,--build-id -Wl,--hash-style=gnu -nostartfiles -Wl,--no-as-needed -l:libdl.so.2 -Wl,--as-needed
$(B)/libcrumple.so: $(SHIM_OBJS) $(B)/exports.map
	$(LINK_SHIM)

$(B)/crumple-writer: $(WRITER_OBJS) $(GOLANG_OBJS) $(TYPED_OBJS) $(SCRUB_OBJS) $(RETAIN_OBJS) $(READABLE_OBJS) $(SANDBOX_OBJS) $(SHARE_OBJS)
	$(CC) $(ALONE_WRITER) -o $@ $^ $(WRITER_LIBS)

$(B)/crumple-run: $(RUN_OBJS) $(GOLANG_OBJS) $(PROGRAM_OBJS) $(SETTINGS_OBJS) $(SHARE_OBJS)
	$(CC) $(ALONE_CLI) -o $@ $^

$(B)/crumple: $(CLI_OBJS) $(TYPED_OBJS) $(SCRUB_OBJS) $(RETAIN_OBJS) $(READABLE_OBJS) $(SANDBOX_OBJS) $(PROGRAM_OBJS) $(SETTINGS_OBJS) $(SHARE_OBJS)
	$(CC) $(ALONE_CLI) -o $@ $^ $(CLI_LIBS)

# It takes what it asks for of the CLI's floors below show; libdw's client of debuginfod must not come first.
$(B)/obj/cli.a: $(filter $(addprefix $(B)/obj/cli/,base/% read/% screen/% lookup/%),$(CLI_OBJS))
	rm -f $@
	ar rcs $@ $^

DRILL_PARTS := $(B)/obj/cli/lookup/no_debuginfod.o $(filter $(B)/obj/typed/typed_%,$(TYPED_OBJS)) $(READABLE_OBJS) \
               $(filter %_find.o %_file.o %_preload.o,$(PROGRAM_OBJS)) $(B)/obj/cli.a
$(B)/crumple-drill: $(DRILL_OBJS) $(DRILL_PARTS)
	$(CC) $(ALONE_CLI) -o $@ $^ $(CLI_LIBS)

-include preload/libc/musl.mk man/man.mk tests/tests.mk bench/bench.mk demo/demo.mk
-include $(shell find $(B)/obj $(B)/inject $(B)/asan/obj $(B)/tsan/obj -name '*.d' 2>/dev/null)

# For editors: the command that compiles each file, as make would run it.
compile_commands.json:
	$(MAKE) -nB --no-print-directory all tests arena unit fuzzers | awk -v folder='$(CURDIR)' 'BEGIN { print "[" } \
	  $$1 ~ /^(gcc|g\+\+|cc|c\+\+|clang|clang\+\+)$$/ { \
	    line = $$0; gsub(/["\\]/, "\\\\&", line); \
	    for (i = 2; i <= NF; i++) \
	      if ($$i ~ /\.(c|cc|cpp|S)$$/ && !seen[$$i]++) { \
	        printf "%s{\"directory\": \"%s\", \"file\": \"%s\", \"command\": \"%s\"}", between, folder, $$i, line; \
	        between = ",\n" } } \
	  END { print "\n]" }' >$@

clean:
	rm -rf $(B)

.PHONY: all clean check compile_commands.json
