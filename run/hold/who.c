/* SPDX-License-Identifier: MIT */
#include "hold/who.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "crumple_hold.h"
#include "program_process.h"

#define GENERATIONS_MAX 64

static bool is_alive(const struct program_process *process)
{
    return !strchr("ZX", process->state);
}

static int check_descent(pid_t pid)
{
    struct program_process process;
    int error = 0;
    for (int i = 0; i < GENERATIONS_MAX && (error = program_process_read(pid, 0, &process)) == 0; i++) {
        pid = process.ppid;
        if (pid == getpid())
            return 0;
    }
    return error == -EMFILE || error == -ENFILE ? error : -EPERM;
}

int who_asks(int fd, pid_t server, struct who *ret)
{
    struct ucred credentials;
    socklen_t bytes = sizeof credentials;
    if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &credentials, &bytes) < 0 || credentials.pid <= 0)
        return -EPERM;
    *ret = (struct who){credentials.pid, credentials.uid};
    return credentials.pid == server ? 0 : check_descent(credentials.pid);
}

bool who_is_of_server(const struct who *who, pid_t server, uid_t kept)
{
    struct program_process process;
    if (who->pid == server || who->uid == geteuid() || who->uid == kept)
        return true;
    return program_process_read(server, 0, &process) == 0 && is_alive(&process) && process.euid == who->uid;
}

bool who_is_adopted(const struct who *who)
{
    struct program_process process;
    return program_process_read(who->pid, 0, &process) == 0 && process.ppid == getpid() &&
           is_alive(&process) && getsid(who->pid) == who->pid;
}

bool who_runs(pid_t pid)
{
    struct program_process process;
    return program_process_read(pid, 0, &process) == 0 && is_alive(&process);
}

bool who_may_have_left_a_daemon(pid_t pid)
{
    siginfo_t info = {0};
    if (waitid(P_PID, (id_t)pid, &info, WEXITED | WNOHANG | WNOWAIT) < 0)
        return errno == ECHILD;
    return info.si_pid == pid && info.si_code == CLD_EXITED && info.si_status == 0;
}

bool who_is_stray(pid_t pid)
{
    struct program_process process;
    return program_process_read(pid, 0, &process) == 0 && process.ppid == getpid() && is_alive(&process) &&
           strcmp(process.name, CRUMPLE_HOLD_HELPER_NAME) == 0;
}

bool who_has_helper(const struct who *who, pid_t helper)
{
    struct program_process process;
    return helper > 1 && helper != who->pid && program_process_read(helper, 0, &process) == 0 &&
           process.tgid == helper && process.ppid == getpid() && process.euid == who->uid;
}
