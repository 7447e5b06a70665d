/* SPDX-License-Identifier: MIT */
#include "cgo/memory.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/thread_call.h"
#include "cgo/frame.h"

#define MAPS_BYTES    (4 << 20)
#define HANDLER_BYTES (64 << 10) /* of a stack for signals: Go's has 32 KiB, that of libcrumple.so 64 */
#define ROUNDS_MAX    25
#define PAUSE_NS      200000

static size_t read_into(pid_t pid, const char *name, char *ret, size_t most)
{
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/%s", (int)pid, name);
    const int fd = open(path, O_RDONLY | O_CLOEXEC);
    size_t size = 0;
    for (ssize_t got = 1; fd >= 0 && size < most && got > 0; size += got > 0 ? (size_t)got : 0)
        got = read(fd, ret + size, most - size);
    if (fd >= 0)
        (void)close(fd);
    return size;
}

size_t cgo_memory_maps(pid_t pid, char *ret, size_t size)
{
    size_t used = read_into(pid, "maps", ret, size);
    while (used && ret[used - 1] != '\n')
        used--;
    return used;
}

/* The whole of a file of /proc/PID, ended by NUL. NULL: none, or no memory. */
static char *read_file(pid_t pid, const char *name, size_t most, size_t *ret_size)
{
    char *text = malloc(most + 1);
    const size_t size = text ? read_into(pid, name, text, most) : 0;
    if (!size) {
        free(text);
        return NULL;
    }
    text[size] = '\0';
    *ret_size = size;
    return text;
}

static size_t read_memory(pid_t pid, uint64_t address, void *to, size_t size)
{
    struct iovec local = {to, size}, remote = {(void *)(uintptr_t)address, size};
    ssize_t got = process_vm_readv(pid, &local, 1, &remote, 1, 0);
    return got > 0 ? (size_t)got : 0;
}

/* A line 'START-END PERMISSIONS OFFSET ...'. Not by sscanf(3), which takes the length of all the lines behind it each time. */
static bool read_range(const char *line, struct cgo_mapping *ret)
{
    char *at;
    ret->start = strtoull(line, &at, 16);
    if (at == line || *at != '-')
        return false;
    ret->end = strtoull(at + 1, &at, 16);
    if (*at != ' ' || ret->start >= ret->end || strnlen(at, 6) < 6)
        return false;
    ret->offset = strtoull(at + 6, &at, 16);
    return true;
}

/* How many bytes lie from address on in its mapping, 'most' at most. */
static size_t bytes_mapped(const char *maps, uint64_t address, size_t most)
{
    for (const char *line = maps; line && *line; line = strchr(line, '\n'), line += line != NULL) {
        struct cgo_mapping range;
        if (read_range(line, &range) && address >= range.start && address < range.end)
            return range.end - address < most ? range.end - address : most;
    }
    return 0;
}

bool cgo_maps_next(const char **at, const char *end, struct cgo_mapping *ret)
{
    while (*at < end) {
        const char *line = *at, *newline = memchr(line, '\n', (size_t)(end - line));
        const char *line_end = newline ? newline : end, *path = memchr(line, '/', (size_t)(line_end - line));
        *at = newline ? newline + 1 : end;
        if (!path || !read_range(line, ret))
            continue;
        ret->path = path;
        ret->path_size = (size_t)(line_end - path);
        return true;
    }
    return false;
}

struct search {
    pid_t pid;
    const struct cgo_fault *fault;
    const char *maps;
    uint8_t *bytes; /* CGO_STACK_BYTES */
    struct cgo_memory *found;
    bool takes_all;   /* else only threads that compute or write, as the one that prints does */
    bool has_running; /* a thread that did not stand still yet */
};

static bool look_at_thread(struct search *search, const char *tid)
{
    const struct cgo_fault *fault = search->fault;
    struct thread_call call;
    if (thread_call_read(search->pid, tid, &call) < 0) {
        search->has_running = true;
        return false;
    }
    if (!search->takes_all && call.number != -1 && call.number != SYS_write)
        return false;
    const uint64_t sp = call.sp;
    size_t size = bytes_mapped(search->maps, sp, fault->is_call ? CGO_STACK_BYTES : HANDLER_BYTES);
    size = read_memory(search->pid, sp, search->bytes, size);
    const bool is_it = (fault->is_call ? cgo_frame_of_call : cgo_frame_of_handler)(
        search->bytes, size, sp, fault->pc, &search->found->registers);
    if (is_it)
        search->found->tid = (pid_t)strtol(tid, NULL, 10);
    return is_it;
}

static bool look_at_threads(struct search *search, int64_t deadline_us)
{
    char path[64];
    bool is_found = false;
    search->has_running = false;
    snprintf(path, sizeof path, "/proc/%d/task", (int)search->pid);
    DIR *tasks = opendir(path);
    for (struct dirent *task; tasks && !is_found && clock_us() < deadline_us && (task = readdir(tasks));)
        is_found = task->d_name[0] != '.' && look_at_thread(search, task->d_name);
    if (tasks)
        (void)closedir(tasks);
    return is_found;
}

