# SPDX-License-Identifier: MIT
# Fuzz targets (libFuzzer): the readers of hostile bytes, compiled by clang with its sanitizers.

Z       := $(B)/fuzz
FUZZERS := $(addprefix $(Z)/,report bundle line core tables)
FUZZ    := clang -std=gnu11 -O1 -g -w -D_GNU_SOURCE -Iinclude -Isandbox -I$(B)/obj/writer -fsanitize=fuzzer-no-link,address,undefined \
           -fno-sanitize-recover=all -MMD -MP
FUZZ_WRITER := $(patsubst %.c,$(Z)/obj/%.o,$(filter-out writer/main.c,$(WRITER_SRCS)))
FUZZ_CLI    := $(addprefix $(Z)/obj/cli/read/,bundle.o unpack.o report.o report_check.o)

fuzzers: $(FUZZERS)
$(Z)/obj/writer/explain/syscall_names.o: $(B)/obj/writer/syscalls.inc
$(FUZZ_WRITER): FUZZ += -Iwriter
$(FUZZ_CLI): FUZZ += -Icli
$(Z)/obj/%.o: %.c
	@mkdir -p $(@D)
	$(FUZZ) -c $< -o $@
$(Z)/report $(Z)/bundle: $(Z)/%: tests/fuzz/%.c tests/fuzz/fuzz.h $(FUZZ_CLI)
	$(FUZZ) -fsanitize=fuzzer -Icli -o $@ $< $(FUZZ_CLI) -larchive -ljansson -lzstd
$(Z)/line $(Z)/core $(Z)/tables: $(Z)/%: tests/fuzz/%.c tests/fuzz/fuzz.h $(FUZZ_WRITER)
	$(FUZZ) -fsanitize=fuzzer -Iwriter -o $@ $< $(FUZZ_WRITER) $(WRITER_LIBS)
-include $(shell find $(Z) -name '*.d' 2>/dev/null)

.PHONY: fuzzers
