# SPDX-License-Identifier: MIT
# The cases of tests/contain, compiled in the ways that decide what an unwinding finds. Included by tests.mk.

R             := $(T)/contain
CASE_BUILDS   := def cex nce noasync clang O0 static
CASE_HARNESS  := main facts probes std_thread
CASE_PROGRAMS := routines peers storm growth afterwards endings owed interpreter interpreter_asleep loadwait loadwait_lib.so
CASE_PARTS_C  := crimes cases_faults cases_libc cases_cleanup cases_locks cases_walks
CASE_PARTS_CC := cases_guard cases_unwind cases_once cases_exceptions cleanup
CASE_WARN     := -Wall -Wextra -Wno-unknown-warning-option -Wshadow -Wno-array-bounds -Wno-infinite-recursion -Wno-use-after-free $(WERROR)
CASE_COMMON   := -g1 -pthread -D_GNU_SOURCE -MMD -MP

CASE_CC_def      := gcc -O2
CASE_CXX_def     := g++ -O2
CASE_CC_cex      := gcc -O2 -fexceptions
CASE_CXX_cex     := g++ -O2
CASE_CC_nce      := gcc -O2 -fexceptions -fnon-call-exceptions
CASE_CXX_nce     := g++ -O2 -fnon-call-exceptions
CASE_CC_noasync  := gcc -O2 -fno-asynchronous-unwind-tables
CASE_CXX_noasync := g++ -O2 -fno-asynchronous-unwind-tables
CASE_CC_clang    := clang -O2
CASE_CXX_clang   := clang++ -O2
CASE_CC_O0       := gcc -O0
CASE_CXX_O0      := g++ -O0
CASE_CC_static   := gcc -O2
CASE_CXX_static  := g++ -O2
CASE_LINK_static := -static-libstdc++ -static-libgcc

# cases_build BUILD
define cases_build
$(R)/$(1)/%.o: tests/contain/%.c
	@mkdir -p $$(@D)
	$(CASE_CC_$(1)) -std=gnu11 $(CASE_COMMON) $(CASE_WARN) $$(CASE_EXTRA) -c $$< -o $$@
$(R)/$(1)/%.o: tests/contain/%.cpp
	@mkdir -p $$(@D)
	$(CASE_CXX_$(1)) -std=gnu++17 $(CASE_COMMON) $(CASE_WARN) $$(CASE_EXTRA) -c $$< -o $$@
$(R)/$(1)/nounwind.o: tests/contain/nounwind.c
	@mkdir -p $$(@D)
	gcc -std=gnu11 -O2 $(CASE_COMMON) $(CASE_WARN) -fno-exceptions -fno-unwind-tables -fno-asynchronous-unwind-tables -c $$< -o $$@
$(R)/$(1)/cases_faults.o: CASE_EXTRA := -fstack-protector-strong
$(R)/$(1)/cases: $(patsubst %,$(R)/$(1)/%.o,$(CASE_PARTS_C) $(CASE_PARTS_CC) nounwind) $(CASE_HARNESS:%=$(R)/harness/%.o)
	$(CASE_CXX_$(1)) -rdynamic -pthread $(CASE_LINK_$(1)) -o $$@ $$^ -ldl
endef
$(foreach build,$(CASE_BUILDS),$(eval $(call cases_build,$(build))))

# What looks on is the same in all builds.
$(R)/harness/%.o: tests/contain/%.c
	@mkdir -p $(@D)
	gcc -std=gnu11 -O2 $(CASE_COMMON) $(CASE_WARN) -c $< -o $@
$(R)/harness/%.o: tests/contain/%.cpp
	@mkdir -p $(@D)
	g++ -std=gnu++17 -O2 $(CASE_COMMON) $(CASE_WARN) -c $< -o $@

# Programs of one thing each; routines knows std::thread too.
$(R)/endings: $(patsubst %,$(R)/harness/%.o,endings endings_locks endings_process endings_cxx facts)
	g++ -rdynamic -pthread -o $@ $^ -ldl
