/* SPDX-License-Identifier: MIT */
/*
 * Processes that are no longer what they were when they started: daemons, other users, other roots, other
 * mounts (row 58, row 75). Each takes its steps in the order of its arguments, then faults in a worker with
 * one more thread beside it:
 *
 *   victim become [STEP...]
 */
#include "victim.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/fsuid.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static const char *value; /* what follows the colon of a step */

static void must(long result, const char *what)
{
    if (result < 0)
        give_up(what);
}

static unsigned user(void)
{
    return (unsigned)strtoul(value, NULL, 10);
}

static void step_setuid(void)
{
    must(setgroups(0, NULL), "setgroups");
    must(setgid(user()), "setgid");
    must(setuid(user()), "setuid");
}

static void step_seteuid(void)
{
    must(seteuid(user()), "seteuid");
}

static void step_setreuid(void)
{
    must(setreuid(user(), user()), "setreuid");
}

static void step_setresuid(void)
{
    must(setresuid(user(), user(), user()), "setresuid");
}

/* Of this thread only, as file servers do it. */
static void step_raw_setuid(void)
{
    must(syscall(SYS_setresuid, user(), user(), user()), "setresuid");
}

static void step_setfsuid(void)
{
    setfsuid(user());
}

static void step_no_capabilities(void)
{
    struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
    struct __user_cap_data_struct none[2];
    memset(none, 0, sizeof none);
    must(syscall(SYS_capset, &header, none), "capset");
}

/* Of root's rights only that to become another user, as dnsmasq has it. */
static void step_only_setuid(void)
{
    struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
    struct __user_cap_data_struct some[2] = {
        {.effective = 1 << CAP_SETUID | 1 << CAP_SETGID, .permitted = 1 << CAP_SETUID | 1 << CAP_SETGID}};
    must(syscall(SYS_capset, &header, some), "capset");
}

static void step_chroot(void)
{
    must(chroot(value), "chroot");
    must(chdir("/"), "chdir");
}

/* Tries every descriptor as a way out, as a path that a client sent might; then a healthy end. */
static void step_look_out(void)
{
    int held = 0, outside = 0;
    for (int fd = 3; fd < 1024; fd++) {
        char path[64];
        if (fcntl(fd, F_GETFD) < 0)
            continue;
        held++;
        snprintf(path, sizeof path, "/proc/self/fd/%d/../../../../etc/passwd", fd);
        outside += access(path, F_OK) == 0;
        snprintf(path, sizeof path, "/proc/self/fd/%d/../etc/passwd", fd);
        outside += access(path, F_OK) == 0;
    }
    fact("held", "%d", held);
    fact("outside", "%d", outside);
    _exit(0);
}

static void step_raw_chroot(void)
{
    must(syscall(SYS_chroot, value), "chroot");
    must(chdir("/"), "chdir");
}

static void step_mounts(void)
{
    must(unshare(CLONE_NEWNS), "unshare");
    must(mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL), "mount");
}

static void step_raw_mounts(void)
{
    must(syscall(SYS_unshare, CLONE_NEWNS), "unshare");
    must(mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL), "mount");
}

static void step_new_pids(void)
{
    must(unshare(CLONE_NEWPID), "unshare");
}

static void step_unmount(void)
{
    must(umount2(value, MNT_DETACH), "umount2");
}

static void step_tmpfs(void)
{
    must(mount("none", value, "tmpfs", 0, NULL), "mount");
}

static void step_pivot(void)
{
    must(mount(value, value, NULL, MS_BIND, NULL), "mount");
    must(chdir(value), "chdir");
    must(syscall(SYS_pivot_root, ".", "."), "pivot_root");
    must(umount2(".", MNT_DETACH), "umount2");
    must(chdir("/"), "chdir");
}

/* Into the mounts of a child whose root is a tmpfs. */
static void step_setns(void)
{
    char path[64];
    int ready[2];
    char byte;
    pid_t pid;
    must(pipe(ready), "pipe");
    pid = fork();
    if (pid == 0) {
        step_raw_mounts();
        value = "/mnt";
        step_tmpfs();
        step_pivot();
        must(write(ready[1], "", 1), "write");
        sleep_for_ever();
    }
    must(read(ready[0], &byte, 1), "read");
    strcpy(path, "/proc/");
    for (pid_t digits = 1000000000; digits > 0; digits /= 10)
        if (pid >= digits)
            strncat(path, &"0123456789"[pid / digits % 10], 1);
    strcat(path, "/ns/mnt");
    int fd = open(path, O_RDONLY);
    must(fd, "open");
    must(setns(fd, 0), "setns");
    kill(pid, SIGKILL);
    waitpid(pid, NULL, 0);
    close(fd), close(ready[0]), close(ready[1]);
}

static void step_close(void)
{
    for (int fd = 0; fd < 1024; fd++)
        close(fd);
}

static void step_closefrom(void)
{
    closefrom(3);
}

static void step_close_range(void)
{
    close_range(3, ~0u, 0);
}

static void step_umask(void)
{
    umask((mode_t)strtoul(value, NULL, 8));
}

static void step_not_dumpable(void)
{
    must(prctl(PR_SET_DUMPABLE, 0), "prctl");
}

static void step_no_new_privileges(void)
{
    must(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), "prctl");
}

static void step_no_directory(void)
{
    must(mkdir("gone", 0700), "mkdir");
    must(chdir("gone"), "chdir");
    must(rmdir("../gone"), "rmdir");
}

static void step_forever(void)
{
    fact("tasks", "1");
    sleep_for_ever();
}

