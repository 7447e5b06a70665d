/* SPDX-License-Identifier: MIT */
#include "bundle/core_image.h"

#include <errno.h>
#include <sys/mman.h>

#include "base/buffer.h"
#include "tar.h"
#include "report/go_report.h"

#define PAGE ((size_t)4096)

/* environ for people: a variable a line. */
static void add_environ(struct core_span environ_note, struct buffer *out)
{
    const char *at = (const char *)environ_note.bytes, *end = at + environ_note.size;
    for (const char *next; at < end; at = next + 1) {
        next = memchr(at, '\0', (size_t)(end - at));
        next = next ? next : end;
        if (next == at)
            continue;
        buffer_add_clean(out, at, (size_t)(next - at));
        buffer_add_char(out, '\n');
    }
}

static int add_member(const char *name, struct core_span content, uint64_t time, struct buffer *out)
{
    static const uint8_t zeros[TAR_BLOCK];
    uint8_t header[TAR_BLOCK];
    if (!content.size)
        return 0;
    int error = tar_header(name, content.size, time, header);
    buffer_add(out, header, sizeof header);
    buffer_add(out, content.bytes, content.size);
    buffer_add(out, zeros, tar_padding(content.size));
    return error;
}

/* What follows the core's last byte. */
static int make_tail(size_t core_size, const struct notes *notes, uint64_t time, struct buffer *out)
{
    static const uint8_t zeros[TAR_END];
    struct buffer environment = {0}, goroutines = {0};
    add_environ(notes->environ, &environment);
    go_dump_member(notes->go_dump, &goroutines);
    buffer_add(out, zeros, tar_padding(core_size));
    const struct {
        const char *name;
        struct core_span content;
    } members[] = {
        {CRUMPLE_MEMBER_MAPS, notes->maps},
        {CRUMPLE_MEMBER_STATUS, notes->status},
        {CRUMPLE_MEMBER_LIMITS, notes->limits},
        {CRUMPLE_MEMBER_CGROUP, notes->cgroup},
        {CRUMPLE_MEMBER_ENVIRON, {(const uint8_t *)environment.data, environment.size}},
        {CRUMPLE_MEMBER_GOROUTINES, {(const uint8_t *)goroutines.data, goroutines.size}},
    };
    int error = 0;
    for (size_t i = 0; i < sizeof members / sizeof members[0] && !error; i++)
        error = add_member(members[i].name, members[i].content, time, out);
    buffer_add(out, zeros, sizeof zeros);
    if (out->failed || environment.failed || goroutines.failed)
        error = -ENOMEM;
    buffer_release(&environment);
    buffer_release(&goroutines);
    return error;
}

/* Lays the core's pages into the reserved stretch; the last one becomes ours, for the tail begins in it. */
static int map_core(struct core_image *image, int fd, size_t core_size)
{
    uint8_t *core = image->mapping + PAGE;
    const int access = image->scrub ? PROT_READ | PROT_WRITE : PROT_READ;
    if (mmap(core, core_size, access, MAP_PRIVATE | MAP_FIXED | MAP_POPULATE, fd, 0) == MAP_FAILED)
        return -errno;
    size_t last = (core_size - 1) / PAGE * PAGE;
    return mprotect(core + last, PAGE, PROT_READ | PROT_WRITE) < 0 ? -errno : 0;
}

/* The pages become ours. */
static int blank(struct core_image *image, struct image_span span)
{
    uint8_t *core = image->mapping + PAGE;
    const size_t first = span.at / PAGE * PAGE;
    if (mprotect(core + first, span.at + span.size - first, PROT_READ | PROT_WRITE) < 0)
        return -errno;
    memset(core + span.at, 0, span.size);
    return 0;
}

void core_image_prepare(void *context, uint8_t *bytes, size_t size)
{
    const struct core_image *image = context;
    uint8_t *core = image->mapping + PAGE;
    uint8_t *from = bytes < core ? core : bytes, *to = bytes + size;
    to = to < core + image->core_size ? to : core + image->core_size;
    if (from < to)
        scrub_range(image->scrub, (size_t)(from - core), (size_t)(to - core), from);
}

int core_image_make(int fd, size_t core_size, const struct notes *notes, struct image_span secrets,
                    const struct scrub *scrub, struct core_image *ret_image)
{
    struct core_image image = {.scrub = scrub, .core_size = core_size};
    struct buffer tail = {0};
    uint64_t time = notes->time_ns / 1000000000;
    int error = make_tail(core_size, notes, time, &tail);
    if (!error) {
        image.mapping_size = PAGE + core_size + tail.size;
        void *mapping =
            mmap(NULL, image.mapping_size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        error = mapping == MAP_FAILED ? -errno : 0;
        image.mapping = error ? NULL : mapping;
    }
    if (!error && core_size)
        error = map_core(&image, fd, core_size);
    if (!error && secrets.size && secrets.size <= core_size && secrets.at <= core_size - secrets.size)
        error = blank(&image, secrets);
    if (!error && core_size)
        error = tar_header(CRUMPLE_MEMBER_CORE, core_size, time, image.mapping + PAGE - TAR_BLOCK);
    if (error) {
        core_image_release(&image);
    } else {
        memcpy(image.mapping + PAGE + core_size, tail.data, tail.size);
        image.bytes = image.mapping + PAGE - (core_size ? TAR_BLOCK : 0);
        image.size = (core_size ? TAR_BLOCK : 0) + core_size + tail.size;
        *ret_image = image;
    }
    buffer_release(&tail);
    return error;
}

void core_image_release(struct core_image *image)
{
    if (image->mapping)
        munmap(image->mapping, image->mapping_size);
    *image = (struct core_image){0};
}
