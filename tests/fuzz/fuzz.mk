# SPDX-License-Identifier: MIT
# Fuzz targets (libFuzzer): the readers of hostile bytes, compiled by clang with its sanitizers.

Z       := $(B)/fuzz
FUZZERS := $(patsubst tests/fuzz/%.c,$(Z)/%,$(wildcard tests/fuzz/*.c))
FUZZ    := clang -std=gnu11 -O1 -gline-tables-only -w -D_GNU_SOURCE -Iinclude -Ishare -Isettings -fms-extensions -Ireadable -Isandbox -Iprogram -Igolang -Ityped -Iscrub -Iretain -I$(B)/obj/writer -fsanitize=fuzzer-no-link,address,undefined \
           -fno-sanitize-recover=all -MMD -MP

# What the targets ask for lies in an archive of each part of the tree.
# GCC alone compiles all of the shim: clang takes no __atomic_load_n of an _Atomic.
FUZZ_SRCS_preload := $(addprefix preload/,base/io.c base/text.c) preload/start/config.c $(wildcard settings/*.c) share/watch_entry.c share/tag_list.c share/secret_name.c
FUZZ_SRCS_writer  := $(wildcard $(addprefix writer/,base/*.c core/*.c code/*.c walk/*.c crash/*.c signal/*.c explain/*.c golang/*.c verdict/*.c watch/*.c context/*.c report/*.c)) \
                     writer/analyse.c writer/ledger/event_line.c $(wildcard golang/*.c typed/*.c scrub/*.c) share/date.c readable/readable_name.c share/secret_name.c share/tag_list.c share/watch_entry.c readable/stack_outline.c readable/amounts.c
FUZZ_SRCS_cli     := $(addprefix cli/read/,bundle.c report.c report_check.c unpack.c find.c secrets.c) $(addprefix cli/rows/,foreign.c group_id.c index.c lines.c row_sides.c) $(wildcard cli/rewrite/*.c scrub/*.c) $(addprefix cli/base/,text.c time.c) cli/lookup/zstd_sections.c $(wildcard program/*.c) settings/itanium.c \
                     $(addprefix cli/facts/,elf_look.c place.c unit.c unit_calls.c unit_environ.c verdict.c) cli/doctor/unit_rules.c share/policy_rules.c share/secret_name.c
FUZZ_SRCS_readable := readable/readable_name.c readable/stack_outline.c
FUZZ_SRCS_run     := run/hold/key.c run/hold/message.c run/cgo/lines.c run/cgo/frame.c run/watch/logged.c run/watch/dump_filter.c run/watch/dump_begin.c run/watch/dump_line.c run/ends/last_logged.c $(wildcard golang/*.c)
FUZZ_LIBS_readable := -liberty
FUZZ_LIBS_writer  := $(WRITER_LIBS)
FUZZ_LIBS_cli     := -larchive -ljansson -lzstd -ldw -lelf
FUZZ_SRCS_typed   := $(wildcard typed/typed_*.c)
FUZZ_LIBS_typed   := -ldw -lelf
FUZZERS_typed     := typed
FUZZERS_preload := config demangle
FUZZERS_readable := name
FUZZERS_writer  := code line watch core scrub notes vitals tags died goroutines frames tables waits
FUZZERS_run     := logged hold
FUZZERS_cli     := report bundle foreign program unit sections index

fuzzers: $(FUZZERS)
$(Z)/obj/writer/signal/syscall_names.o: $(B)/obj/writer/syscalls.inc
$(Z)/obj/%.o: %.c
	@mkdir -p $(@D)
	$(FUZZ) -c $< -o $@
define FUZZ_PART
$(Z)/obj/$(1)/%.o $(FUZZERS_$(1):%=$(Z)/obj/tests/fuzz/%.o): FUZZ += -I$(1)
$(Z)/$(1).a: $(FUZZ_SRCS_$(1):%.c=$(Z)/obj/%.o)
	rm -f $$@
	ar rcs $$@ $$^
$(FUZZERS_$(1):%=$(Z)/%): $(Z)/%: $(Z)/obj/tests/fuzz/%.o $(Z)/$(1).a
	$(FUZZ) -fsanitize=fuzzer -o $$@ $$^ $(FUZZ_LIBS_$(1))
endef
$(foreach part,preload readable typed writer run cli,$(eval $(call FUZZ_PART,$(part))))
-include $(shell find $(Z)/obj -name '*.d' 2>/dev/null)

.PHONY: fuzzers
