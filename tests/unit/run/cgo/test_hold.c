/* SPDX-License-Identifier: MIT */
/* A server that is held goes on, whatever becomes of those who hold it; one that somebody else has stopped stays stopped. */
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cgo/hold.h"
#include "program_process.h"
#include "unit.h"

static const char fault[] = "SIGSEGV: segmentation violation\nPC=0x401000 m=0 sigcode=1\n";

static pid_t start_server(bool is_traced)
{
    const pid_t pid = fork();
    if (pid == 0) {
        (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (is_traced)
            (void)ptrace(PTRACE_TRACEME, 0, 0, 0);
        for (;;)
            (void)pause();
    }
    cgo_hold_server(pid);
    return pid;
}

/* A guard that reads the lines of a fault, and ends. */
static pid_t start_guard(void)
{
    const pid_t pid = fork();
    if (pid == 0) {
        cgo_hold_feed(fault, sizeof fault - 1);
        _exit(0);
    }
    return pid;
}

static void end(pid_t pid)
{
    ck_assert_int_eq(kill(pid, SIGKILL), 0);
    ck_assert_int_eq(waitpid(pid, NULL, 0), pid);
}

/* Within a second. */
static bool becomes(pid_t pid, bool is_stopped)
{
    struct program_process process;
    for (int i = 0; i < 500; i++) {
        if (program_process_read(pid, 0, &process) == 0 && (process.state == 'T') == is_stopped)
            return true;
        (void)poll(NULL, 0, 2);
    }
    return false;
}

START_TEST(it_goes_on_if_its_guard_is_killed)
{
    cgo_hold_prepare();
    const pid_t server = start_server(false), guard = start_guard();
    ck_assert(becomes(server, true));
    end(guard);
    cgo_hold_guard_ended();
    ck_assert(becomes(server, false));
    end(server);
}
END_TEST

START_TEST(it_goes_on_if_nobody_reads_it)
{
    cgo_hold_prepare();
    const pid_t server = start_server(false), guard = start_guard();
    ck_assert(becomes(server, true));
    ck_assert(becomes(server, false));
    ck_assert_int_eq(waitpid(guard, NULL, 0), guard);
    end(server);
}
END_TEST

START_TEST(one_that_is_stopped_stays_so)
{
    cgo_hold_prepare();
    const pid_t server = start_server(false);
    ck_assert_int_eq(kill(server, SIGSTOP), 0);
    ck_assert(becomes(server, true));
    const pid_t guard = start_guard();
    ck_assert_int_eq(waitpid(guard, NULL, 0), guard);
    ck_assert(becomes(server, true));
    end(server);
}
END_TEST

START_TEST(one_that_is_debugged_is_not_stopped)
{
    int status;
    cgo_hold_prepare();
    const pid_t server = start_server(true);
    (void)poll(NULL, 0, 20);
    const pid_t guard = start_guard();
    ck_assert_int_eq(waitpid(guard, NULL, 0), guard);
    ck_assert_int_eq(waitpid(server, &status, WNOHANG | WUNTRACED), 0);
    end(server);
}
END_TEST

UNIT_TESTS(tests)
{
    tcase_add_test(tests, it_goes_on_if_its_guard_is_killed);
    tcase_add_test(tests, it_goes_on_if_nobody_reads_it);
    tcase_add_test(tests, one_that_is_stopped_stays_so);
    tcase_add_test(tests, one_that_is_debugged_is_not_stopped);
}
