/* SPDX-License-Identifier: MIT */
/* Addresses of libc's functions, and what lies behind an address. Ordinary code, not signal-safe. */
#ifndef CRUMPLE_PRELOAD_LIBC_CALLS_LOOKUP_H
#define CRUMPLE_PRELOAD_LIBC_CALLS_LOOKUP_H

#include <stdbool.h>
#include <stdint.h>

/** True if the process has the libc that this object was built for. */
bool libc_is_ours(void);
/** What to say of the object where it has not. */
extern const char libc_not_ours[];

/** True if this libc is known not to have the function, so that it is not asked for. */
bool libc_lacks(const char *name);
/** The next definition of this name after crumple's; NULL: none. */
void *libc_next(const char *name);
/** The definition that is found first, in the program or in any library; NULL: none. */
void *libc_find(const char *name);
/** The same in one library, if it is loaded. */
void *libc_find_in(const char *library, const char *name);
/** The file that the address lies in, as the loader names it; NULL: in none. */
const char *libc_path_of(const void *address);
/** True if a file of this name (without folders) is a part of libc. */
bool libc_is_file(const char *name);
/** Where the loader's struct r_debug is, if a symbol says so, or 0; else the program's DT_DEBUG has it. */
uint64_t libc_r_debug(void);
/** An address inside libc's code. */
const void *libc_inside(void);

/** What libc_find() has found. */
enum libc_place {
    LIBC_PLACE_LIBRARY, /* a library's function */
    LIBC_PLACE_PROGRAM, /* the program's own */
    LIBC_PLACE_LINKAGE, /* no function: the program's own procedure linkage table, as it is not position-independent */
};
enum libc_place libc_place_of(const void *found, const char *name);

#endif
