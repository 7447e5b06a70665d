/* SPDX-License-Identifier: MIT */
/*
 * The class of a function on a stack, from its file and its name: may a thread be ended inside it without
 * leaving a lock or unfinished work that others wait for? Tables, and plain functions of names.
 */
#ifndef CRUMPLE_WRITER_WALK_FRAME_CLASS_H
#define CRUMPLE_WRITER_WALK_FRAME_CLASS_H

#include <stdbool.h>
#include <stddef.h>

enum frame_class {
    FRAME_APPLICATION = 0, /* the program and all other libraries */
    FRAME_LIBC,            /* and its parts in other files: libpthread, libresolv, NSS modules ... */
    FRAME_LINKER,          /* the dynamic linker */
    FRAME_CXX,             /* the C++ library and the unwinder */
    FRAME_ALLOCATOR,
    FRAME_CRUMPLE,
    FRAME_HARMLESS, /* the vDSO, the mathematical library: no locks at all */
    FRAME_INTERPRETER,
    FRAME_NOWHERE /* the address holds no code */
};

/** Class of a module by the last component of its path. */
enum frame_class frame_class_of(const char *basename);

/** Writes the plain name of a function of libc: without the underscores, prefixes and suffixes of its aliases
 * and variants. */
void frame_plain_name(const char *name, size_t name_size, char *out, size_t size);

/** Returns true if the libc function and its callees take no lock. */
bool frame_is_leaf(const char *plain);

/** Returns true if the libc function calls back without holding a lock. *ret_must_unwind: its cleanup must
 * run, so a jump must not skip it. */
bool frame_is_caller_back(const char *plain, bool *ret_must_unwind);

/**
 * Returns true for a lock-free libc function that must be skipped by a jump: even for a string, libc's scanf
 * registers a cleanup that unlocks the stream (stdio-common/vfscanf-internal.c, LOCK_STREAM), but a string
 * has no lock.
 */
bool frame_is_leaf_to_jump(const char *plain);

/** Returns true for a libc function by which the application aborts on purpose. */
bool frame_is_abort(const char *plain);

/** Whether the function of the C++ library (mangled) takes no lock and calls nothing of the application. */
bool frame_is_cxx_leaf(const char *name);

/** Returns true if a function of this name throws or terminates for the C++ runtime, wherever it is linked.
 */
bool frame_is_cxx_machinery(const char *name);

/** Returns the reason why no thread may be ended with this libc function anywhere on its stack, or NULL. */
const char *frame_libc_refusal(const char *plain);

/**
 * Whether a function of this name is an event loop that calls back: ended inside of it, the thread leaves all
 * of the loop's connections without service, and the loop marked as running, so that it refuses to run again
 * (event_base_loop of libevent: "reentrant invocation").
 */
bool frame_is_event_loop(const char *name);

/** Whether a function of this name allocates, wherever it is linked. */
bool frame_is_allocator(const char *name);

#define REASON_ALLOCATOR   "inside the allocator"
#define REASON_LOCK        "inside a lock function"
#define REASON_LINKER      "inside the dynamic linker"
#define REASON_CXX         "inside the C++ runtime"
#define REASON_LIBC        "inside libc"
#define REASON_INTERPRETER "inside an interpreter"
#define REASON_LOOP        "inside an event loop"
#define REASON_SIGNAL      "inside a signal handler"
#define REASON_WALK        "stack cannot be walked"
#define REASON_DEEP        "stack too deep"
#define REASON_GO          "go runtime"
#define REASON_RUST        "inside rust code"
#define REASON_CRUMPLE     "inside crumple"
#define REASON_GUARD       "inside a static initialiser"
#define REASON_CLEANUPS    "destructors in a guarded function"
#define REASON_MUSL        "musl runs no destructors at a thread's end"

#endif
