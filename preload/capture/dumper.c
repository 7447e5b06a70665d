/* SPDX-License-Identifier: MIT */
/* Safe file: safe_dumper_run runs in the thread that is asked, the rest in the helper. See capture/dumper.h. */
#include "capture/dumper.h"

#include <errno.h>
#include <linux/futex.h>
#include <linux/sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>

#include "base/inject.h"
#include "base/io.h"
#include "base/text.h"
#include "capture/core.h"
#include "capture/helper.h"
#include "capture/save.h"
#include "capture/vitals.h"
#include "crumple_format.h"
#include "out/say.h"
#include "state/claim.h"
#include "state/config.h"
#include "state/fault.h"
#include "stopped/park.h"

#define STACK_BYTES (256 * 1024)
#define STOP_NS                                                                                              \
    UINT64_C(2000000000) /* a server that lives is not stopped for longer, whatever the disk does */
#define WRITER_NS UINT64_C(60000000000) /* nobody's death waits for it */
#define LINGER_NS 100000000
#define LOOK_NS   UINT64_C(20000000)
#define KILLED_NS UINT64_C(200000000)
#define WALL      0x40000000

static char *stack;        /* with a guard page below; mapped by the first dump */
static _Atomic int helper; /* the last one's pid, until it is reaped */
static _Atomic uint64_t
    collected; /* the last one that safe_dumper_reap took: its pid, and below it its status */
static struct safe_capture capture;
static struct safe_writer job;
static struct safe_scratch kept; /* of the last dump: a thread may be about to look there for its slot */

static bool is_alive(void)
{
    return __atomic_load_n(&safe_state->dumper, __ATOMIC_SEQ_CST) != 0;
}

static uint32_t step(void)
{
    return __atomic_load_n(&safe_state->dump_step, __ATOMIC_SEQ_CST);
}

/* --- in the helper -------------------------------------------------------------------------------------- */

static void set_step(uint32_t value)
{
    __atomic_store_n(&safe_state->dump_step, value, __ATOMIC_SEQ_CST);
    safe_call(SYS_futex, &safe_state->dump_step, FUTEX_WAKE_PRIVATE, 1, 0, 0, 0);
}

static void write_digits(char *to, uint64_t value)
{
    for (int i = 11; i >= 0; i--, value /= 10)
        to[i] = (char)('0' + value % 10);
}

/* The threads go on. A second file (its name was taken) would have the memory of another moment. */
static int saved(struct safe_capture *c, int fd, uint64_t notes_at)
{
    if (step() != SAFE_DUMP_BEGUN)
        return -ESTALE;
    safe_park_release();
    uint64_t ns = safe_clock_ns(CLOCK_MONOTONIC) - safe_fault.mono_ns;
    __atomic_store_n(&safe_state->owner, SAFE_OWNER_DUMPER, __ATOMIC_RELEASE);
    set_step(SAFE_DUMP_SAVED);
    safe_inject("saved");
    if (!c->dump_ns)
        return 0;
    write_digits(c->dump_ns, ns);
    long done =
        safe_call(SYS_pwrite64, fd, c->dump_ns, 12, notes_at + (uint64_t)(c->dump_ns - c->notes.data));
    return done == 12 ? 0 : done < 0 ? (int)done : -EIO;
}

/* All but the slots: see 'kept'. */
static void give_memory_back(void)
{
    const struct safe_stop *stop = &capture.stop;
    const char *end = stop->index ? (const char *)(stop->index + stop->index_mask + 1) : capture.scratch.base;
    if (kept.base && kept.base != capture.scratch.base)
        safe_scratch_close(&kept);
    safe_scratch_cut(&capture.scratch, (size_t)(end - capture.scratch.base));
    kept = capture.scratch;
}

/* The claim is given back before it: it must touch nothing but its stack and its own job. linger: for who looks for the directory. */
static void wait_for_writer(int pid, bool linger)
{
    const struct {
        int64_t sec, nsec;
    } moment = {0, LINGER_NS};
    int status = 0;
    safe_writer_serve(&job, WRITER_NS);
    while (safe_call(SYS_wait4, pid, &status, 0, NULL) == -EINTR)
        ;
    if (linger)
        safe_call(SYS_nanosleep, &moment, NULL);
    safe_call(SYS_exit_group, WIFEXITED(status) ? WEXITSTATUS(status) : CRUMPLE_WRITER_DIED);
}

