# SPDX-License-Identifier: MIT
# The programs of these tests, each built when its file of tests runs: make -f tests/runtimes/runtimes.mk B=build TARGET
# (java, go, rust, native, libraries, postgres). Nothing else needs these compilers.

R := $(B)/tests/runtimes
P := tests/runtimes/programs
LIBRARIES := $(addprefix $(R)/,libearly.so libfirst.so libfirst_fault.so libinterposer.so early_linked packed_debug raw_handler)

native: $(R)/libnative.so
java: $(R)/Runtimes.class native
go: $(R)/cgo
rust: $(R)/crimes
libraries: $(LIBRARIES)
postgres: $(R)/pg_crime.so

$(R)/libnative.so: $(P)/native.c
	@mkdir -p $(@D)
	gcc -std=gnu11 -O1 -g -Wall -Wextra -Wno-infinite-recursion -fPIC -shared -o $@ $< -lpthread
$(R)/pg_crime.so: $(P)/pg_crime.c
	@mkdir -p $(@D)
	gcc -std=gnu11 -O1 -g -Wall -Wextra -fPIC -shared -o $@ $<
$(R)/Runtimes.class: $(P)/Runtimes.java
	@mkdir -p $(@D)
	javac -d $(@D) $<
$(R)/cgo: $(P)/cgo.go
	@mkdir -p $(@D)
	CGO_ENABLED=1 GO111MODULE=off GOFLAGS= GOCACHE=$(abspath $(R))/gocache /usr/lib/go-1.19/bin/go build -o $@ $<
# No optimisation: a recursion without an end would become a loop.
$(R)/crimes: $(P)/crimes.rs
	@mkdir -p $(@D)
	/usr/bin/rustc -g -A warnings -o $@ $<

$(R)/libearly.so: $(P)/early.c
	@mkdir -p $(@D)
	gcc -std=gnu11 -O1 -g -Wall -fPIC -shared -o $@ $<
# They ask for what our own library asks for: to be the first to be initialised.
$(R)/libfirst.so: $(P)/early.c
	@mkdir -p $(@D)
	gcc -std=gnu11 -O1 -g -Wall -fPIC -shared -Wl,-z,initfirst -o $@ $<
$(R)/libfirst_fault.so: $(P)/early.c
	@mkdir -p $(@D)
	gcc -std=gnu11 -O1 -g -Wall -DFAULT -fPIC -shared -Wl,-z,initfirst -o $@ $<
$(R)/libinterposer.so: $(P)/interposer.c
	@mkdir -p $(@D)
	gcc -std=gnu11 -O1 -g -Wall -D_GNU_SOURCE -fPIC -shared -o $@ $<
$(R)/early_linked: $(P)/early_main.c $(R)/libearly.so
	gcc -std=gnu11 -O1 -g -Wall -o $@ $< -Wl,--no-as-needed -L$(R) -learly -Wl,-rpath,$(abspath $(R))
$(R)/packed_debug: $(P)/early_main.c
	@mkdir -p $(@D)
	gcc -std=gnu11 -O2 -g -gz -Wall -o $@ $<
$(R)/raw_handler: $(P)/raw_handler.c
	@mkdir -p $(@D)
	gcc -std=gnu11 -O1 -g -Wall -D_GNU_SOURCE -o $@ $<

.PHONY: native java go rust libraries postgres
