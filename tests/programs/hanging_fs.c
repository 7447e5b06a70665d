/* SPDX-License-Identifier: MIT */
/*
 * A file system that hangs: hanging_fs DIRECTORY CALL
 *
 * mounts itself on DIRECTORY (root only, by the FUSE protocol, without libfuse) and is an empty directory
 * that anybody can look at, in which directories can be made. From the first request of the kind CALL on
 * nothing is answered any more: lookup, create, write, read. Says 'mounted' on stdout; ends when it is
 * killed, or unmounted.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/fuse.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

enum { REQUEST_BYTES = 256 * 1024, NODES = 64 };

static const struct {
    const char *name;
    uint32_t codes[3];
} calls[] = {
    {"lookup", {FUSE_LOOKUP, FUSE_MKDIR, FUSE_MKDIR}},
    {"create", {FUSE_CREATE, FUSE_MKNOD, 51 /* FUSE_TMPFILE */}},
    {"write", {FUSE_WRITE, FUSE_WRITE, FUSE_WRITE}},
    {"read", {FUSE_READ, FUSE_READ, FUSE_READ}},
    {"quota", {0, 0, 0}},
};

static const uint32_t *stuck_at;
static bool has_no_quota;
static int device;

/* Node 1 is the root; the others are made once and stay. */
static struct {
    char name[128];
    uint64_t parent;
    uint32_t mode;
    uint64_t bytes; /* only their number is kept */
} nodes[NODES];
static uint64_t node_count = 2;

static _Noreturn void fail(const char *what)
{
    fprintf(stderr, "hanging_fs: %s: %s\n", what, strerror(errno));
    exit(1);
}

static void answer(const struct fuse_in_header *in, int error, const void *data, size_t bytes)
{
    char buffer[1024];
    struct fuse_out_header out = {
        .len = (uint32_t)(sizeof out + bytes), .error = error, .unique = in->unique};
    memcpy(buffer, &out, sizeof out);
    if (bytes > 0)
        memcpy(buffer + sizeof out, data, bytes);
    if (write(device, buffer, out.len) < 0 && errno != ENOENT)
        fail("write");
}

static void describe(struct fuse_attr *attr, uint64_t node)
{
    memset(attr, 0, sizeof *attr);
    attr->ino = node;
    attr->mode = node == 1 ? S_IFDIR | 0755 : nodes[node].mode;
    attr->nlink = 1;
    attr->size = node == 1 ? 0 : nodes[node].bytes;
}

static uint64_t find(uint64_t parent, const char *name)
{
    for (uint64_t node = 2; node < node_count; node++) {
        if (nodes[node].parent == parent && strcmp(nodes[node].name, name) == 0)
            return node;
    }
    return 0;
}

static uint64_t make(uint64_t parent, const char *name, uint32_t mode)
{
    if (node_count == NODES || strlen(name) >= sizeof nodes[0].name)
        return 0;
    strcpy(nodes[node_count].name, name);
    nodes[node_count].parent = parent;
    nodes[node_count].mode = mode;
    return node_count++;
}

static void answer_entry(const struct fuse_in_header *in, uint64_t node, bool opened)
{
    struct {
        struct fuse_entry_out entry;
        struct fuse_open_out open;
    } out;
    memset(&out, 0, sizeof out);
    if (node == 0) {
        answer(in, -ENOENT, NULL, 0);
        return;
    }
    out.entry.nodeid = node;
    describe(&out.entry.attr, node);
    answer(in, 0, &out, opened ? sizeof out : sizeof out.entry);
}

static void answer_init(const struct fuse_in_header *in)
{
    struct fuse_init_out out;
    memset(&out, 0, sizeof out);
    out.major = FUSE_KERNEL_VERSION;
    out.minor = FUSE_KERNEL_MINOR_VERSION < 31 ? FUSE_KERNEL_MINOR_VERSION : 31;
    out.max_write = 4096;
    answer(in, 0, &out, sizeof out);
}

static void answer_attributes(const struct fuse_in_header *in)
{
    struct fuse_attr_out out;
    memset(&out, 0, sizeof out);
    describe(&out.attr, in->nodeid);
    answer(in, 0, &out, sizeof out);
}

