/* SPDX-License-Identifier: MIT */
/* The filter of the sandbox: see seccomp.h. */
#include "seccomp.h"

#include <asm/termbits.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#define ANY (-1)

/* A system call that is allowed, or is where (argument & mask) == value. Values have 32 bits. */
struct row {
    int number;
    int argument;
    uint32_t mask, value;
};

/* What reading needs. The lists name what glibc and the libraries inside make, too: threads, memory, time. */
static const struct row reading[] = {
    {SYS_read, ANY, 0, 0},
    {SYS_write, ANY, 0, 0},
    {SYS_futex, ANY, 0, 0},
    {SYS_mmap, 2, PROT_EXEC, 0},
    {SYS_munmap, ANY, 0, 0},
    {SYS_mprotect, 2, PROT_EXEC, 0},
    {SYS_mremap, ANY, 0, 0},
    {SYS_madvise, ANY, 0, 0},
    {SYS_mincore, ANY, 0, 0}, /* libunwind */
    {SYS_brk, ANY, 0, 0},
    {SYS_openat, 2, O_ACCMODE | O_CREAT | O_TRUNC, O_RDONLY},
    {SYS_open, 1, O_ACCMODE | O_CREAT | O_TRUNC, O_RDONLY},
    {SYS_close, ANY, 0, 0},
    {SYS_pread64, ANY, 0, 0},
    {SYS_readv, ANY, 0, 0},
    {SYS_writev, ANY, 0, 0},
    {SYS_lseek, ANY, 0, 0},
    {SYS_newfstatat, ANY, 0, 0},
    {SYS_fstat, ANY, 0, 0},
    {SYS_stat, ANY, 0, 0},
    {SYS_lstat, ANY, 0, 0},
    {SYS_statx, ANY, 0, 0},
    {SYS_statfs, ANY, 0, 0},
    {SYS_fstatfs, ANY, 0, 0},
    {SYS_getdents64, ANY, 0, 0},
    {SYS_readlink, ANY, 0, 0},
    {SYS_readlinkat, ANY, 0, 0},
    {SYS_access, ANY, 0, 0},
    {SYS_faccessat, ANY, 0, 0},
    {SYS_faccessat2, ANY, 0, 0},
    {SYS_getcwd, ANY, 0, 0},
    /* not F_SETOWN and F_SETSIG, by which the kernel sends a signal of one's choice to any process */
    {SYS_fcntl, 1, UINT32_MAX, F_DUPFD},
    {SYS_fcntl, 1, UINT32_MAX, F_DUPFD_CLOEXEC},
    {SYS_fcntl, 1, UINT32_MAX, F_GETFD},
    {SYS_fcntl, 1, UINT32_MAX, F_SETFD},
    {SYS_fcntl, 1, UINT32_MAX, F_GETFL},
    {SYS_fcntl, 1, UINT32_MAX, F_SETFL},
    {SYS_dup, ANY, 0, 0},
    {SYS_pipe2, ANY, 0, 0},
    {SYS_poll, ANY, 0, 0},
    {SYS_ppoll, ANY, 0, 0},
    {SYS_clock_gettime, ANY, 0, 0},
    {SYS_clock_nanosleep, ANY, 0, 0},
    {SYS_nanosleep, ANY, 0, 0},
    {SYS_gettimeofday, ANY, 0, 0},
    {SYS_time, ANY, 0, 0},
    {SYS_getrandom, ANY, 0, 0},
    {SYS_getpid, ANY, 0, 0},
    {SYS_gettid, ANY, 0, 0},
    {SYS_getuid, ANY, 0, 0},
    {SYS_geteuid, ANY, 0, 0},
    {SYS_getgid, ANY, 0, 0},
    {SYS_getegid, ANY, 0, 0},
    {SYS_uname, ANY, 0, 0},
    {SYS_sysinfo, ANY, 0, 0},
    {SYS_sched_getaffinity, ANY, 0, 0},
    {SYS_sched_yield, ANY, 0, 0},
    {SYS_rt_sigaction, ANY, 0, 0},
    {SYS_rt_sigprocmask, ANY, 0, 0},
    {SYS_rt_sigreturn, ANY, 0, 0},
    {SYS_sigaltstack, ANY, 0, 0},
    {SYS_restart_syscall, ANY, 0, 0},
    {SYS_exit, ANY, 0, 0},
    {SYS_exit_group, ANY, 0, 0},
    {SYS_wait4, ANY, 0, 0},
    {SYS_alarm, ANY, 0, 0},
    {SYS_setitimer, ANY, 0, 0},
    {SYS_getrlimit, ANY, 0, 0},
    {SYS_prlimit64, 0, UINT32_MAX, 0}, /* of itself: limits only become lower */
    {SYS_prctl, 0, UINT32_MAX, PR_SET_PDEATHSIG},
    {SYS_ioctl, 1, UINT32_MAX, TCGETS},
    {SYS_ioctl, 1, UINT32_MAX, TIOCGWINSZ},
    {SYS_set_robust_list, ANY, 0, 0},
    /* of what is open for writing: the index of rows (decision 66), and stdout */
    {SYS_flock, ANY, 0, 0},
    {SYS_ftruncate, ANY, 0, 0},
    {SYS_rseq, ANY, 0, 0},
    {SYS_membarrier, ANY, 0, 0},
    /* threads and forks, in these namespaces */
    {SYS_clone, 0,
     CLONE_NEWNS | CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWUTS |
         CLONE_NEWCGROUP | CLONE_PTRACE,
     0},
};