static void add_part(struct cgo_memory *memory, uint64_t address, size_t size, uint8_t *bytes)
{
    size_t at = memory->part_count;
    if (!size)
        return;
    for (; at && memory->parts[at - 1].address > address; at--)
        memory->parts[at] = memory->parts[at - 1];
    memory->parts[at] = (struct cgo_part){address, size, bytes};
    memory->part_count++;
}

/* The stack from its pointer on, with the red zone below it, which leaves of C use. */
static void add_stack(struct cgo_memory *memory)
{
    uint64_t from = (memory->registers.rsp - 128) & ~UINT64_C(15);
    size_t size = bytes_mapped(memory->maps, from, CGO_STACK_BYTES);
    if (!size) { /* an overflow: the pointer is in the guard */
        from = (memory->registers.rsp + 4095) & ~UINT64_C(4095);
        size = bytes_mapped(memory->maps, from, CGO_STACK_BYTES);
    }
    add_part(memory, from, read_memory(memory->pid, from, memory->bytes, size), memory->bytes);
}

/* The begin of a file. The path is the server's, as it saw it. */
static size_t read_head(const struct cgo_mapping *mapping, uint8_t *bytes)
{
    char path[PATH_MAX];
    struct stat st;
    snprintf(path, sizeof path, "%.*s",
             (int)(mapping->path_size < PATH_MAX ? mapping->path_size : PATH_MAX - 1), mapping->path);
    const int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    const bool is_file = fd >= 0 && fstat(fd, &st) == 0 && S_ISREG(st.st_mode);
    const ssize_t got = is_file ? pread(fd, bytes, CGO_HEAD_BYTES, 0) : 0;
    if (fd >= 0)
        (void)close(fd);
    return got > 0 ? (size_t)got : 0;
}

static void add_heads(struct cgo_memory *memory, bool is_alive)
{
    struct cgo_mapping mapping;
    uint8_t *bytes = memory->bytes + CGO_STACK_BYTES;
    const char *at = memory->maps, *const end = at + memory->maps_size;
    for (size_t count = 0; count < CGO_MODULES_MAX && cgo_maps_next(&at, end, &mapping);) {
        if (mapping.offset)
            continue;
        add_part(memory, mapping.start,
                 is_alive ? read_memory(memory->pid, mapping.start, bytes, CGO_HEAD_BYTES)
                          : read_head(&mapping, bytes),
                 bytes);
        bytes += CGO_HEAD_BYTES;
        count++;
    }
}

static uint8_t *make_room(void)
{
    return malloc(CGO_STACK_BYTES + (size_t)CGO_MODULES_MAX * CGO_HEAD_BYTES);
}

int cgo_memory_read(pid_t pid, const struct cgo_fault *fault, int64_t deadline_us, struct cgo_memory *ret)
{
    const struct timespec pause = {0, PAUSE_NS};
    struct cgo_memory memory = {.pid = pid};
    memory.maps = read_file(pid, "maps", MAPS_BYTES, &memory.maps_size);
    memory.bytes = make_room();
    bool is_found = false;
    if (memory.maps && memory.bytes) {
        struct search search = {pid, fault, memory.maps, memory.bytes, &memory, false, true};
        for (int i = 0; i < ROUNDS_MAX && !is_found && search.has_running && clock_us() < deadline_us; i++) {
            if (i)
                (void)nanosleep(&pause, NULL);
            is_found = look_at_threads(&search, deadline_us);
        }
        search.takes_all = true;
        is_found = is_found || look_at_threads(&search, deadline_us);
    }
    if (!is_found) {
        const int error = memory.maps ? -ESRCH : -EACCES;
        cgo_memory_release(&memory);
        return error;
    }
    add_stack(&memory);
    add_heads(&memory, true);
    char *auxv = read_file(pid, "auxv", sizeof memory.auxv, &memory.auxv_size);
    if (auxv)
        memcpy(memory.auxv, auxv, memory.auxv_size);
    free(auxv);
    *ret = memory;
    return 0;
}

int cgo_memory_of_files(pid_t pid, uint64_t pc, const char *maps, size_t maps_size, struct cgo_memory *ret)
{
    struct cgo_memory memory = {.tid = pid, .maps = malloc(maps_size + 1), .bytes = make_room()};
    if (!memory.maps || !memory.bytes) {
        cgo_memory_release(&memory);
        return -ENOMEM;
    }
    memcpy(memory.maps, maps, maps_size);
    memory.maps[maps_size] = '\0';
    memory.maps_size = maps_size;
    memory.registers = (struct user_regs_struct){.rip = pc, .orig_rax = UINT64_MAX};
    add_heads(&memory, false);
    *ret = memory;
    return 0;
}

void cgo_memory_release(struct cgo_memory *memory)
{
    free(memory->maps);
    free(memory->bytes);
    *memory = (struct cgo_memory){0};
}
