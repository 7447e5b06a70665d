# SPDX-License-Identifier: MIT
# What only the tests need. 'make tests' builds it, 'make check' runs everything.

T := $(B)/tests

# -O1 and no tail calls: the stacks of the victims are to be read, and compared, frame by frame.
CRIME       := -std=gnu11 -O1 -g $(WARN) -Wno-array-bounds -Wno-infinite-recursion -fno-optimize-sibling-calls \
               $(WERROR) -D_GNU_SOURCE -MMD -MP
VICTIM_OBJS := $(patsubst tests/%.c,$(T)/obj/%.o,$(wildcard tests/victim/*.c))
BUG_SRCS    := $(wildcard tests/signatures/bugs/*.c)
BUG_FLAGS   := -std=gnu11 -g -w -D_GNU_SOURCE

TEST_PROGRAMS := $(addprefix $(T)/,victim runner probe masks churn print_options hanging_writer crashing_writer \
                 drill_server drill_client)
TEST_LIBS     := $(addprefix $(T)/,libctor_crash.so libctor_park.so libinject.so libnomalloc.so)
BUG_BUILDS    := $(addprefix $(T)/bugs-,gcc-O0 gcc-O2 clang-O2)

tests: $(TEST_PROGRAMS) $(TEST_LIBS) $(BUG_BUILDS)

$(T)/obj/victim/smash.o: CRIME += -fstack-protector-all
$(T)/obj/victim/%.o: tests/victim/%.c tests/victim/victim.h
	@mkdir -p $(@D)
	$(CC) $(CRIME) -c $< -o $@
# The libraries of row 36 call back into the program by name.
$(T)/victim: $(VICTIM_OBJS)
	$(CC) -rdynamic -o $@ $(VICTIM_OBJS) -lpthread -ldl

$(T)/runner: tests/programs/runner.c
	@mkdir -p $(@D)
	$(CC) $(CRIME) -MF $@.d -o $@ $<
$(T)/probe $(T)/masks $(T)/churn $(T)/print_options: $(T)/%: tests/programs/%.c
	@mkdir -p $(@D)
	$(CC) $(CRIME) -Wno-restrict -Iinclude -MF $@.d -o $@ $<
$(T)/drill_server $(T)/drill_client: $(T)/%: tests/programs/%.c
	@mkdir -p $(@D)
	$(CC) $(CRIME) -MF $@.d -o $@ $< -lpthread
$(T)/%_writer: tests/programs/%_writer.c
	@mkdir -p $(@D)
	$(CC) $(CRIME) -MF $@.d -static -o $@ $<

$(T)/libctor_park.so: CRIME += -DPARK
$(T)/libctor_crash.so $(T)/libctor_park.so: tests/programs/libctor.c tests/victim/victim.h
	@mkdir -p $(@D)
	$(CC) $(CRIME) -MF $@.d -fPIC -shared -o $@ $<
$(T)/lib%.so: tests/programs/lib%.c
	@mkdir -p $(@D)
	$(CC) $(CRIME) -MF $@.d -Wno-missing-prototypes -fno-builtin -fPIC -shared -o $@ $<

# The same twenty bugs three times: signatures must not depend on who compiled them.
$(T)/bugs-gcc-O0: $(BUG_SRCS) tests/signatures/bugs/bugs.h
	@mkdir -p $(@D)
	gcc $(BUG_FLAGS) -O0 -o $@ $(BUG_SRCS)
$(T)/bugs-gcc-O2: $(BUG_SRCS) tests/signatures/bugs/bugs.h
	@mkdir -p $(@D)
	gcc $(BUG_FLAGS) -O2 -o $@ $(BUG_SRCS)
$(T)/bugs-clang-O2: $(BUG_SRCS) tests/signatures/bugs/bugs.h
	@mkdir -p $(@D)
	clang $(BUG_FLAGS) -O2 -o $@ $(BUG_SRCS)

# Unit tests and a CLI under the sanitizers, built by this same Makefile into a folder of their own.
A           := $(B)/asan
SANITIZE    := -fsanitize=address,undefined -fno-sanitize-recover=all
UNIT_TESTS  := $(patsubst tests/unit/%.c,$(A)/unit/%,$(wildcard tests/unit/test_*.c))
UNIT_OBJS   := $(patsubst writer/%.c,$(A)/obj/writer/%.o,$(filter-out writer/main.c,$(wildcard writer/*.c)))

unit: $(UNIT_TESTS)
# The real shim and writer lie beside it: sanitizers do not go with either.
sanitized: $(A)/crumple $(B)/crumple-writer $(B)/libcrumple.so
	ln -sf ../crumple-writer ../libcrumple.so $(A)/

$(UNIT_OBJS) &: FORCE
	$(MAKE) -s B=$(A) SAN='$(SANITIZE)' WERROR=$(WERROR) $(UNIT_OBJS)
$(A)/crumple: FORCE
	$(MAKE) -s B=$(A) SAN='$(SANITIZE)' WERROR=$(WERROR) $@
$(A)/unit/%: tests/unit/%.c $(UNIT_OBJS)
	@mkdir -p $(@D)
	$(CC) $(BASE) -Iwriter $(SANITIZE) -o $@ $< $(UNIT_OBJS) -lcheck -lsubunit -lrt -lm $(WRITER_LIBS)

# The shim's plain functions; what is interposed is never linked into a test.
SHIM_UNDER_TEST := $(addprefix preload/,config.c safe_text.c safe_io.c safe_maps.c safe_segments.c safe_scratch.c \
                   safe_tasks.c)
UNIT_TESTS += $(A)/unit/test_safe
unit: $(A)/unit/test_safe
$(A)/unit/test_safe: tests/shim/test_safe.c $(SHIM_UNDER_TEST)
	@mkdir -p $(@D)
	$(CC) $(BASE) -Ipreload $(SANITIZE) -o $@ tests/shim/test_safe.c $(SHIM_UNDER_TEST) -lcheck -lsubunit -lrt -lm -lpthread

check:
	tests/run

-include $(wildcard $(T)/*.d $(T)/obj/victim/*.d $(A)/unit/*.d)

.PHONY: tests unit sanitized check FORCE
