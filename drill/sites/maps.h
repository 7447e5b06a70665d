/* SPDX-License-Identifier: MIT */
/* The code that a live process has mapped: which file an address belongs to, where a file's code lies, and
 * what the functions are called. */
#ifndef CRUMPLE_DRILL_SITES_MAPS_H
#define CRUMPLE_DRILL_SITES_MAPS_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* An executable mapping of a file. */
struct drill_map {
    uint64_t start, end;
    uint64_t bias; /* address less this is an address as the file counts it */
    char *path;
};

struct drill_maps {
    struct drill_map *entries;
    size_t count;
};

/** Read /proc/PID/maps into maps, whose old content is freed. Returns 0 or a negative errno. */
int drill_maps_read(pid_t pid, struct drill_maps *maps);
void drill_maps_clear(struct drill_maps *maps);

/** The mapping that holds an address, or NULL: no file's code. */
const struct drill_map *drill_maps_at(const struct drill_maps *maps, uint64_t address);
/** The mapping that holds an address as a file counts it, or NULL: it is not mapped (yet). */
const struct drill_map *drill_maps_find(const struct drill_maps *maps, const char *path, uint64_t offset);

/** The function at an address of a file, readable and short; "MODULE+0xOFFSET" where it has no name. */
void drill_maps_name(const char *path, uint64_t offset, char *name, size_t size);

/** std::thread's own wrapper around a callable is known by the callable:
 * "std::thread::_State_impl<std::thread::_Invoker<std::tuple<X>>>::_M_run()" becomes "std::thread X". */
void drill_maps_shorten(char *name);

#endif
