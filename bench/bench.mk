# SPDX-License-Identifier: MIT
# The benchmark's victim and its thirty generated libraries.

BENCH_LIBS := $(foreach n,$(shell seq 0 29),$(B)/bench/libpath$(n).so)
BENCH_CFLAGS := -std=gnu11 -O2 -g $(WARN) $(WERROR) -D_GNU_SOURCE -Ibench -fno-optimize-sibling-calls -Iinclude

bench: all bench-programs
	bench/run
bench-programs: $(B)/bench/parked $(B)/bench/locks $(B)/bench/forks $(B)/bench/steps $(B)/bench/tags

$(B)/bench/parked: bench/parked.c bench/parked.h include/crumple.h $(BENCH_LIBS)
	$(CC) $(BENCH_CFLAGS) -o $@ $< -lpthread -ldl
$(B)/bench/locks $(B)/bench/forks $(B)/bench/steps $(B)/bench/tags: $(B)/bench/%: bench/%.c bench/go_on.h
	@mkdir -p $(@D)
	$(CC) $(BENCH_CFLAGS) -o $@ $< -lpthread -ldl
$(B)/bench/libpath%.so: bench/library.sh bench/parked.h
	@mkdir -p $(@D)
	bench/library.sh $* | $(CC) $(BENCH_CFLAGS) -Wno-missing-prototypes -fPIC -shared -x c -o $@ -

.PHONY: bench bench-programs

# Bundles without crashes, many at once.
MAKE_BUNDLES_OBJS := $(addprefix $(B)/obj/writer/base/,buffer.o json.o) $(filter %/text.o %/date.o,$(SHARE_OBJS))
make-bundles: $(B)/bench/make_bundles
$(B)/bench/make_bundles: bench/collecting/make_bundles.c bench/collecting/made.c bench/collecting/made.h $(MAKE_BUNDLES_OBJS)
	@mkdir -p $(@D)
	$(CC) $(BENCH_CFLAGS) -Iwriter -Ishare -fms-extensions -o $@ $(filter %.c %.o,$^) -lzstd
.PHONY: make-bundles
