/* SPDX-License-Identifier: MIT */
/* The build information of a Go program, as text (CRUMPLE_NOTE_GO_BUILD): its Go version and its modules. The text may be anything. */
#ifndef CRUMPLE_GOLANG_GO_BUILD_H
#define CRUMPLE_GOLANG_GO_BUILD_H

#include <stdbool.h>

#include "go_text.h"

#define GO_BUILD_MODULES_MAX 1024

struct go_module {
    struct go_text path, version; /* version: of what replaces it, if something does; or empty */
};

struct go_build {
    struct go_text version;    /* "go1.19.8" */
    struct go_module main;     /* the program's own; path empty: it was built without modules */
    struct go_module *modules; /* owned; what it depends on */
    size_t module_count;
};

/** Reads the text, into which ret_build points. Returns 0 or -ENOMEM. */
int go_build_read(const char *text, size_t size, struct go_build *ret_build);

void go_build_release(struct go_build *build);

/** The module of a package: the longest path that is the package's or a parent of it; NULL: none that is known. */
const struct go_module *go_build_module(const struct go_build *build, struct go_text package);

#endif
