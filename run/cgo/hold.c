/* SPDX-License-Identifier: MIT */
#include "cgo/hold.h"

#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/say.h"
#include "cgo/lines.h"
#include "program_process.h"

#define HOLD_US  200000
#define READ_US  150000
#define STOP_US  20000 /* for the guard to stop all */
#define PAUSE_NS 300000
/* With GOTRACEBACK=crash the threads print such lines one after the other; the first is the fault's. */
#define APART_US 1000000
/* A server that prints such lines again and again, and lives, is soon left alone. */
#define HOLDS_MAX     8
#define PROCESSES_MAX 8
#define MAPS_BYTES    (512 << 10)

/* IDLE to HELD are the guard's, READING and OVER crumple-run's; the guard goes back to IDLE. */
enum { IDLE, STOPPING, HELD, READING, OVER };

struct hold {
    _Atomic pid_t server; /* crumple-run writes it; 0: none */
    _Atomic int state;
    struct cgo_fault fault;
    _Atomic uint64_t last_pc; /* a guard writes it; 0: none was told */
    pid_t noted;              /* whose maps these are; the noting process writes them */
    _Atomic unsigned note;    /* the number of the last one: it is in maps[note % 2]; 0: none */
    size_t maps_size[2];
    char maps[2][MAPS_BYTES];
    pid_t processes[PROCESSES_MAX]; /* that were stopped, the server first */
    size_t process_count;
};

static struct hold *hold; /* shared; NULL: none */

void cgo_hold_prepare(void)
{
    void *shared = mmap(NULL, sizeof *hold, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    hold = shared == MAP_FAILED ? NULL : shared;
}

void cgo_hold_server(pid_t server)
{
    if (hold)
        atomic_store(&hold->server, server);
}

/* The number may be another's by now, if its process has just ended. One that somebody else has stopped stays so, and a debugger
 * takes each stop for its own. */
static bool may_stop(pid_t pid, pid_t parent)
{
    struct program_process process;
    return program_process_read(pid, 0, &process) == 0 && process.ppid == parent && process.state != 'T' &&
           process.state != 't' && !process.tracer;
}

/* Of a shell that stands before the server, the child. The kernel lists them if it can (CONFIG_PROC_CHILDREN). */
static size_t add_children(pid_t *processes, size_t count, pid_t of)
{
    char path[64], text[512];
    snprintf(path, sizeof path, "/proc/%d/task/%d/children", (int)of, (int)of);
    const int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t size = fd >= 0 ? read(fd, text, sizeof text - 1) : -1;
    if (fd >= 0)
        (void)close(fd);
    text[size > 0 ? size : 0] = '\0';
    char *rest = text;
    for (char *word; count < PROCESSES_MAX && (word = strsep(&rest, " "));) {
        const pid_t child = (pid_t)strtol(word, NULL, 10);
        if (child > 0 && may_stop(child, of))
            processes[count++] = child;
    }
    return count;
}

static void stop(pid_t server)
{
    hold->process_count = 1;
    hold->processes[0] = server;
    for (size_t i = 0; i < hold->process_count; i++) {
        (void)kill(hold->processes[i], SIGSTOP);
        hold->process_count = add_children(hold->processes, hold->process_count, hold->processes[i]);
    }
}

/* Children first: a shell that waits for its job must not find it stopped. */
static void go_on(void)
{
    for (size_t i = hold->process_count; i-- > 0;)
        (void)kill(hold->processes[i], SIGCONT);
}

static void pause_until(int state, int64_t until_us)
{
    const struct timespec pause = {0, PAUSE_NS};
    while (atomic_load(&hold->state) < state && clock_us() < until_us)
        (void)nanosleep(&pause, NULL);
}

static void hold_server(const struct cgo_fault *fault)
{
    static unsigned holds;
    static int64_t last_us;
    const int64_t now_us = clock_us();
    const pid_t server = atomic_load(&hold->server);
    int expected = IDLE;
    if (!server || holds >= HOLDS_MAX || (last_us && now_us - last_us < APART_US) ||
        !may_stop(server, getppid()) || !atomic_compare_exchange_strong(&hold->state, &expected, STOPPING))
        return;
    holds++;
    last_us = now_us;
    hold->fault = *fault;
    stop(server);
    atomic_store(&hold->state, HELD);
    pause_until(OVER, now_us + HOLD_US);
    go_on();
    atomic_store(&hold->state, IDLE);
}

void cgo_hold_feed(const char *bytes, size_t count)
{
    static struct cgo_lines lines;
    struct cgo_fault fault;
    if (!hold || !cgo_lines_feed(&lines, bytes, count, &fault))
        return;
    atomic_store(&hold->last_pc, fault.pc);
    hold_server(&fault);
}

bool cgo_hold_take(struct cgo_memory *ret)
{
    struct cgo_memory memory;
    bool is_read = false;
    int expected = HELD;
    if (!hold || atomic_load(&hold->state) == IDLE)
        return false;
    const int64_t now_us = clock_us();
    pause_until(HELD, now_us + STOP_US);
    if (!atomic_compare_exchange_strong(&hold->state, &expected, READING))
        return false;
    for (size_t i = 0; i < hold->process_count && !is_read; i++)
        is_read = cgo_memory_read(hold->processes[i], &hold->fault, now_us + READ_US, &memory) == 0;
    go_on();
    expected = READING; /* if the guard has waited long enough, it is IDLE, and stays so */
    (void)atomic_compare_exchange_strong(&hold->state, &expected, OVER);
    say_more(is_read ? "read the stack of C of %d (%lld us)" : "no stack of C was read of %d (%lld us)",
             (int)hold->processes[0], (long long)(clock_us() - now_us));
    if (is_read) {
        cgo_memory_release(ret);
        *ret = memory;
    }
    return is_read;
}

void cgo_hold_guard_ended(void)
{
    if (!hold || atomic_load(&hold->state) == IDLE)
        return;
    go_on();
    atomic_store(&hold->state, IDLE);
}

void cgo_hold_note_maps(void)
{
    const pid_t server = hold ? atomic_load(&hold->server) : 0;
    if (!server)
        return;
    const unsigned next = atomic_load(&hold->note) + 1;
    hold->maps_size[next % 2] = cgo_memory_maps(server, hold->maps[next % 2], MAPS_BYTES);
    hold->noted = server;
    if (hold->maps_size[next % 2])
        atomic_store(&hold->note, next);
}

bool cgo_hold_rest(struct cgo_memory *ret)
{
    const unsigned note = hold ? atomic_load(&hold->note) : 0;
    const uint64_t pc = hold ? atomic_load(&hold->last_pc) : 0;
    return note && pc &&
           cgo_memory_of_files(hold->noted, pc, hold->maps[note % 2], hold->maps_size[note % 2], ret) == 0;
}

void cgo_hold_end(void)
{
    if (hold)
        (void)munmap(hold, sizeof *hold);
    hold = NULL;
}
