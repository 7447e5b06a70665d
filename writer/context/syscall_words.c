/* SPDX-License-Identifier: MIT */
#include "context/syscall_words.h"

#include <fcntl.h>
#include <inttypes.h>
#include <linux/audit.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>

#include "context/descriptors.h"
#include "context/wait_text.h"
#include "signal/syscall_names.h"

#ifndef SYS_epoll_pwait2
#define SYS_epoll_pwait2 441
#endif
#ifndef SYS_io_uring_enter
#define SYS_io_uring_enter 426
#endif

#define LISTED     8    /* descriptors of a poll or select */
#define SET_MAX    1024 /* FD_SETSIZE */
#define PATH_SHOWN 80

/* How the arguments are to be read. */
enum shape {
    SHAPE_RAW = 0,
    SHAPE_NONE,     /* they say nothing */
    SHAPE_FD,       /* the descriptor is argument 'at' */
    SHAPE_EPOLL,    /* its number alone, and milliseconds in argument 3 */
    SHAPE_EPOLL_NS, /* struct timespec there */
    SHAPE_POLL,     /* pollfds, their number, milliseconds */
    SHAPE_POLL_NS,
    SHAPE_SELECT, /* how many, three sets, struct timeval */
    SHAPE_SELECT_NS,
    SHAPE_SLEEP, /* struct timespec at argument 'at' */
    SHAPE_PID,
    SHAPE_ID,      /* a number: of a semaphore set or a queue */
    SHAPE_SIGNALS, /* set, info, struct timespec */
    SHAPE_FCNTL,
    SHAPE_PATH /* a string at argument 'at' */
};

struct call_row {
    int64_t number;
    enum shape shape;
    int at;
};

static const struct call_row rows[] = {
    {SYS_read, SHAPE_FD, 0},
    {SYS_write, SHAPE_FD, 0},
    {SYS_readv, SHAPE_FD, 0},
    {SYS_writev, SHAPE_FD, 0},
    {SYS_pread64, SHAPE_FD, 0},
    {SYS_pwrite64, SHAPE_FD, 0},
    {SYS_preadv, SHAPE_FD, 0},
    {SYS_pwritev, SHAPE_FD, 0},
    {SYS_preadv2, SHAPE_FD, 0},
    {SYS_pwritev2, SHAPE_FD, 0},
    {SYS_recvfrom, SHAPE_FD, 0},
    {SYS_recvmsg, SHAPE_FD, 0},
    {SYS_recvmmsg, SHAPE_FD, 0},
    {SYS_sendto, SHAPE_FD, 0},
    {SYS_sendmsg, SHAPE_FD, 0},
    {SYS_sendmmsg, SHAPE_FD, 0},
    {SYS_accept, SHAPE_FD, 0},
    {SYS_accept4, SHAPE_FD, 0},
    {SYS_connect, SHAPE_FD, 0},
    {SYS_close, SHAPE_FD, 0},
    {SYS_fsync, SHAPE_FD, 0},
    {SYS_fdatasync, SHAPE_FD, 0},
    {SYS_sync_file_range, SHAPE_FD, 0},
    {SYS_fallocate, SHAPE_FD, 0},
    {SYS_ftruncate, SHAPE_FD, 0},
    {SYS_flock, SHAPE_FD, 0},
    {SYS_ioctl, SHAPE_FD, 0},
    {SYS_getdents64, SHAPE_FD, 0},
    {SYS_fstat, SHAPE_FD, 0},
    {SYS_splice, SHAPE_FD, 0},
    {SYS_tee, SHAPE_FD, 0},
    {SYS_vmsplice, SHAPE_FD, 0},
    {SYS_sendfile, SHAPE_FD, 0},
    {SYS_copy_file_range, SHAPE_FD, 0},
    {SYS_mq_timedreceive, SHAPE_FD, 0},
    {SYS_mq_timedsend, SHAPE_FD, 0},
    {SYS_io_uring_enter, SHAPE_FD, 0},
    {SYS_epoll_wait, SHAPE_EPOLL, 0},
    {SYS_epoll_pwait, SHAPE_EPOLL, 0},
    {SYS_epoll_pwait2, SHAPE_EPOLL_NS, 0},
    {SYS_poll, SHAPE_POLL, 0},
    {SYS_ppoll, SHAPE_POLL_NS, 0},
    {SYS_select, SHAPE_SELECT, 0},
    {SYS_pselect6, SHAPE_SELECT_NS, 0},
    {SYS_nanosleep, SHAPE_SLEEP, 0},
    {SYS_clock_nanosleep, SHAPE_SLEEP, 2},
    {SYS_wait4, SHAPE_PID, 0},
    {SYS_waitid, SHAPE_PID, 1},
    {SYS_semop, SHAPE_ID, 0},
    {SYS_semtimedop, SHAPE_ID, 0},
    {SYS_msgrcv, SHAPE_ID, 0},
    {SYS_msgsnd, SHAPE_ID, 0},
    {SYS_rt_sigtimedwait, SHAPE_SIGNALS, 0},
    {SYS_rt_sigsuspend, SHAPE_NONE, 0},
    {SYS_pause, SHAPE_NONE, 0},
    {SYS_sched_yield, SHAPE_NONE, 0},
    {SYS_sync, SHAPE_NONE, 0},
    {SYS_fcntl, SHAPE_FCNTL, 0},
    {SYS_open, SHAPE_PATH, 0},
    {SYS_openat, SHAPE_PATH, 1},
};

