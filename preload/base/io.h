/* SPDX-License-Identifier: MIT */
/* Files and foreign memory for safe files. */
#ifndef CRUMPLE_PRELOAD_BASE_IO_H
#define CRUMPLE_PRELOAD_BASE_IO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Device and inode: how a file is known to be still the same. */
struct safe_identity {
    uint64_t dev, ino;
};

struct iovec;
struct pollfd;
struct stat;

/** True if a system call filter (seccomp) has refused the call: the filter may allow another call. */
bool safe_is_refused(long result);

/** Opens a file; flags are open(2)'s, O_CLOEXEC is added. Returns a descriptor or a negative errno. */
int safe_open(int dirfd, const char *path, int flags, int mode);
void safe_close(int fd);

/** Writes everything, over short writes and EINTR. Returns 0 or a negative errno. */
int safe_write_all(int fd, const void *data, size_t n);

/** pwritev; if a filter refuses it, pwrite or write of the first part only. Returns the count or a negative
 * errno. */
long safe_write_parts(int fd, const struct iovec *part, int n, uint64_t offset);
/** Sets the file's size, which is at least what was written. Returns 0 or a negative errno. */
int safe_set_size(int fd, uint64_t size);

/** Reads at most n bytes until the end of the file. Returns the count or a negative errno. */
long safe_read_fd(int fd, void *buffer, size_t n);

/**
 * Copies n bytes of this address space from a possibly bad address. Returns 0 or a negative errno; never
 * faults. process_vm_readv on oneself needs no privilege: mm_access() grants a process its own memory,
 * dumpable or not (kernel/fork.c).
 */
int safe_read_memory(uint64_t address, void *buffer, size_t n);
/** Copies a string from such an address; always NUL-terminated. Returns its length or a negative errno. */
long safe_read_string(uint64_t address, char *buffer, size_t size);

/**
 * The same for a thread that is about to die of a signal: it uses only a system call that abort() makes
 * anyway, because a seccomp filter that kills must not strike before the signal. The kernel says whether the
 * page can be read, then the page is read: use it only for memory that no thread unmaps in between.
 */
int safe_peek_memory(uint64_t address, void *buffer, size_t n);
long safe_peek_string(uint64_t address, char *buffer, size_t size);
/** True if the address is mapped and readable at this moment. Reads nothing. */
bool safe_is_readable(uint64_t address);

/** True if the descriptor still refers to the file with this identity. */
bool safe_same_file(int fd, const struct safe_identity *id);
int safe_fstat(int fd, struct stat *ret_st);
int safe_identify(int fd, struct safe_identity *ret_id);
/** The same of a path. */
int safe_identify_path(const char *path, struct safe_identity *ret_id);

/** poll(2) of one descriptor. */
long safe_poll(struct pollfd *p, unsigned count, uint64_t ms);

#endif
