/* SPDX-License-Identifier: MIT */
/*
 * The index of rows: see rows/index.h. The first line is "crumple rows STAMP"; each other one is
 *
 *   CHECKSUM STATE TIME_US WOUND KEY <tab> JSON
 *
 * where KEY is the file's facts and its name, and CHECKSUM is of the first line and all behind it.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "rows/index.h"
#include "rows/index_file.h"
#include "fnv.h"

#define HEAD_FORMAT "crumple rows %s\n"
#define HEAD_BYTES  200
#define KEY_BYTES   (NAME_MAX + 180)
#define JSON_MAX    65536 /* bytes of a row; a longer one is read from its bundle */
#define LINES_MAX   1000000
#define SUM_DIGITS  16
#define HELD_MAX    (4u << 20) /* bytes of new lines; then they are written */
#define SETTLED_S   2          /* clocks of file systems tick in milliseconds, that of FAT in two seconds */

/* A line that is whole. Offsets are into the text. */
struct line {
    uint64_t hash; /* of the key */
    size_t begin, end;
    uint32_t key; /* behind begin */
    enum rows_state state;
    int64_t time_us;
    bool is_wound, is_used;
};

struct row_index {
    struct index_file file;
    char head[HEAD_BYTES];
    bool is_taken;   /* the text, apart into lines */
    bool is_foreign; /* another build's, or none of ours: it starts again */
    struct line *lines;
    size_t count, read; /* lines that are whole, and in all */
    char *added;
    size_t added_size, added_room;
    bool has_written; /* lines that are not in memory any more */
};

/* Another build may put its head into the file while this one is about to add a line. */
static uint64_t sum_of(const struct row_index *index, const char *bytes, size_t size)
{
    return fnv_add(fnv_add(FNV_BASIS, index->head, strlen(index->head)), bytes, size);
}

/* Bundles of a directory and of its per-user directories, but no more than are needed. */
static size_t count_bundles(int fd, int depth)
{
    DIR *dir = fd < 0 ? NULL : fdopendir(fd);
    size_t count = 0;

    for (const struct dirent *file; dir && count < INDEX_LEAST && (file = readdir(dir));) {
        const char *ending = strstr(file->d_name, CRUMPLE_BUNDLE_SUFFIX);
        if (ending && !ending[sizeof CRUMPLE_BUNDLE_SUFFIX - 1])
            count++;
        else if (depth > 0 && file->d_name[strspn(file->d_name, "0123456789")] == '\0')
            count += count_bundles(
                openat(dirfd(dir), file->d_name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW), depth - 1);
    }
    if (dir)
        closedir(dir);
    else if (fd >= 0)
        close(fd);
    return count;
}

/* Takes the line apart as far as its key. */
static bool parse_line(const struct row_index *index, size_t begin, size_t end, struct line *ret_line)
{
    const char *text = index->file.text;
    char sum[SUM_DIGITS + 1] = "", *stop;
    const size_t from = begin + SUM_DIGITS + 1;

    if (end <= from || text[from - 1] != ' ')
        return false;
    memcpy(sum, text + begin, SUM_DIGITS);
    if (strtoull(sum, &stop, 16) != sum_of(index, text + from, end - from) || *stop)
        return false;
    /* each number ends at a space, and the line at a newline */
    const long state = strtol(text + from, &stop, 10);
    const int64_t time_us = strtoll(stop, &stop, 10);
    const bool is_wound = strtol(stop, &stop, 10) != 0;
    const char *key = stop + 1,
               *tab = *stop == ' ' && key < text + end ? memchr(key, '\t', (size_t)(text + end - key)) : NULL;
    if (!tab || (state != ROWS_PRESENT && state != ROWS_DAMAGED))
        return false;
    *ret_line = (struct line){.hash = fnv_add(FNV_BASIS, key, (size_t)(tab - key)),
                              .begin = begin,
                              .end = end,
                              .key = (uint32_t)((size_t)(key - text) - begin),
                              .time_us = time_us,
                              .state = (enum rows_state)state,
                              .is_wound = is_wound};
    return true;
}

static int compare_lines(const void *a, const void *b)
{
    const struct line *x = a, *y = b;

    if (x->hash != y->hash)
        return x->hash < y->hash ? -1 : 1;
    return x->begin < y->begin ? -1 : 1;
}

