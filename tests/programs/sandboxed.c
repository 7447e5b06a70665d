/* SPDX-License-Identifier: MIT */
/*
 * sandboxed FOLDER read|write|modules: enter a sandbox that may read (and write) FOLDER, and try what an
 * attacker would. One line for each: 'NAME yes' or 'NAME no'. The file 'inside' lies in FOLDER, 'outside'
 * beside FOLDER.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sandbox.h"

static int folder, parent;
static pid_t other;

static int open_close(int at, const char *path, int flags)
{
    int fd = openat(at, path, flags, 0600);

    return fd < 0 ? -1 : close(fd);
}

static int try_child(void)
{
    int status;
    pid_t child = fork();

    if (child == 0)
        _exit(7);
    return child > 0 && waitpid(child, &status, 0) == child && WEXITSTATUS(status) == 7 ? 0 : -1;
}

static int try_exec(void)
{
    static char *const words[] = {(char *)"true", NULL};
    int status;
    pid_t child = fork();

    if (child == 0) {
        execv("/bin/true", words);
        _exit(9);
    }
    return child > 0 && waitpid(child, &status, 0) == child && status == 0 ? 0 : -1;
}

static int try_code(void)
{
    return mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) ==
                   MAP_FAILED
               ? -1
               : 0;
}

static int try_memory(void)
{
    return mmap(NULL, (size_t)2 << 30, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0) ==
                   MAP_FAILED
               ? -1
               : 0;
}

static int try_limit(void)
{
    const struct rlimit more = {RLIM_INFINITY, RLIM_INFINITY};

    return setrlimit(RLIMIT_AS, &more);
}

static int try_terminal(void)
{
    return ioctl(STDIN_FILENO, TIOCSTI, "x") < 0 && errno == EPERM ? -1 : 0;
}

/* The kernel would send it where the pipe can be read. */
static int try_signal_by_pipe(void)
{
    int ends[2];

    return pipe2(ends, O_CLOEXEC) < 0 ||
                   (fcntl(ends[0], F_SETOWN, other) < 0 && fcntl(ends[0], F_SETSIG, SIGTERM) < 0)
               ? -1
               : 0;
}

static void tell(const char *name, int result)
{
    printf("%s %s\n", name, result < 0 ? "no" : "yes");
}

static void try_all(void)
{
    tell("read-inside", open_close(folder, "inside", O_RDONLY));
    tell("list-inside", open_close(folder, ".", O_RDONLY | O_DIRECTORY));
    tell("write-inside", open_close(folder, "made", O_WRONLY | O_CREAT));
    tell("rename-inside", renameat(folder, "inside", folder, "renamed"));
    tell("remove-inside", unlinkat(folder, "renamed", 0));
    tell("read-outside", open_close(parent, "outside", O_RDONLY));
    tell("write-outside", open_close(parent, "made", O_WRONLY | O_CREAT));
    tell("remove-outside", unlinkat(parent, "outside", 0));
    tell("read-passwd", open_close(AT_FDCWD, "/etc/passwd", O_RDONLY));
    tell("read-library", open_close(AT_FDCWD, "/usr/lib/os-release", O_RDONLY));
    tell("link", symlinkat("/etc/passwd", folder, "link"));
    tell("folder", mkdirat(folder, "made-folder", 0700));
    tell("fork", try_child());
    tell("exec", try_exec());
    tell("socket", socket(AF_UNIX, SOCK_STREAM, 0));
    tell("code", try_code());
    tell("memory", try_memory());
    tell("limit", try_limit());
    tell("kill", kill(other, 0));
    tell("signal-by-pipe", try_signal_by_pipe());
    tell("ptrace", (int)ptrace(PTRACE_SEIZE, other, NULL, NULL));
    tell("terminal", try_terminal());
    tell("privileges", setuid(65534));
}

int main(int argc, char **argv)
{
    struct sandbox sandbox = {.read_fds = &folder, .write_fd = -1, .memory_bytes = (uint64_t)1 << 30};

    if (argc < 3)
        return 2;
    folder = open(argv[1], O_PATH | O_DIRECTORY);
    parent = openat(folder, "..", O_PATH | O_DIRECTORY);
    other = getppid();
    sandbox.writes = strcmp(argv[2], "write") == 0;
    sandbox.read_count = sandbox.writes ? 0 : 1;
    if (sandbox.writes)
        sandbox.write_fd = folder;
    sandbox.modules = strcmp(argv[2], "modules") == 0;
    printf("layers %d\n", sandbox_enter(&sandbox));
    try_all();
    return 0;
}
