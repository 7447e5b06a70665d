/* SPDX-License-Identifier: MIT */
/*
 * Reading a bundle from front to back: the report first, then on to the core. One pass, so that a bundle may
 * come through a pipe. Every size is limited; a bundle that breaks a limit is damaged.
 */
#ifndef CRUMPLE_CLI_READ_BUNDLE_H
#define CRUMPLE_CLI_READ_BUNDLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct bundle_reader;

/** Start reading fd, which stays the caller's. Returns 0, -ENOMEM or -EBADMSG (damaged). */
int bundle_open(int fd, struct bundle_reader **ret_reader);

/** Free the reader; NULL is fine. */
void bundle_close(struct bundle_reader *reader);

/** Why the last call failed, for people: a clause such as "it is truncated". */
const char *bundle_reason(const struct bundle_reader *reader);

/** Read report.json, the first member, until it is complete or holds at least so many bytes; called again with
 * more, it reads on. *ret_text is the reader's, ended by NUL. Returns 0, -ENOMEM or -EBADMSG. */
int bundle_read_report(struct bundle_reader *reader, size_t enough, const char **ret_text, size_t *ret_len,
                       bool *ret_complete);

/** Go to the next member after the report. Returns 0, -ENODATA at the end, or -EBADMSG. *ret_name holds until the next call. */
int bundle_next(struct bundle_reader *reader, const char **ret_name, uint64_t *ret_size);

/** Go back before the member that bundle_next has given: the next call gives it again. Only if nothing of it was read. */
void bundle_back(struct bundle_reader *reader);

/** Read up to size bytes of the member, in order. Returns their number, 0 at its end, -ENOMEM or -EBADMSG. */
int64_t bundle_read(struct bundle_reader *reader, void *bytes, size_t size);

/** Copy the member 'core' to fd. Returns 0, -ENODATA (there is none), -EBADMSG (damaged), or the error of
 * write. */
int bundle_copy_core(struct bundle_reader *reader, int fd);

#endif