static int dumper_main(void *unused)
{
    (void)unused;
    if (safe_call(SYS_getppid) == 0) { /* as in helper.c */
        set_step(SAFE_DUMP_ELSEWHERE);
        return CRUMPLE_WRITER_IO;
    }
    safe_helper_become(true);
    capture.saved = saved;
    int error = safe_core_collect(&capture);
    safe_inject("collected");
    job.dirfd = error < 0 ? error : safe_save_core(&capture, &job, false);
    long writer = -EIO;
    if (job.dirfd >= 0) {
        safe_call(SYS_prctl, PR_SET_PDEATHSIG, 0, 0, 0, 0);
        if (safe_call(SYS_fchdir, job.dirfd) == 0)
            safe_call(SYS_prctl, PR_SET_NAME, CRUMPLE_DUMP_HELPER, 0, 0, 0);
        safe_vitals_over();
        writer = safe_writer_start(&job, WRITER_NS);
        if (writer < 0)
            safe_say_pending(&job, job.trouble, writer);
    } else {
        safe_say_failure("the dump could not be saved", job.dirfd, "the process goes on");
    }
    give_memory_back();
    const bool linger = safe_fault.dump->pid != safe_fault.pid;
    if (step() == SAFE_DUMP_SAVED)
        safe_claim_release();
    else
        set_step(SAFE_DUMP_FAILED);
    if (writer > 0)
        wait_for_writer((int)writer, linger);
    return CRUMPLE_WRITER_IO;
}

/* --- in the process ------------------------------------------------------------------------------------- */

bool safe_dumper_reap(void)
{
    int pid = __atomic_load_n(&helper, __ATOMIC_SEQ_CST);
    if (!pid)
        return true;
    if (is_alive() ||
        !__atomic_compare_exchange_n(&helper, &pid, 0, false, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST))
        return false;
    int status = 0;
    long taken = safe_call(SYS_wait4, pid, &status, WALL | WNOHANG, NULL);
    if (taken == pid)
        __atomic_store_n(&collected, (uint64_t)pid << 32 | (uint32_t)status, __ATOMIC_SEQ_CST);
    if (taken != 0)
        return true;
    /* CLEARTID comes a moment before the end. */
    __atomic_store_n(&helper, pid, __ATOMIC_SEQ_CST);
    return false;
}

/* A pid that is not the last helper's may be that of a child of the program's. */
int safe_dumper_wait(int pid)
{
    int status = 0, its = pid;
    long taken = __atomic_load_n(&helper, __ATOMIC_SEQ_CST) == pid ? -EINTR : -ECHILD;
    while (taken == -EINTR)
        taken = safe_call(SYS_wait4, pid, &status, WALL, NULL);
    __atomic_compare_exchange_n(&helper, &its, 0, false, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);
    uint64_t other = __atomic_load_n(&collected, __ATOMIC_SEQ_CST);
    if (taken != pid && other >> 32 != (uint64_t)pid)
        return CRUMPLE_WRITER_DIED;
    status = taken == pid ? status : (int)(uint32_t)other;
    return WIFEXITED(status) ? WEXITSTATUS(status) : CRUMPLE_WRITER_DIED;
}

static void wait_while(uint32_t value, uint64_t end_ns)
{
    for (uint64_t now = 0; step() == value && is_alive() && now < end_ns;
         now = safe_clock_ns(CLOCK_MONOTONIC))
        safe_futex_wait(&safe_state->dump_step, value, LOOK_NS);
}

/* It was killed, or hangs. */
static int give_up(int pid)
{
    const struct {
        int64_t sec, nsec;
    } pause = {0, 1000000};
    safe_call(SYS_kill, pid, SIGKILL);
    uint64_t end = safe_clock_ns(CLOCK_MONOTONIC) + KILLED_NS;
    while (!safe_dumper_reap() && safe_clock_ns(CLOCK_MONOTONIC) < end)
        safe_call(SYS_nanosleep, &pause, NULL);
    return -ETIMEDOUT;
}

static int start(void)
{
    int error = stack ? 0 : safe_scratch_map_stack(STACK_BYTES, &stack);
    if (error < 0)
        return error;
    safe_state->dump_step = SAFE_DUMP_BEGUN;
    safe_state->dumper = 1;
    long pid = safe_clone_on(stack + STACK_BYTES, CLONE_VM | CLONE_CHILD_CLEARTID, &safe_state->dumper,
                             dumper_main, NULL);
    if (pid <= 0)
        safe_state->dumper = 0;
    else
        __atomic_store_n(&helper, (int)pid, __ATOMIC_SEQ_CST);
    return (int)pid;
}

int safe_dumper_run(void)
{
    if (safe_fault.deadline_ns > safe_fault.mono_ns + STOP_NS)
        safe_fault.deadline_ns = safe_fault.mono_ns + STOP_NS;
    safe_fault.attempt = 0;
    safe_fault.skip_dir = false;
    safe_fault.first_trouble[0] = '\0';
    int pid = start();
    if (pid <= 0)
        return pid;
    wait_while(SAFE_DUMP_BEGUN, safe_fault.deadline_ns);
    uint32_t reached = step();
    if (reached == SAFE_DUMP_SAVED)
        return pid;
    int error = reached == SAFE_DUMP_ELSEWHERE ? -EXDEV : reached == SAFE_DUMP_FAILED ? -EIO : give_up(pid);
    safe_park_release();
    return error;
}