static int add_line(struct row_index *index, size_t *room, const struct line *line)
{
    if (index->count == *room) {
        const size_t more = *room ? *room * 2 : 1024;
        struct line *grown = reallocarray(index->lines, more, sizeof *grown);
        if (!grown)
            return -ENOMEM;
        index->lines = grown;
        *room = more;
    }
    index->lines[index->count++] = *line;
    return 0;
}

/* All but the first line. The last one counts only with its newline. Not before the sandbox: a reader that a bundle has taken
 * over may have written the text. */
static int take_lines(struct row_index *index)
{
    if (index->is_taken)
        return 0;
    index->is_taken = true;
    const char *text = index->file.text, *newline;
    const size_t head = strlen(index->head);
    size_t room = 0;
    int error = 0;

    index->is_foreign = index->file.size < head || memcmp(text, index->head, head) != 0;
    for (size_t at = head; !index->is_foreign && !error && at < index->file.size && index->read < LINES_MAX;
         at = (size_t)(newline - text) + 1, index->read++) {
        struct line line;
        newline = memchr(text + at, '\n', index->file.size - at);
        if (!newline)
            break;
        if (parse_line(index, at, (size_t)(newline - text), &line))
            error = add_line(index, &room, &line);
    }
    if (index->count > 1)
        qsort(index->lines, index->count, sizeof index->lines[0], compare_lines);
    return error;
}

struct row_index *row_index_open(const char *dir, const char *stamp)
{
    int fd = stamp ? open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NONBLOCK) : -1;
    struct row_index *index = NULL;

    if (fd < 0)
        return NULL;
    if (count_bundles(openat(fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC), 1) >= INDEX_LEAST)
        index = calloc(1, sizeof *index);
    if (index) {
        index->file.fd = -1;
        snprintf(index->head, sizeof index->head, HEAD_FORMAT, stamp);
    }
    if (index && index_file_open(fd, &index->file) < 0) {
        free(index);
        index = NULL;
    }
    close(fd);
    return index;
}

/* Returns its length, 0 where such a name cannot stand in a line. */
static size_t make_key(const char *name, const struct stat *st, char ret_key[KEY_BYTES])
{
    int length = snprintf(ret_key, KEY_BYTES, "%jx %jx %jx %jx.%lx %jx.%lx %s", (uintmax_t)st->st_dev,
                          (uintmax_t)st->st_ino, (uintmax_t)st->st_size, (uintmax_t)st->st_mtim.tv_sec,
                          st->st_mtim.tv_nsec, (uintmax_t)st->st_ctim.tv_sec, st->st_ctim.tv_nsec, name);

    return length < 0 || length >= KEY_BYTES || strpbrk(name, "\t\n") ? 0 : (size_t)length;
}

/* Of lines with the same key the last one. */
static struct line *find_line(const struct row_index *index, const char *key, size_t size)
{
    const uint64_t hash = fnv_add(FNV_BASIS, key, size);
    size_t low = 0, high = index->count;

    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (index->lines[middle].hash <= hash)
            low = middle + 1;
        else
            high = middle;
    }
    for (; low > 0 && index->lines[low - 1].hash == hash; low--) {
        struct line *line = &index->lines[low - 1];
        const size_t at = line->begin + line->key;
        if (line->end - at > size && memcmp(index->file.text + at, key, size) == 0 &&
            index->file.text[at + size] == '\t')
            return line;
    }
    return NULL;
}

bool row_index_get(struct row_index *index, const char *name, const struct stat *st, struct rows_row *ret_row)
{
    char key[KEY_BYTES];
    const size_t size = make_key(name, st, key);
    struct line *line = size && take_lines(index) == 0 ? find_line(index, key, size) : NULL;

    if (!line)
        return false;
    const char *json = index->file.text + line->begin + line->key + size + 1;
    json_t *row = json_loadb(json, (size_t)(index->file.text + line->end - json), 0, NULL);
    if (!json_is_object(row)) {
        json_decref(row);
        return false;
    }
    line->is_used = true;
    ret_row->state = line->state;
    ret_row->time_us = line->time_us;
    ret_row->is_wound = line->is_wound;
    ret_row->json = row;
    return true;
}

