/* SPDX-License-Identifier: MIT */
#include "child/signals.h"

#include <errno.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

/* A fault of this process. The kernel kills it whether they are blocked or not. */
static const int own[] = {SIGFPE, SIGILL, SIGSEGV, SIGBUS, SIGABRT, SIGTRAP, SIGSYS};

int signals_take(struct signals *ret)
{
    const struct sigaction by_default = {.sa_handler = SIG_DFL}, ignored = {.sa_handler = SIG_IGN};
    sigset_t held;
    sigfillset(&held);
    for (size_t i = 0; i < sizeof own / sizeof *own; i++)
        sigdelset(&held, own[i]);
    if (sigprocmask(SIG_SETMASK, &held, &ret->mask) < 0)
        return -errno;
    /* Ignored, it would have the kernel reap the children. */
    (void)sigaction(SIGCHLD, &by_default, &ret->child);
    /* This process writes to the terminal while the child has it. Blocked would do, but the write would fail. */
    (void)sigaction(SIGTTIN, &ignored, &ret->input);
    (void)sigaction(SIGTTOU, &ignored, &ret->output);
    ret->fd = signalfd(-1, &held, SFD_CLOEXEC | SFD_NONBLOCK);
    return ret->fd < 0 ? -errno : 0;
}

void signals_restore(const struct signals *signals)
{
    (void)sigaction(SIGCHLD, &signals->child, NULL);
    (void)sigaction(SIGTTIN, &signals->input, NULL);
    (void)sigaction(SIGTTOU, &signals->output, NULL);
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

/* Those of the keyboard (termios(3)), of a hang-up, and of a change of the window's size. */
static bool is_of_terminal(const struct signalfd_siginfo *info)
{
    switch (info->ssi_signo) {
    case SIGINT:
    case SIGQUIT:
    case SIGTSTP:
    case SIGHUP:
    case SIGCONT:
    case SIGWINCH:
        return info->ssi_code == SI_KERNEL;
    default:
        return false;
    }
}

bool signals_is_for_child(const struct signalfd_siginfo *info, bool own_group)
{
    if (info->ssi_signo == SIGCHLD || (info->ssi_code == SI_USER && info->ssi_pid == (uint32_t)getpid()))
        return false;
    return own_group || !is_of_terminal(info);
}

_Noreturn void signals_die(const struct signals *signals, int signo)
{
    const struct rlimit none = {0, 0};
    const struct sigaction by_default = {.sa_handler = SIG_DFL};
    sigset_t only;
    (void)signals;
    (void)setrlimit(RLIMIT_CORE, &none);
    (void)prctl(PR_SET_DUMPABLE, 0);
    (void)sigaction(signo, &by_default, NULL);
    sigemptyset(&only);
    sigaddset(&only, signo);
    (void)raise(signo);
    (void)sigprocmask(SIG_UNBLOCK, &only, NULL);
    _exit(128 + signo);
}
