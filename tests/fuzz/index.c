/* SPDX-License-Identifier: MIT */
/* The index of rows, as another process may have left it. Each line gets the checksum that it should have, else none would be
 * read any further; the first line is only right if the input's is. */
#include "fnv.h"
#include "fuzz.h"
#include "rows/index.h"
#include "rows/index_file.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#define STAMP "fuzz"
#define HEAD  "crumple rows " STAMP "\n"
#define NAME  "a.tar.zst"

static char dir[] = "/tmp/crumple-fuzz-XXXXXX";
static const uint8_t *given;
static size_t given_size;

/* In the place of rows/index_file.c: the input is the file. */
static char *with_sums(size_t *ret_size)
{
    const size_t head = given_size < strlen(HEAD) ? given_size : strlen(HEAD);
    char *text = malloc(18 * (given_size + 1) + 1), *at = text;

    memcpy(at, given, head);
    at += head;
    for (size_t begin = head, end; begin < given_size; begin = end) {
        const uint8_t *newline = memchr(given + begin, '\n', given_size - begin);
        end = newline ? (size_t)(newline - given) + 1 : given_size;
        const uint64_t sum =
            fnv_add(fnv_add(FNV_BASIS, HEAD, strlen(HEAD)), given + begin, (newline ? end - 1 : end) - begin);
        at += sprintf(at, "%016llx ", (unsigned long long)sum);
        memcpy(at, given + begin, end - begin);
        at += end - begin;
    }
    *at = '\0';
    *ret_size = (size_t)(at - text);
    return text;
}

int index_file_open(int dir_fd, struct index_file *ret_file)
{
    (void)dir_fd;
    size_t size;
    char *text = with_sums(&size), *exact = malloc(size + 1);

    memcpy(exact, text, size + 1);
    free(text);
    *ret_file = (struct index_file){.fd = -1, .text = exact, .size = size};
    return 0;
}

/* What is written is whole lines, and begins with the head where it replaces. */
int index_file_write(const struct index_file *file, const char *lines, size_t size, bool replace)
{
    (void)file;
    if (size == 0 || lines[size - 1] != '\n' || (replace && memcmp(lines, HEAD, strlen(HEAD)) != 0))
        abort();
    return 0;
}

void index_file_close(struct index_file *file)
{
    free(file->text);
}

static void remove_dir(void)
{
    char path[64];

    for (int i = 0; i < INDEX_LEAST; i++) {
        snprintf(path, sizeof path, "%s/%d.tar.zst", dir, i);
        (void)unlink(path);
    }
    (void)rmdir(dir);
}

static void make_dir(void)
{
    char path[64];

    if (!mkdtemp(dir))
        abort();
    atexit(remove_dir);
    for (int i = 0; i < INDEX_LEAST; i++) {
        snprintf(path, sizeof path, "%s/%d.tar.zst", dir, i);
        close(open(path, O_WRONLY | O_CREAT, 0600));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    static bool has_dir;
    const struct stat st = {.st_dev = 1, .st_ino = 2, .st_size = 3, .st_mode = S_IFREG};
    struct rows_row row = {0};

    given = bytes;
    given_size = size;
    if (!has_dir)
        make_dir();
    has_dir = true;
    struct row_index *index = row_index_open(dir, STAMP);
    if (!index)
        abort();
    if (row_index_get(index, NAME, &st, &row)) {
        if (!json_is_object(row.json) || (row.state != ROWS_PRESENT && row.state != ROWS_DAMAGED))
            abort();
        row_index_put(index, "b.tar.zst", &st, &row);
        json_decref(row.json);
    }
    row_index_close(index, size % 2);
    return 0;
}
