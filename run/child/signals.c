/* SPDX-License-Identifier: MIT */
#include "child/signals.h"

#include <errno.h>
#include <stdint.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

int signals_take(struct signals *ret)
{
    const struct sigaction by_default = {.sa_handler = SIG_DFL};
    sigset_t held;
    /* sigfillset(3) leaves out the two that are the C library's. This process needs neither, and the server may be no
     * program of that library. */
    memset(&held, 0xff, sizeof held);
    /* With SIGTTOU blocked, this process writes to the terminal while the server has it (tty_check_change). */
    sigemptyset(&ret->mask);
    if (syscall(SYS_rt_sigprocmask, SIG_SETMASK, &held, &ret->mask, _NSIG / 8) < 0)
        return -errno;
    /* Ignored, it would have the kernel reap the children. */
    (void)sigaction(SIGCHLD, &by_default, &ret->child);
    ret->fd = signalfd(-1, &held, SFD_CLOEXEC | SFD_NONBLOCK);
    return ret->fd < 0 ? -errno : 0;
}

void signals_restore(const struct signals *signals)
{
    (void)sigaction(SIGCHLD, &signals->child, NULL);
    (void)sigprocmask(SIG_SETMASK, &signals->mask, NULL);
}

bool signals_read(const struct signals *signals, struct signalfd_siginfo *ret)
{
    ssize_t got;
    do
        got = read(signals->fd, ret, sizeof *ret);
    while (got < 0 && errno == EINTR);
    return got == (ssize_t)sizeof *ret;
}

/* Of those of the keyboard (termios(3)), of a change of the window's size, and of reads and writes in the background,
 * the kernel tells a whole process group. It tells the end of a terminal to the session's leader alone
 * (tty_signal_session_leader), and to others when the leader has ended. */
static bool is_for_group(const struct signalfd_siginfo *info, bool is_leader)
{
    switch (info->ssi_signo) {
    case SIGINT:
    case SIGQUIT:
    case SIGTSTP:
    case SIGTTIN:
    case SIGTTOU:
    case SIGWINCH:
        return info->ssi_code == SI_KERNEL;
    case SIGHUP:
    case SIGCONT:
        return info->ssi_code == SI_KERNEL && !is_leader;
    default:
        return false;
    }
}

bool signals_is_for_server(const struct signalfd_siginfo *info, const struct signals_place *place)
{
    bool has_sender = info->ssi_code <= 0; /* siginfo.h: SI_FROMUSER */
    if (info->ssi_signo == SIGCHLD || (has_sender && info->ssi_pid == (uint32_t)place->self))
        return false;
    if (place->own_group)
        return true;
    return !is_for_group(info, place->is_leader) && !(has_sender && info->ssi_pid == (uint32_t)place->server);
}

_Noreturn void signals_die(const struct signals *signals, int signo)
{
    const struct rlimit none = {0, 0};
    const struct sigaction by_default = {.sa_handler = SIG_DFL};
    const uint64_t only = UINT64_C(1) << (signo - 1); /* sigaddset(3) refuses the C library's two */
    (void)signals;
    (void)setrlimit(RLIMIT_CORE, &none);
    (void)prctl(PR_SET_DUMPABLE, 0);
    (void)sigaction(signo, &by_default, NULL);
    (void)kill(getpid(), signo); /* raise(3) refuses those, too */
    (void)syscall(SYS_rt_sigprocmask, SIG_UNBLOCK, &only, NULL, sizeof only);
    _exit(128 + signo);
}
