/* SPDX-License-Identifier: MIT */
#include "child/wait.h"

#include <errno.h>
#include <signal.h>
#include <sys/wait.h>

#include "base/say.h"

static void say_orphan(pid_t pid, int status)
{
    if (WIFSIGNALED(status))
        say("reaped orphan %d, which signal %d ended", (int)pid, WTERMSIG(status));
    else
        say("reaped orphan %d, which ended with status %d", (int)pid, WEXITSTATUS(status));
}

static enum wait_result stopped_by(int signo)
{
    if (signo == SIGTTIN || signo == SIGTTOU)
        return WAIT_NO_TERMINAL;
    return signo == SIGTSTP ? WAIT_STOPPED : WAIT_RUNS;
}

enum wait_result wait_reap(pid_t server, bool with_lines, const struct wait_helpers *helpers,
                           struct child_end *ret_end)
{
    enum wait_result result = WAIT_RUNS;
    for (;;) {
        int status;
        pid_t pid = waitpid(-1, &status, WNOHANG | WUNTRACED);
        if (pid < 0 && errno == EINTR)
            continue;
        if (pid <= 0)
            return result;
        if (pid != server) {
            bool is_orphan = !WIFSTOPPED(status) && !helpers->ended(helpers->context, pid, status);
            if (is_orphan && with_lines)
                say_orphan(pid, status);
        } else if (WIFSTOPPED(status)) {
            result = stopped_by(WSTOPSIG(status));
        } else {
            result = WAIT_ENDED;
            *ret_end = (struct child_end){
                .by_signal = WIFSIGNALED(status),
                .has_core = WIFSIGNALED(status) && WCOREDUMP(status),
                .status = WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status),
            };
        }
    }
}