static const struct call_row *find_row(int64_t number)
{
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if (rows[i].number == number)
            return &rows[i];
    return NULL;
}

const char *syscall_words_name(int64_t number, char *name, size_t size)
{
    const char *known = syscall_name(AUDIT_ARCH_X86_64, number);
    if (known)
        snprintf(name, size, "%s", known);
    else if (number >= 0)
        snprintf(name, size, "system call %" PRId64, number);
    else
        snprintf(name, size, "a system call");
    return name;
}

static void add_fd(const struct crash *crash, uint64_t fd, struct thread_wait *ret)
{
    const char *what = descriptors_find(crash, (int)fd);
    ret->fd = (int32_t)fd;
    wait_text_add(ret, "fd %d%s%s", (int)fd, what ? ", " : "", what ? what : "");
}

/* A limit of the wait in nanoseconds; negative: it has none. */
static void add_limit(struct thread_wait *ret, int64_t ns)
{
    if (ns < 0)
        return;
    ret->is_timed = true;
    wait_text_add(ret, ", at most ");
    wait_text_add_time(ret, ns);
}

static int64_t ns_of_ms(uint64_t argument)
{
    const int32_t ms = (int32_t)argument;
    return ms < 0 ? -1 : (int64_t)ms * 1000000;
}

/* Of a struct timespec, or with unit 1000 of a struct timeval. -1: there is none. */
static int64_t ns_at(const struct crash *crash, uint64_t address, int64_t unit)
{
    int64_t time[2];
    if (!address || !memory_read(&crash->memory, address, time, sizeof time) || time[0] < 0 ||
        time[0] > INT32_MAX || time[1] < 0 || time[1] >= 1000000000 / unit)
        return -1;
    return time[0] * 1000000000 + time[1] * unit;
}

static void add_poll(const struct crash *crash, const uint64_t *arguments, struct thread_wait *ret)
{
    const uint64_t count = arguments[1];
    wait_text_add(ret, "%" PRIu64 " descriptor%s", count, count == 1 ? "" : "s");
    for (uint64_t i = 0; i < count && i < LISTED; i++) {
        struct pollfd one;
        if (!memory_read(&crash->memory, arguments[0] + i * sizeof one, &one, sizeof one))
            return;
        if (count == 1) {
            const char *what = descriptors_find(crash, one.fd);
            ret->fd = one.fd;
            wait_text_add(ret, ": %d%s%s", one.fd, what ? ", " : "", what ? what : "");
        } else {
            wait_text_add(ret, "%s%d", i ? ", " : ": ", one.fd);
        }
    }
    if (count > LISTED)
        wait_text_add(ret, ", ...");
}

/* The kernel has not written to the sets of a call that still waits. */
static void add_select(const struct crash *crash, const uint64_t *arguments, struct thread_wait *ret)
{
    const uint64_t end = arguments[0] < SET_MAX ? arguments[0] : SET_MAX;
    uint64_t all[SET_MAX / 64] = {0}, one[SET_MAX / 64];
    size_t bytes = (size_t)(end + 63) / 64 * 8, shown = 0;
    for (int i = 1; i <= 3; i++) {
        if (!arguments[i])
            continue;
        if (!memory_read(&crash->memory, arguments[i], one, bytes)) {
            wait_text_add(ret, "descriptors below %" PRIu64, arguments[0]);
            return;
        }
        for (size_t word = 0; word < bytes / 8; word++)
            all[word] |= one[word];
    }
    wait_text_add(ret, "descriptors");
    for (uint64_t fd = 0; fd < end && shown <= LISTED; fd++)
        if (all[fd / 64] >> fd % 64 & 1) {
            if (shown++ == LISTED)
                wait_text_add(ret, ", ...");
            else
                wait_text_add(ret, "%s%" PRIu64, shown > 1 ? ", " : " ", fd);
        }
    if (!shown)
        wait_text_add(ret, ": none");
}

static void add_signals(const struct crash *crash, const uint64_t *arguments, struct thread_wait *ret)
{
    uint64_t set;
    if (memory_read(&crash->memory, arguments[0], &set, sizeof set)) {
        wait_text_add(ret, "signals");
        for (int sig = 1, shown = 0; sig <= 64; sig++)
            if (set >> (sig - 1) & 1 && shown++ < LISTED)
                wait_text_add(ret, "%s%d", shown > 1 ? ", " : " ", sig);
    }
    add_limit(ret, ns_at(crash, arguments[2], 1));
}