/* A clock that was set back makes times of the future: nothing is known of those. */
static bool is_settled(const struct stat *st)
{
    return S_ISREG(st->st_mode) && time(NULL) - st->st_ctim.tv_sec > SETTLED_S;
}

static bool make_room(struct row_index *index, size_t size)
{
    size_t room = index->added_room ? index->added_room : 65536;

    while (room - index->added_size < size)
        room *= 2;
    char *grown = room > index->added_room ? realloc(index->added, room) : index->added;
    if (!grown)
        return false;
    index->added = grown;
    index->added_room = room;
    return true;
}

/* The head, the lines that stand, and the new ones, in the place of all. */
static int write_anew(struct row_index *index)
{
    const size_t room = strlen(index->head) + index->file.size + index->added_size + 1;
    char *text = malloc(room), *at = text ? stpcpy(text, index->head) : NULL;

    if (!text)
        return -ENOMEM;
    for (size_t i = 0; i < index->count; i++)
        if (index->lines[i].is_used)
            at = mempcpy(at, index->file.text + index->lines[i].begin,
                         index->lines[i].end + 1 - index->lines[i].begin);
    if (index->added_size)
        at = mempcpy(at, index->added, index->added_size);
    int error = index_file_write(&index->file, text, (size_t)(at - text), true);
    free(text);
    return error;
}

/* So that a first look at 100,000 bundles needs no more memory than a small one. What cannot be written is forgotten. */
static void write_held(struct row_index *index)
{
    (void)take_lines(index);
    if (!index->is_foreign)
        (void)index_file_write(&index->file, index->added, index->added_size, false);
    else if (write_anew(index) == 0)
        index->is_foreign = false;
    index->added_size = 0;
    index->has_written = true;
}

/* The same file may be named from elsewhere next time. */
static char *text_of(const json_t *row)
{
    json_t *copy = json_copy((json_t *)row);
    char *text =
        copy && json_object_set_new(copy, "path", json_null()) == 0 ? json_dumps(copy, JSON_COMPACT) : NULL;

    json_decref(copy);
    return text;
}

void row_index_put(struct row_index *index, const char *name, const struct stat *st,
                   const struct rows_row *row)
{
    char key[KEY_BYTES], line[KEY_BYTES + 64];

    if ((row->state != ROWS_PRESENT && row->state != ROWS_DAMAGED) || !is_settled(st) ||
        !make_key(name, st, key))
        return;
    char *json = text_of(row->json);
    const int size = snprintf(line, sizeof line, "%d %" PRId64 " %d %s\t", (int)row->state, row->time_us,
                              row->is_wound, key);
    const size_t length = json ? strlen(json) : 0;
    if (json && length < JSON_MAX && make_room(index, SUM_DIGITS + 3 + (size_t)size + length)) {
        char *at = index->added + index->added_size;
        memcpy(at + SUM_DIGITS + 1, line, (size_t)size);
        memcpy(at + SUM_DIGITS + 1 + size, json, length);
        snprintf(line, sizeof line, "%016" PRIx64, sum_of(index, at + SUM_DIGITS + 1, (size_t)size + length));
        memcpy(at, line, SUM_DIGITS);
        at[SUM_DIGITS] = ' ';
        at[SUM_DIGITS + 1 + (size_t)size + length] = '\n';
        index->added_size += SUM_DIGITS + 2 + (size_t)size + length;
    }
    free(json);
    if (index->added_size > HELD_MAX)
        write_held(index);
}

void row_index_close(struct row_index *index, bool is_complete)
{
    size_t used = 0;

    if (!index)
        return;
    (void)take_lines(index); /* if nobody has asked for a row */
    for (size_t i = 0; i < index->count; i++)
        used += index->lines[i].is_used;
    const bool is_mostly_stale = is_complete && !index->has_written && index->read > 2 * used + INDEX_LEAST;
    if (index->is_foreign || is_mostly_stale)
        (void)write_anew(index);
    else if (index->added_size)
        (void)index_file_write(&index->file, index->added, index->added_size, false);
    index_file_close(&index->file);
    free(index->lines);
    free(index->added);
    free(index);
}
