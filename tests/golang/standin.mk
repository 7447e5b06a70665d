# SPDX-License-Identifier: MIT
# The stand-in for Nakama, as Nakama is built (cgo, -trimpath, stripped, its module a plugin): make -f tests/golang/standin.mk
# B=build standin. Debian's Go, without a network. Only the tests of Go and 'demo/run go' need it.

G   := $(abspath $(B))/tests/golang
S   := tests/golang/standin
GO  := HOME=$(G) GOPATH=$(G)/path GOCACHE=$(G)/gocache GOPROXY=off GOFLAGS= GO111MODULE=on /usr/lib/go-1.19/bin/go
# As Nakama's Dockerfile has it. $(call go,FOLDER,ARGUMENT...)
go   = cd $(G)/src/$(1) && $(GO) build -trimpath -buildvcs=false -ldflags '-s -w' $(2)
SRCS := $(shell find $(S) -type f)

# Files of tests ask for it side by side.
standin:
	@mkdir -p $(G)
	@flock $(G)/lock $(MAKE) -s -f tests/golang/standin.mk B=$(B) built

built: $(G)/nakama $(G)/arena.so $(G)/arena-again.so $(G)/nakama-static

# Beside the sources as they are: the module after a change (other lines, other addresses), and as a package to link.
$(G)/src/go.mod: $(SRCS) tests/golang/standin.mk
	@mkdir -p $(@D)
	rm -rf $(@D)
	cp -r $(S) $(@D)
	cp -r $(@D)/arena $(@D)/again
	sed -i 's,^// Match is,// Started is of this version.\nvar Started = time.Now().String() + "2"\n\n&,' $(@D)/again/match.go
	cp -r $(@D)/arena $(@D)/linked
	rm $(@D)/linked/plugin.go
	sed -i 's/^package main/package arena/' $(@D)/linked/*.go
	sed 's,^replace.*,&\n\nreplace example.com/arena => ./linked,; s,^require.*,&\n\nrequire example.com/arena v0.1.0,' $(@D)/go.mod >$(@D)/static.mod
	touch $@

$(G)/nakama: $(G)/src/go.mod
	$(call go,,-o $@ .)
$(G)/arena.so: $(G)/src/go.mod
	$(call go,arena,-buildmode=plugin -o $@ .)
$(G)/arena-again.so: $(G)/src/go.mod
	$(call go,again,-buildmode=plugin -o $@ .)
$(G)/nakama-static: $(G)/src/go.mod
	export CGO_ENABLED=0 && $(call go,,-modfile=static.mod -o $@ .)

.PHONY: standin built