static void add_fcntl(const struct crash *crash, const uint64_t *arguments, struct thread_wait *ret)
{
    const int command = (int)arguments[1];
    const bool is_lock = command == F_SETLKW || command == F_OFD_SETLKW;
    add_fd(crash, arguments[0], ret);
    if (is_lock)
        wait_text_add(ret, ", %s", command == F_SETLKW ? "F_SETLKW" : "F_OFD_SETLKW");
    else
        wait_text_add(ret, ", %d", command);
}

/* The file is opened by the end of its path: what is in the core of the string. */
static void add_path(const struct crash *crash, uint64_t address, struct thread_wait *ret)
{
    char path[PATH_SHOWN + 1] = "";
    for (size_t size = PATH_SHOWN; size >= 8; size /= 2)
        if (memory_read(&crash->memory, address, path, size)) {
            path[size] = '\0';
            wait_text_add(ret, "%s%s", path, strlen(path) == size ? "..." : "");
            return;
        }
    wait_text_add(ret, "0x%" PRIx64, address);
}

static void add_pid(const struct syscall_now *now, const struct call_row *row, struct thread_wait *ret)
{
    const int pid = (int)now->arguments[row->at];
    const bool is_any = now->number == SYS_waitid ? now->arguments[0] == 0 : pid == -1;
    if (is_any)
        wait_text_add(ret, "any child");
    else
        wait_text_add(ret, "%d", pid);
}

/* A deadline says how far away it is only to who knows the clock at the fault: the clock and its time are told. */
static void add_sleep(const struct crash *crash, const struct call_row *row, const uint64_t *arguments,
                      struct thread_wait *ret)
{
    static const char *const clocks[] = {"CLOCK_REALTIME", "CLOCK_MONOTONIC"};
    const int64_t ns = ns_at(crash, arguments[row->at], 1);
    const bool is_deadline = row->number == SYS_clock_nanosleep && (arguments[1] & TIMER_ABSTIME);
    ret->is_timed = true;
    if (!is_deadline)
        wait_text_add_time(ret, ns);
    else if (ns < 0)
        wait_text_add(ret, "until a time");
    else
        wait_text_add(ret, "until %" PRId64 ".%03" PRId64 " s of %s", ns / 1000000000,
                      ns % 1000000000 / 1000000, arguments[0] < 2 ? clocks[arguments[0]] : "a clock");
}

static void add_arguments(const struct crash *crash, const struct syscall_now *now,
                          const struct call_row *row, struct thread_wait *ret)
{
    const uint64_t *a = now->arguments;
    switch (row->shape) {
    case SHAPE_FD:
        add_fd(crash, a[row->at], ret);
        break;
    case SHAPE_EPOLL:
    case SHAPE_EPOLL_NS:
        ret->fd = (int32_t)a[0];
        wait_text_add(ret, "%d", ret->fd);
        add_limit(ret, row->shape == SHAPE_EPOLL ? ns_of_ms(a[3]) : ns_at(crash, a[3], 1));
        break;
    case SHAPE_POLL:
    case SHAPE_POLL_NS:
        add_poll(crash, a, ret);
        add_limit(ret, row->shape == SHAPE_POLL ? ns_of_ms(a[2]) : ns_at(crash, a[2], 1));
        break;
    case SHAPE_SELECT:
    case SHAPE_SELECT_NS:
        add_select(crash, a, ret);
        add_limit(ret, ns_at(crash, a[4], row->shape == SHAPE_SELECT ? 1000 : 1));
        break;
    case SHAPE_SLEEP:
        add_sleep(crash, row, a, ret);
        break;
    case SHAPE_PID:
        add_pid(now, row, ret);
        break;
    case SHAPE_ID:
        wait_text_add(ret, "%d", (int)a[row->at]);
        break;
    case SHAPE_SIGNALS:
        add_signals(crash, a, ret);
        break;
    case SHAPE_FCNTL:
        add_fcntl(crash, a, ret);
        break;
    case SHAPE_PATH:
        add_path(crash, a[row->at], ret);
        break;
    default:
        break;
    }
}

void syscall_words(const struct crash *crash, const struct syscall_now *now, struct thread_wait *ret)
{
    static const struct call_row raw = {-1, SHAPE_RAW, 0};
    const struct call_row *row = find_row(now->number);
    char name[48];
    row = row ? row : &raw;
    wait_text_add(ret, "%s", syscall_words_name(now->number, name, sizeof name));
    if (now->number < 0)
        return;
    wait_text_add(ret, "(");
    if (row->shape == SHAPE_RAW)
        wait_text_add(ret, "0x%" PRIx64 ", 0x%" PRIx64 ", 0x%" PRIx64, now->arguments[0], now->arguments[1],
                      now->arguments[2]);
    else
        add_arguments(crash, now, row, ret);
    wait_text_add(ret, ")");
}
