/* SPDX-License-Identifier: MIT */
/* Rows for prune: see verbs/prune_rows.h. The child may be taken over by a bundle that it reads: what it says is used to
 * choose among files of this very directory, whose owner could delete them anyway. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/confine.h"
#include "base/text.h"
#include "read/build_id.h"
#include "read/report.h"
#include "retain.h"
#include "rows/index.h"
#include "verbs/prune_rows.h"

/* What the child says of a bundle: this, the name, and a NUL. */
struct head {
    uint64_t signature; /* 0: not known */
};

static void no_trouble(const char *what, int error, void *context)
{
    (void)what;
    (void)error;
    (void)context;
}

/* A rows_take. context: a stream. */
static int tell(const struct rows_row *row, void *context)
{
    const char *path = report_string(row->json, "path"), *signature = report_string(row->json, "signature");
    const struct head head = {signature ? retain_signature(signature, strlen(signature)) : 0};

    if (path && (fwrite(&head, sizeof head, 1, context) != 1 || fputs(text_base_name(path), context) < 0 ||
                 fputc(0, context) < 0))
        return -EIO;
    return 0;
}

/* In the child. */
static int read_and_tell(int directory, const struct rows_filter *filter, int to)
{
    static const char *const here = ".";
    char build[ELF_ID_BYTES];
    struct rows rows = {.take = tell, .context = fdopen(to, "w")};

    if (!rows.context || fchdir(directory) < 0)
        return -errno;
    const bool has_build = !filter->no_index && elf_id_read("/proc/self/exe", build) == 0;
    struct row_index *index = row_index_open(here, has_build ? build : NULL);
    confine_to_reading(&here, 1);
    int error = rows_read(here, filter, index, no_trouble, NULL, &rows);
    row_index_close(index, error == 0 && !filter->since_us && !filter->until_us);
    return error ? error : fclose(rows.context) == 0 ? 0 : -EIO;
}

/* All that the child says, which is to be freed. */
static int read_all(int fd, char **ret_bytes, size_t *ret_size)
{
    static const size_t most = (size_t)RETAIN_FILES_MAX * 300;
    size_t size = 0, room = 0;
    char *bytes = NULL;
    ssize_t part;

    do {
        if (room - size < 4096) {
            char *grown = room < most ? realloc(bytes, room = room ? room * 2 : 65536) : NULL;
            if (!grown) {
                free(bytes);
                return -ENOMEM;
            }
            bytes = grown;
        }
        part = read(fd, bytes + size, room - size);
        size += part > 0 ? (size_t)part : 0;
    } while (part > 0 || (part < 0 && errno == EINTR));
    *ret_bytes = bytes;
    *ret_size = size;
    return 0;
}

/* Bundles that the rows did not name leave the list. */
static void keep_named(struct retain_files *files, const bool *is_named)
{
    size_t count = 0;

    for (size_t i = 0; i < files->count; i++) {
        if (is_named[i])
            files->items[count++] = files->items[i];
        else
            free(files->items[i].name);
    }
    files->count = count;
}

static int mark(const char *bytes, size_t size, bool only_wanted, struct retain_files *files)
{
    bool *is_named = calloc(files->count + 1, sizeof *is_named);
    const char *at = bytes, *end = bytes + size, *stop;
    struct head head;

    if (!is_named)
        return -ENOMEM;
    for (; (size_t)(end - at) > sizeof head &&
           (stop = memchr(at + sizeof head, 0, (size_t)(end - at) - sizeof head));
         at = stop + 1) {
        struct retain_file *file = retain_find(files, at + sizeof head);
        memcpy(&head, at, sizeof head);
        if (file && file->kind == RETAIN_BUNDLE) {
            file->signature = head.signature;
            is_named[file - files->items] = true;
        }
    }
    if (only_wanted)
        keep_named(files, is_named);
    free(is_named);
    return at == end ? 0 : -EBADMSG;
}

int prune_rows_mark(int directory, const struct rows_filter *filter, bool only_wanted,
                    struct retain_files *files)
{
    int ends[2], status = 0, error;
    char *bytes = NULL;
    size_t size = 0;

    if (pipe2(ends, O_CLOEXEC) < 0)
        return -errno;
    const pid_t child = fork();
    if (child == 0) {
        (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
        close(ends[0]);
        _exit(read_and_tell(directory, filter, ends[1]) == 0 ? 0 : 1);
    }
    close(ends[1]);
    error = child < 0 ? -errno : read_all(ends[0], &bytes, &size);
    close(ends[0]);
    while (child > 0 && waitpid(child, &status, 0) < 0 && errno == EINTR)
        ;
    if (error == 0 && status != 0)
        error = -EIO;
    if (error == 0)
        error = mark(bytes, size, only_wanted, files);
    free(bytes);
    return error;
}