$(R)/routines: $(R)/harness/routines.o $(R)/harness/facts.o $(R)/harness/std_routine.o
	g++ -rdynamic -pthread -o $@ $^
$(R)/owed: $(R)/harness/owed.o $(R)/harness/owed_cxx.o $(R)/harness/facts.o
	g++ -rdynamic -pthread -o $@ $^
$(R)/interpreter_asleep: tests/contain/interpreter.c $(R)/harness/facts.o
	gcc -std=gnu11 -O2 $(CASE_COMMON) $(CASE_WARN) -MF $@.d -DHAS_TYPES -rdynamic -pthread -o $@ $^
$(R)/peers $(R)/storm $(R)/growth $(R)/afterwards $(R)/interpreter $(R)/loadwait: $(R)/%: $(R)/harness/%.o $(R)/harness/facts.o
	gcc -rdynamic -pthread -o $@ $^ -ldl
$(R)/loadwait_lib.so: tests/contain/loadwait_lib.c
	@mkdir -p $(@D)
	gcc -std=gnu11 -O2 $(CASE_COMMON) $(CASE_WARN) -MF $@.d -fPIC -shared -o $@ $<

# For musl, for which Debian has no C++ library: what is in C.
MR                 := $(T)/musl/contain
MUSL_CASE_BUILDS   := def cex
MUSL_CASE_PARTS    := main facts probes crimes cases_faults cases_libc cases_cleanup cases_locks nounwind for_musl
MUSL_CASE_PROGRAMS := routines peers storm growth afterwards endings owed loadwait interpreter interpreter_asleep
MUSL_CASE_CC        = $(MUSL_CC) -std=gnu11 -O2 $(CASE_COMMON) $(CASE_WARN) $(MUSL_FLAGS) -include tests/contain/for_musl.h
MUSL_CASE_LINK      = $(MUSL_CC) -rdynamic -pthread $(ALPINE) -o

# musl_cases_build BUILD OPTION...
define musl_cases_build
$(MR)/$(1)/%.o: tests/contain/%.c $(MUSL_KERNEL)/linked
	@mkdir -p $$(@D)
	$$(MUSL_CASE_CC) $(2) $$(CASE_EXTRA) -c $$< -o $$@
$(MR)/$(1)/nounwind.o: CASE_EXTRA := -fno-exceptions -fno-unwind-tables -fno-asynchronous-unwind-tables
$(MR)/$(1)/cases_faults.o: CASE_EXTRA := -fstack-protector-strong
$(MR)/$(1)/cases: $(MUSL_CASE_PARTS:%=$(MR)/$(1)/%.o)
	$$(MUSL_CASE_LINK) $$@ $$^
endef
$(eval $(call musl_cases_build,def))
$(eval $(call musl_cases_build,cex,-fexceptions))

$(MR)/endings: $(patsubst %,$(MR)/def/%.o,endings_locks endings_process no_cxx)
$(MR)/routines $(MR)/owed: $(MR)/def/no_cxx.o
$(MR)/def/interpreter_asleep.o: tests/contain/interpreter.c $(MUSL_KERNEL)/linked
	@mkdir -p $(@D)
	$(MUSL_CASE_CC) -DHAS_TYPES -c $< -o $@
$(MUSL_CASE_PROGRAMS:%=$(MR)/%): $(MR)/%: $(MR)/def/%.o $(MR)/def/facts.o
	$(MUSL_CASE_LINK) $@ $^
$(MR)/loadwait_lib.so: tests/contain/loadwait_lib.c $(MUSL_KERNEL)/linked
	@mkdir -p $(@D)
	$(MUSL_CASE_CC) -MF $@.d -fPIC -shared $(ALPINE) -o $@ $<

tests: $(MUSL_CASE_BUILDS:%=$(MR)/%/cases) $(MUSL_CASE_PROGRAMS:%=$(MR)/%) $(MR)/loadwait_lib.so
tests: $(CASE_BUILDS:%=$(R)/%/cases) $(CASE_PROGRAMS:%=$(R)/%)

-include $(wildcard $(R)/*/*.d $(MR)/*/*.d)