static const struct row writing[] = {
    {SYS_openat, ANY, 0, 0},          {SYS_open, ANY, 0, 0},     {SYS_unlink, ANY, 0, 0},
    {SYS_unlinkat, ANY, 0, 0},        {SYS_rename, ANY, 0, 0},   {SYS_renameat, ANY, 0, 0},
    {SYS_renameat2, ANY, 0, 0},       {SYS_fsync, ANY, 0, 0},    {SYS_fdatasync, ANY, 0, 0},
    {SYS_fallocate, ANY, 0, 0},       {SYS_pwrite64, ANY, 0, 0}, {SYS_fchmod, ANY, 0, 0},
    {SYS_fchown, ANY, 0, 0},          {SYS_fchownat, ANY, 0, 0}, {SYS_umask, ANY, 0, 0},
    {SYS_copy_file_range, ANY, 0, 0},
};

#define COUNT(rows) (sizeof rows / sizeof *rows)
#define LOAD(field) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (uint32_t)(field))

struct filter {
    struct sock_filter lines[5 * (COUNT(reading) + COUNT(writing)) + 16];
    unsigned short count;
};

static void add(struct filter *filter, struct sock_filter line)
{
    filter->lines[filter->count++] = line;
}

static void add_answer(struct filter *filter, uint32_t answer)
{
    add(filter, (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, answer));
}

/* Skip so many lines unless the loaded word is value. */
static void add_unless(struct filter *filter, uint32_t value, uint8_t skip)
{
    add(filter, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, value, 0, skip));
}

/* The number is loaded before and after. */
static void add_row(struct filter *filter, const struct row *row)
{
    if (row->argument == ANY) {
        add_unless(filter, (uint32_t)row->number, 1);
        add_answer(filter, SECCOMP_RET_ALLOW);
        return;
    }
    add_unless(filter, (uint32_t)row->number, 5);
    /* little endian: the low half of an argument comes first */
    add(filter, (struct sock_filter)LOAD(offsetof(struct seccomp_data, args) +
                                         (size_t)row->argument * sizeof(uint64_t)));
    add(filter, (struct sock_filter)BPF_STMT(BPF_ALU | BPF_AND | BPF_K, row->mask));
    add_unless(filter, row->value, 1);
    add_answer(filter, SECCOMP_RET_ALLOW);
    add(filter, (struct sock_filter)LOAD(offsetof(struct seccomp_data, nr)));
}

int seccomp_enter(bool writes)
{
    const struct row itself = {SYS_tgkill, 0, UINT32_MAX, (uint32_t)getpid()}; /* raise, abort */
    struct filter filter = {.count = 0};

    add(&filter, (struct sock_filter)LOAD(offsetof(struct seccomp_data, arch)));
    add(&filter, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, AUDIT_ARCH_X86_64, 1, 0));
    add_answer(&filter, SECCOMP_RET_KILL_PROCESS);
    add(&filter, (struct sock_filter)LOAD(offsetof(struct seccomp_data, nr)));
    /* glibc then takes clone, whose flags a filter can read */
    add_unless(&filter, SYS_clone3, 1);
    add_answer(&filter, SECCOMP_RET_ERRNO | ENOSYS);
    add_row(&filter, &itself);
    for (size_t i = 0; i < COUNT(reading); i++)
        add_row(&filter, &reading[i]);
    for (size_t i = 0; writes && i < COUNT(writing); i++)
        add_row(&filter, &writing[i]);
    add_answer(&filter, SECCOMP_RET_ERRNO | EPERM);
    struct sock_fprog program = (struct sock_fprog){.len = filter.count, .filter = filter.lines};
    return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) < 0 ? -errno : 0;
}
