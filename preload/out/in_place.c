/* SPDX-License-Identifier: MIT */
/* Safe file: runs in the faulting thread. See out/in_place.h. */
#include "out/in_place.h"

#include <elf.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <time.h>

#include "crumple_format.h"
#include "state/fault.h"
#include "base/io.h"
#include "out/writer_exec.h"
#include "proc/proc.h"
#include "base/text.h"

#define MEMORY_LEAST                                                                                         \
    (UINT64_C(256) << 20) /* a program that cannot be mapped is killed while it is executed */
#define STACK_LEAST (UINT64_C(1) << 20)
#define PHDRS_MAX   32
#define NOTES_MAX   1024

bool safe_in_place_allowed(const struct safe_in_place_facts *f)
{
    /* A filter may kill at execve, and the writer makes calls that the server never makes; a tracer sees the exec. */
    const bool is_watched = f->seccomp != 0 || f->tracer != 0;
    /* The kernel's core would be the writer's. A program that a pattern names gets one whatever the limit is. */
    const bool is_to_program = !f->core_pattern || f->core_pattern == '|' || f->core_pattern == '@';
    const bool has_core = f->is_dumpable && (f->core_limit != 0 || is_to_program);
    /* Nothing that init sends to itself kills it. */
    return f->pid != 1 && !f->is_exit && !is_watched && !has_core && !f->has_time_limit &&
           f->memory_limit >= MEMORY_LEAST && f->stack_limit >= STACK_LEAST && f->has_willing_writer;
}

static bool has_bytes(const char *in, size_t n, const char *what, size_t bytes)
{
    for (size_t i = 0; i + bytes <= n; i++) {
        size_t same = 0;
        while (same < bytes && in[i + same] == what[same])
            same++;
        if (same == bytes)
            return true;
    }
    return false;
}

bool safe_in_place_is_willing(int fd)
{
    static const char note[] = CRUMPLE_WRITER_NOTE;
    static char text[NOTES_MAX];
    static Elf64_Phdr phdr[PHDRS_MAX];
    Elf64_Ehdr ehdr;
    if (safe_call(SYS_pread64, fd, &ehdr, sizeof ehdr, 0) != sizeof ehdr || ehdr.e_phnum > PHDRS_MAX ||
        ehdr.e_phentsize != sizeof *phdr)
        return false;
    const long bytes = (long)(ehdr.e_phnum * sizeof *phdr);
    if (safe_call(SYS_pread64, fd, phdr, bytes, ehdr.e_phoff) != bytes)
        return false;
    for (int i = 0; i < ehdr.e_phnum; i++) {
        if (phdr[i].p_type != PT_NOTE || phdr[i].p_filesz > sizeof text)
            continue;
        long n = safe_call(SYS_pread64, fd, text, phdr[i].p_filesz, phdr[i].p_offset);
        if (n > 0 && has_bytes(text, (size_t)n, note, sizeof note))
            return true;
    }
    return false;
}

/* The number behind "\nKEY:\t", or -1. */
static int status_number(const char *status, size_t n, const char *key)
{
    const size_t bytes = safe_strlen(key);
    for (size_t i = 0; i + bytes < n; i++) {
        if (status[i] != '\n' || !safe_starts(status + i + 1, key))
            continue;
        int number = 0;
        for (i += 1 + bytes; i < n && status[i] >= '0' && status[i] <= '9'; i++)
            number = number * 10 + (status[i] - '0');
        return number;
    }
    return -1;
}

static uint64_t hard_limit(int which)
{
    struct rlimit limit = {0, 0};
    return safe_call(SYS_prlimit64, 0, which, NULL, &limit) == 0 ? limit.rlim_max : 0;
}

static char first_of_core_pattern(void)
{
    char first = '\0';
    int fd = safe_proc_open("/proc/sys/kernel/core_pattern", O_RDONLY);
    if (fd >= 0 && safe_call(SYS_read, fd, &first, 1) != 1)
        first = '\0';
    safe_close(fd);
    return first;
}

/* In an order that asks nothing where a filter might answer by killing. */
static bool is_allowed(void)
{
    static char status[4096];
    struct safe_in_place_facts f = {.pid = safe_fault.pid, .is_exit = safe_fault.exit_call != NULL};
    struct rlimit core = {1, 1};
    char path[96];
    long n = safe_proc_read(safe_proc_task_path(path, safe_fault.pid, safe_fault.tid, "status"), status,
                            sizeof status - 1);
    f.seccomp = n < 0 ? -1 : status_number(status, (size_t)n, "Seccomp:\t");
    f.tracer = n < 0 ? -1 : status_number(status, (size_t)n, "TracerPid:\t");
    if (f.seccomp != 0)
        return false;
    f.is_dumpable = safe_call(SYS_prctl, PR_GET_DUMPABLE, 0, 0, 0, 0) != 0;
    if (safe_call(SYS_prlimit64, 0, RLIMIT_CORE, NULL, &core) == 0)
        f.core_limit = core.rlim_cur;
    f.core_pattern = first_of_core_pattern();
    const uint64_t space = hard_limit(RLIMIT_AS), data = hard_limit(RLIMIT_DATA);
    f.memory_limit = space < data ? space : data;
    f.stack_limit = hard_limit(RLIMIT_STACK);
    f.has_time_limit = hard_limit(RLIMIT_CPU) != UINT64_MAX || hard_limit(RLIMIT_RTTIME) != UINT64_MAX;
    int writer = safe_writer_open();
    f.has_willing_writer = writer >= 0 && safe_in_place_is_willing(writer);
    safe_close(writer);
    return safe_in_place_allowed(&f);
}

void safe_in_place_run(struct safe_writer *job, uint64_t deadline_ns)
{
    const uint64_t all = ~UINT64_C(0), now = safe_clock_ns(CLOCK_MONOTONIC);
    uint64_t mask = 0;
    char option[48];
    struct safe_text t = safe_text_on(option, sizeof option);
    if (!is_allowed())
        return;
    safe_text_add(&t, "--die-of=");
    safe_text_add_i64(&t, safe_fault.signo);
    safe_text_add(&t, ":");
    safe_text_add_u64(&t, now < deadline_ns ? (deadline_ns - now) / 1000000 + 1 : 1);
    safe_call(SYS_rt_sigprocmask, SIG_BLOCK, NULL, &mask, 8);
    safe_writer_raise_limits();
    /* All signals wait until the writer has its handlers: another signal must not be the one that it dies of. */
    (void)safe_writer_exec(job->dirfd, safe_writer_arguments(job, option), all);
    safe_call(SYS_rt_sigprocmask, SIG_SETMASK, &mask, NULL, 8);
}
