# SPDX-License-Identifier: MIT
# Unit tests: tests/unit/FOLDER/test_FILE.c is the test of FOLDER/FILE.c. A new one needs no rule.
# All of this, and a CLI for tests/cli, is compiled with the sanitizers into a folder of its own.

A          := $(B)/asan
SANITIZE   := -O0 -g1 -Wno-format-truncation -fsanitize=address,undefined -fno-sanitize-recover=all
# Sixty programs are linked: gold takes a quarter of the time, where there is one.
FAST_LINK  := $(shell ld.gold --version >/dev/null 2>&1 && echo -fuse-ld=gold)
UNIT_TESTS := $(patsubst tests/%.c,$(A)/%,$(shell find tests/unit -name 'test_*.c'))

unit: $(UNIT_TESTS)

# Each part of the tree is an archive: a test takes from it what it asks for, and brings its own of the rest. Of the
# shim: the rooms that have tests.
UNIT_SRCS_preload := $(wildcard $(patsubst tests/unit/%,%/*.c,$(wildcard tests/unit/preload/*))) \
                     preload/redirect/object.c $(filter preload/libc/data/%,$(SAFE_SRCS)) $(filter preload/base/%,$(PRELOAD_ASM)) $(SHARE_SRCS) $(SETTINGS_SRCS)
UNIT_SRCS_writer  := $(filter-out writer/main.c,$(WRITER_SRCS)) $(GOLANG_SRCS) $(TYPED_SRCS) $(SCRUB_SRCS) $(RETAIN_SRCS) $(READABLE_SRCS) $(SANDBOX_SRCS) $(SHARE_SRCS)
UNIT_SRCS_cli     := $(filter-out cli/main.c,$(CLI_SRCS)) $(TYPED_SRCS) $(SCRUB_SRCS) $(RETAIN_SRCS) $(READABLE_SRCS) $(SANDBOX_SRCS) $(PROGRAM_SRCS) $(SETTINGS_SRCS) $(SHARE_SRCS) tests/unit/cli/bundles.c
UNIT_SRCS_readable := $(READABLE_SRCS)
UNIT_SRCS_program := $(PROGRAM_SRCS)
UNIT_SRCS_golang  := $(GOLANG_SRCS)
UNIT_SRCS_scrub   := $(SCRUB_SRCS)
UNIT_SRCS_retain  := $(RETAIN_SRCS)
UNIT_SRCS_typed   := $(TYPED_SRCS) $(SHARE_SRCS) tests/unit/typed/fixture/fixture.c
UNIT_SRCS_settings := $(SETTINGS_SRCS) $(SHARE_SRCS)
UNIT_SRCS_share   := $(SHARE_SRCS)
UNIT_SRCS_run     := $(filter-out run/main.c,$(RUN_SRCS)) $(GOLANG_SRCS) $(PROGRAM_SRCS) $(SETTINGS_SRCS) $(SHARE_SRCS)
UNIT_SRCS_drill   := $(filter-out drill/main.c,$(DRILL_SRCS))
UNIT_ARCHIVES_preload := $(A)/preload.a
UNIT_ARCHIVES_writer  := $(A)/writer.a
UNIT_ARCHIVES_cli     := $(A)/cli.a
UNIT_ARCHIVES_readable := $(A)/readable.a
UNIT_ARCHIVES_program := $(A)/program.a
UNIT_ARCHIVES_golang  := $(A)/golang.a
UNIT_ARCHIVES_scrub   := $(A)/scrub.a
UNIT_ARCHIVES_retain  := $(A)/retain.a $(A)/share.a
UNIT_ARCHIVES_typed   := $(A)/typed.a
UNIT_ARCHIVES_settings := $(A)/settings.a
UNIT_ARCHIVES_share := $(A)/share.a
UNIT_ARCHIVES_run     := $(A)/run.a
UNIT_ARCHIVES_drill   := $(A)/drill.a $(A)/cli.a
UNIT_LIBS_preload := -ldl
UNIT_LIBS_writer  := $(WRITER_LIBS)
UNIT_LIBS_cli     := $(CLI_LIBS)
UNIT_LIBS_readable := -liberty
UNIT_LIBS_typed    := -ldl -ldw -lelf -lzstd -llzma -lbz2 -lz
UNIT_LIBS_drill   := $(CLI_LIBS)

# What Debian's Go prints when it ends a process.
GO_DUMPS   := -DGO_DUMPS='"$(CURDIR)/tests/golang/dumps"'

$(A)/obj/preload/%:            UNIT_FLAGS := -Ipreload -ffreestanding -Wno-deprecated-declarations
$(A)/obj/tests/unit/preload/%: UNIT_FLAGS := -Ipreload -Itests/unit
$(addprefix $(A)/obj/,writer/% tests/unit/writer/%): UNIT_FLAGS := -Iwriter -Ireadable -Isandbox -Igolang -Ityped -Iscrub -Iretain -I$(B)/obj/writer -Itests/unit $(GO_DUMPS)
$(addprefix $(A)/obj/,cli/% tests/unit/cli/%):       UNIT_FLAGS := -Icli -Ireadable -Isandbox -Iprogram -Ityped -Iscrub -Iretain -I$(B)/obj/cli -Itests/unit
$(addprefix $(A)/obj/,run/% tests/unit/run/%):       UNIT_FLAGS := -Irun -Iprogram -Igolang -Itests/unit
$(A)/obj/tests/unit/program/%:                         UNIT_FLAGS := -Iprogram -Itests/unit
$(A)/obj/tests/unit/golang/%:                          UNIT_FLAGS := -Igolang -Itests/unit $(GO_DUMPS)
$(A)/obj/tests/unit/scrub/%:                           UNIT_FLAGS := -Iscrub -Itests/unit
$(A)/obj/tests/unit/retain/%:                          UNIT_FLAGS := -Iretain -Itests/unit
$(A)/obj/tests/unit/typed/%:                           UNIT_FLAGS := -Ityped -Itests/unit -Itests/unit/typed -DFIXTURE='"$(abspath $(A))/unit/typed/fixture.so"'
$(A)/obj/tests/unit/readable/%:                        UNIT_FLAGS := -Ireadable -Itests/unit
$(addprefix $(A)/obj/tests/unit/,settings/% share/%):  UNIT_FLAGS := -Itests/unit
$(addprefix $(A)/obj/,drill/% tests/unit/drill/%):   UNIT_FLAGS := -Idrill -Icli -Ireadable -Isandbox -Iprogram -Itests/unit
$(A)/obj/writer/signal/syscall_names.o: $(B)/obj/writer/syscalls.inc
$(A)/obj/cli/page/page.o: $(B)/obj/cli/page.inc
$(A)/obj/%.o: %.S
	@mkdir -p $(@D)
	$(CC) -fPIC -g -Iinclude -Ipreload -MMD -MP -c $< -o $@
$(A)/obj/%.o: %.c
	@mkdir -p $(@D)
	$(CC) $(BASE) $(UNIT_FLAGS) $(SANITIZE) -c $< -o $@

define UNIT_PART
$(A)/$(1).a: $(addsuffix .o,$(addprefix $(A)/obj/,$(basename $(UNIT_SRCS_$(1)))))
	rm -f $$@
	ar rcs $$@ $$^
$(filter $(A)/unit/$(1)/%,$(UNIT_TESTS)): $(A)/unit/%: $(A)/obj/tests/unit/%.o $(A)/obj/tests/unit/unit.o $(UNIT_ARCHIVES_$(1))
	@mkdir -p $$(@D)
	$(CC) $(SANITIZE) $(FAST_LINK) -o $$@ $$^ -lcheck -lsubunit -lrt -lm $(UNIT_LIBS_$(1)) -lpthread
endef
$(foreach part,preload writer cli readable settings share program golang typed scrub retain run drill,$(eval $(call UNIT_PART,$(part))))

# Its variables are what the tests of typed/ look for.
$(filter $(A)/unit/typed/%,$(UNIT_TESTS)): | $(A)/unit/typed/fixture.so
$(A)/unit/typed/fixture.so: tests/unit/typed/fixture/fixture.cc
	@mkdir -p $(@D)
	$(CXX) -std=gnu++17 -O0 -g -w -MMD -MP -MF $@.d -fPIC -shared -o $@ $<

# What threads of the host share: these tests once more, under ThreadSanitizer.
N          := $(B)/tsan
TSAN_TESTS := $(patsubst tests/%.c,$(N)/%,$(wildcard tests/unit/preload/state/test_*.c tests/unit/preload/track/test_*.c))
tsan: $(TSAN_TESTS)
$(N)/obj/%.o: %.c
	@mkdir -p $(@D)
	$(CC) $(BASE) -O1 -g1 -Ipreload -Itests/unit -fsanitize=thread -c $< -o $@
$(N)/preload.a: $(patsubst %.c,$(N)/obj/%.o,$(wildcard $(addprefix preload/,base/*.c state/*.c proc/*.c track/*.c redirect/object.c routines/*.c) settings/*.c share/*.c)) \
                $(patsubst %.S,$(A)/obj/%.o,$(filter preload/base/%,$(PRELOAD_ASM)))
	rm -f $@
	ar rcs $@ $^
$(TSAN_TESTS): $(N)/unit/%: $(N)/obj/tests/unit/%.o $(N)/obj/tests/unit/unit.o $(N)/preload.a
	@mkdir -p $(@D)
	$(CC) -fsanitize=thread $(FAST_LINK) -o $@ $^ -lcheck -lsubunit -lrt -lm -ldl -lpthread

# The real shim and writer lie beside it: sanitizers do not go with either.
sanitized: $(A)/crumple $(A)/crumple-drill $(B)/crumple-writer $(B)/crumple-run $(B)/libcrumple.so
	ln -sfn ../crumple-writer ../crumple-run ../libcrumple.so ../musl $(A)/
ASAN_CLI_OBJS := $(patsubst %.c,$(A)/obj/%.o,$(CLI_SRCS) $(TYPED_SRCS) $(SCRUB_SRCS) $(RETAIN_SRCS) $(READABLE_SRCS) $(SANDBOX_SRCS) $(PROGRAM_SRCS) $(SETTINGS_SRCS) $(SHARE_SRCS))
$(A)/crumple: $(ASAN_CLI_OBJS)
	$(CC) $(SANITIZE) -pie $(ALONE) -o $@ $^ $(CLI_LIBS)
$(A)/crumple-drill: $(A)/obj/drill/main.o $(A)/obj/cli/lookup/no_debuginfod.o $(A)/drill.a $(A)/cli.a
	$(CC) $(SANITIZE) -pie $(ALONE) -o $@ $^ $(CLI_LIBS)

# What test_table and test_symbols look up names in: a library whole, stripped, and with the older hash table; a C++ one.
ROUTINES      := $(A)/unit/preload/routines
ROUTINES_LIBS := $(addprefix $(ROUTINES)/,lib_whole.so lib_stripped.so lib_sysv.so lib_std.so)
$(ROUTINES)/test_table $(ROUTINES)/test_symbols: | $(ROUTINES_LIBS)
$(ROUTINES)/lib_stripped.so: ROUTINES_FLAGS := -s -Wl,--hash-style=gnu
$(ROUTINES)/lib_sysv.so:     ROUTINES_FLAGS := -s -Wl,--hash-style=sysv
$(filter-out %_std.so,$(ROUTINES_LIBS)): tests/unit/preload/routines/routines_lib.c
	@mkdir -p $(@D)
	$(CC) $(CRIME) -fPIC -fvisibility=hidden -shared $(ROUTINES_FLAGS) -o $@ $<
$(ROUTINES)/lib_std.so: tests/unit/preload/routines/std_threads.cpp
	@mkdir -p $(@D)
	$(CXX) -std=c++17 -O1 -g -Wall -Wextra $(WERROR) -fno-access-control -fPIC -shared -o $@ $<

# Routines that wake others, through stubs and without.
WAKERS_LIBS   := $(addprefix $(ROUTINES)/,wakers_stubs.so wakers_slots.so)
$(ROUTINES)/test_wakers: | $(WAKERS_LIBS)
$(ROUTINES)/wakers_slots.so: ROUTINES_FLAGS := -fno-plt
$(WAKERS_LIBS): tests/unit/preload/routines/wakers_lib.c
	@mkdir -p $(@D)
	$(CC) $(CRIME) -O2 -s -fPIC -fvisibility=hidden -shared $(ROUTINES_FLAGS) -o $@ $<

-include $(shell find $(A)/obj $(N)/obj -name '*.d' 2>/dev/null)

.PHONY: unit sanitized tsan
