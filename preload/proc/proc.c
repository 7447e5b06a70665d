/* SPDX-License-Identifier: MIT */
/* Safe file: runs in the constructor, in the helper process and in the keeper. */
#include "proc/proc.h"

#include <fcntl.h>

#include "base/io.h"
#include "proc/held_descriptors.h"
#include "base/sys.h"
#include "base/text.h"

#define PREFIX_BYTES 6 /* of "/proc/" */

static int base = -1; /* the held /proc, where there is no other */
static int pid_here;  /* what was looked for: the captured process in our namespace ... */
static int pid_there; /* ... and in that /proc; 0: it is not there */

/* For 'base' the number of the calling process, or 0. */
static int own_number(void)
{
    char text[32];
    long n = base < 0 ? safe_call(SYS_readlink, "/proc/self", text, sizeof text)
                      : safe_call(SYS_readlinkat, base, "self", text, sizeof text);
    int v = 0;
    for (long i = 0; i < n && text[i] >= '0' && text[i] <= '9'; i++)
        v = v * 10 + (text[i] - '0');
    return v;
}

/* The fourth field of /proc/self/stat, behind the name in parentheses: by that /proc's numbers. */
static int parent_number(void)
{
    char text[512];
    long n = safe_proc_read("/proc/self/stat", text, sizeof text);
    int v = 0;
    long i = n;
    for (; i > 0 && text[i - 1] != ')'; i--)
        ;
    if (i <= 0)
        return 0;
    for (i += 3; i < n && text[i] >= '0' && text[i] <= '9'; i++) /* " S " */
        v = v * 10 + (text[i] - '0');
    return v;
}

void safe_proc_find(int pid)
{
    base = -1;
    pid_here = pid_there = pid;
    int own = own_number();
    if (!own) {
        base = safe_roots_fd(SAFE_ROOT_PROC);
        own = base < 0 ? 0 : own_number();
    }
    if (own == safe_getpid())
        return;
    pid_there = !own ? 0 : safe_getpid() == pid ? own : parent_number();
}

bool safe_proc_is_foreign(void)
{
    return pid_here != pid_there;
}

static void add_process(struct safe_text *t, int pid)
{
    safe_text_add(t, "/proc/");
    safe_text_add_i64(t, pid == pid_here && pid != 0 ? pid_there : pid);
}

char *safe_proc_path(char *buffer, int pid, const char *name)
{
    struct safe_text t = safe_text_on(buffer, 64);
    add_process(&t, pid);
    safe_text_add(&t, "/");
    safe_text_add(&t, name);
    return buffer;
}

char *safe_proc_task_path(char *buffer, int pid, int tid, const char *name)
{
    struct safe_text t = safe_text_on(buffer, 96);
    add_process(&t, pid);
    safe_text_add(&t, "/task/");
    safe_text_add_i64(&t, tid);
    safe_text_add(&t, "/");
    safe_text_add(&t, name);
    return buffer;
}

int safe_proc_open(const char *path, int flags)
{
    return base < 0 ? safe_open(-1, path, flags, 0) : safe_open(base, path + PREFIX_BYTES, flags, 0);
}

long safe_proc_read(const char *path, void *buffer, size_t n)
{
    int fd = safe_proc_open(path, O_RDONLY);
    if (fd < 0)
        return fd;
    long got = safe_read_fd(fd, buffer, n);
    safe_close(fd);
    return got;
}