static unsigned long NOINLINE fill(unsigned long depth)
{
    volatile char block[512];
    block[0] = (char)depth;
    return fill(depth + 1) + (unsigned long)block[0];
}

static void step_overflow(void)
{
    fact("depth", "%lu", fill(0));
}

static void step_remove(void)
{
    must(unlink(value), "unlink");
}

/* A new file under the old name, as an upgrade leaves it. */
static void step_replace(void)
{
    char fresh[256] = "";
    strncat(fresh, value, sizeof fresh - 5);
    strcat(fresh, ".new");
    int fd = open(fresh, O_CREAT | O_WRONLY | O_TRUNC, 0755);
    must(fd, "open");
    must(write(fd, "something else\n", 15), "write");
    close(fd);
    must(rename(fresh, value), "rename");
}

static const struct {
    const char *name;
    void (*take)(void);
} steps[] = {
    {"setuid", step_setuid},
    {"seteuid", step_seteuid},
    {"setreuid", step_setreuid},
    {"setresuid", step_setresuid},
    {"raw-setuid", step_raw_setuid},
    {"setfsuid", step_setfsuid},
    {"no-capabilities", step_no_capabilities},
    {"only-setuid", step_only_setuid},
    {"chroot", step_chroot},
    {"look-out", step_look_out},
    {"raw-chroot", step_raw_chroot},
    {"mounts", step_mounts},
    {"raw-mounts", step_raw_mounts},
    {"new-pids", step_new_pids},
    {"unmount", step_unmount},
    {"tmpfs", step_tmpfs},
    {"pivot", step_pivot},
    {"setns", step_setns},
    {"close", step_close},
    {"closefrom", step_closefrom},
    {"close-range", step_close_range},
    {"umask", step_umask},
    {"not-dumpable", step_not_dumpable},
    {"no-new-privileges", step_no_new_privileges},
    {"no-directory", step_no_directory},
    {"forever", step_forever},
    {"overflow", step_overflow},
    {"remove", step_remove},
    {"replace", step_replace},
};

static void take_step(char *step)
{
    char *colon = strchr(step, ':');
    if (colon != NULL)
        *colon = 0;
    value = colon != NULL ? colon + 1 : "";
    for (size_t i = 0; i < sizeof steps / sizeof *steps; i++)
        if (strcmp(steps[i].name, step) == 0) {
            steps[i].take();
            return;
        }
    give_up(step);
}

static void become(char **arguments)
{
    start_thread_of(park, NULL);
    await_arrivals(1);
    announce();
    for (; *arguments != NULL; arguments++)
        take_step(*arguments);
    write_through_null();
}

/* become-alone: the same in a process of one thread; some calls are refused to others. */
static void become_alone(char **arguments)
{
    for (; *arguments != NULL; arguments++)
        take_step(*arguments);
    start_thread_of(park, NULL);
    await_arrivals(1);
    fact("pid", "%d", (int)getpid());
    fact("tid", "%d", (int)own_tid());
    fact("tasks", "2");
    write_through_null();
}

/* daemon HOW: as daemons were made before there were service managers. Its end is awaited here. */
static void become_daemon(char **arguments)
{
    int status;
    pid_t first, pid;
    prctl(PR_SET_CHILD_SUBREAPER, 1);
    first = fork();
    if (first == 0) {
        setsid();
        if (fork() != 0)
            _exit(0);
        must(chdir("/"), "chdir");
        umask(0);
        become(arguments);
    }
    while ((pid = wait(&status)) > 0)
        if (pid != first)
            fact("ended", "%d/%d", WIFSIGNALED(status) ? WTERMSIG(status) : 0, WEXITSTATUS(status));
    _exit(3);
}

/* stderr-is-client: descriptor 2 is a connection by the time of the fault; its peer must read nothing. */
static void stderr_is_client(char **arguments)
{
    int pair[2], status;
    char text[100];
    (void)arguments;
    must(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), "socketpair");
    pid_t pid = fork();
    if (pid == 0) {
        close(2);
        must(dup(pair[1]), "dup");
        close(pair[0]), close(pair[1]);
        announce();
        write_through_null();
    }
    close(pair[1]);
    waitpid(pid, &status, 0);
    fact("read", "%zd", read(pair[0], text, sizeof text));
    _exit(3);
}

static void say_call(const char *name, int rc)
{
    int descriptors = 0, error = errno;
    for (int fd = 0; fd < 1024; fd++)
        descriptors += fcntl(fd, F_GETFD) >= 0;
    fact(name, "%d errno %d descriptors %d", rc, rc < 0 ? error : 0, descriptors);
}

/* refused-roots: calls that fail must say the same and leave nothing behind. */
static void refused_roots(char **arguments)
{
    (void)arguments;
    say_call("start", 0);
    say_call("chroot", chroot("/nonexistent"));
    say_call("chroot-file", chroot("/proc/self/exe"));
    say_call("chroot-nowhere", chroot((const char *)16));
    say_call("unshare", unshare(CLONE_NEWNS | 1));
    say_call("unshare-nothing", unshare(0));
    say_call("setns", setns(-1, 0));
    say_call("setns-type", setns(0, CLONE_NEWNS));
    say_call("setuid", setresuid(getuid(), (uid_t)-1, (uid_t)-1));
    _exit(3);
}

const struct verb identity_verbs[] = {
    {"become", IN_WORKER, become},
    {"become-alone", IN_MAIN, become_alone},
    {"daemon", IN_MAIN, become_daemon},
    {"refused-roots", IN_MAIN, refused_roots},
    {"stderr-is-client", IN_MAIN, stderr_is_client},
    {NULL, IN_MAIN, NULL},
};