static void answer_write(const struct fuse_in_header *in, const struct fuse_write_in *write_in)
{
    struct fuse_write_out out = {.size = write_in->size};
    if (has_no_quota) {
        answer(in, -EDQUOT, NULL, 0);
        return;
    }
    if (nodes[in->nodeid].bytes < write_in->offset + write_in->size)
        nodes[in->nodeid].bytes = write_in->offset + write_in->size;
    answer(in, 0, &out, sizeof out);
}

static void answer_rename(const struct fuse_in_header *in, const char *names)
{
    const char *to = names + strlen(names) + 1;
    uint64_t node = find(in->nodeid, names);
    if (node != 0 && strlen(to) < sizeof nodes[0].name)
        strcpy(nodes[node].name, to);
    answer(in, node != 0 ? 0 : -ENOENT, NULL, 0);
}

static void answer_request(const struct fuse_in_header *in, const char *body)
{
    static const struct fuse_open_out opened;
    static const struct fuse_statfs_out statistics = {.st = {.bsize = 4096, .namelen = 255}};
    switch (in->opcode) {
    case FUSE_INIT:
        answer_init(in);
        break;
    case FUSE_LOOKUP:
        answer_entry(in, find(in->nodeid, body), false);
        break;
    case FUSE_MKDIR:
        answer_entry(in, make(in->nodeid, body + sizeof(struct fuse_mkdir_in), S_IFDIR | 0700), false);
        break;
    case FUSE_CREATE:
        answer_entry(in, make(in->nodeid, body + sizeof(struct fuse_create_in), S_IFREG | 0600), true);
        break;
    case FUSE_GETATTR:
    case FUSE_SETATTR:
        answer_attributes(in);
        break;
    case FUSE_OPENDIR:
    case FUSE_OPEN:
        answer(in, 0, &opened, sizeof opened);
        break;
    case FUSE_WRITE:
        answer_write(in, (const struct fuse_write_in *)body);
        break;
    case FUSE_RENAME2:
        answer_rename(in, body + sizeof(struct fuse_rename2_in));
        break;
    case FUSE_STATFS:
        answer(in, 0, &statistics, sizeof statistics);
        break;
    case FUSE_READDIR:
    case FUSE_RELEASE:
    case FUSE_RELEASEDIR:
    case FUSE_FLUSH:
    case FUSE_ACCESS:
        answer(in, 0, NULL, 0);
        break;
    case FUSE_FORGET:
    case FUSE_BATCH_FORGET:
    case FUSE_INTERRUPT:
        break;
    default:
        answer(in, -ENOSYS, NULL, 0);
    }
}

static bool is_stuck(uint32_t code)
{
    return code == stuck_at[0] || code == stuck_at[1] || code == stuck_at[2];
}

static void serve(void)
{
    static char request[REQUEST_BYTES] __attribute__((aligned(8)));
    bool hangs = false;
    for (;;) {
        const struct fuse_in_header *in = (const struct fuse_in_header *)request;
        ssize_t got = read(device, request, sizeof request);
        if (got < 0 && (errno == EINTR || errno == ENOENT))
            continue;
        if (got < (ssize_t)sizeof *in)
            return; /* unmounted */
        hangs = hangs || is_stuck(in->opcode);
        if (!hangs)
            answer_request(in, request + sizeof *in);
    }
}

int main(int argc, char **argv)
{
    char options[128];
    for (size_t i = 0; argc == 3 && i < sizeof calls / sizeof calls[0]; i++) {
        if (strcmp(argv[2], calls[i].name) == 0)
            stuck_at = calls[i].codes;
    }
    if (stuck_at == NULL) {
        fprintf(stderr, "usage: hanging_fs DIRECTORY lookup|create|write|read|quota\n");
        return 2;
    }
    has_no_quota = strcmp(argv[2], "quota") == 0;
    device = open("/dev/fuse", O_RDWR | O_CLOEXEC);
    if (device < 0)
        fail("/dev/fuse");
    snprintf(options, sizeof options, "fd=%d,rootmode=40755,user_id=0,group_id=0,allow_other", device);
    if (mount("hanging_fs", argv[1], "fuse.hanging_fs", MS_NOSUID | MS_NODEV, options) != 0)
        fail("mount");
    puts("mounted");
    fflush(stdout);
    serve();
    return 0;
}
