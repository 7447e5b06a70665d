/* SPDX-License-Identifier: MIT */
/*
 * fault_in LIBRARY TID: makes a thread of a server fault where it stands. LIBRARY is libinject.so, which the server has
 * preloaded; the thread is sent into its function that writes through NULL, as if the code that it runs had called it.
 * LIBRARY may be '-': then the thread returns from its system call to an instruction that only the kernel may run
 * (SIGSEGV), and the stack holds the server's own functions alone. Or it may be 'sent': the thread is sent a SIGSEGV.
 */
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

static int fail(const char *what)
{
    fprintf(stderr, "fault_in: %s: %s\n", what, strerror(errno));
    return 1;
}

/* Where the process has mapped the begin of the library; 0: nowhere. */
static uint64_t base_in(int tid, const char *library)
{
    char path[64], line[4096];
    const char *name = strrchr(library, '/');
    uint64_t base = 0;
    snprintf(path, sizeof path, "/proc/%d/maps", tid);
    FILE *maps = fopen(path, "r");
    while (maps && !base && fgets(line, sizeof line, maps))
        if (strstr(line, name ? name : library))
            base = strtoull(line, NULL, 16);
    if (maps)
        fclose(maps);
    return base;
}

/* The offset of the function in the library. */
static uint64_t offset_of(const char *library, const char *function)
{
    Dl_info info;
    void *handle = dlopen(library, RTLD_NOW), *at = handle ? dlsym(handle, function) : NULL;
    return at && dladdr(at, &info) ? (uint64_t)((char *)at - (char *)info.dli_fbase) : 0;
}

/* Where the process has the function that writes through NULL; 0: nowhere. */
static uint64_t function_in(int tid, const char *library)
{
    const uint64_t base = base_in(tid, library), offset = offset_of(library, "injected_null_write");
    return base && offset ? base + offset : 0;
}

/* Stops the other threads of the process, until this program ends: they may be about to execute the same code. */
static void stop_others(int tid)
{
    char path[64];
    struct dirent *entry;
    snprintf(path, sizeof path, "/proc/%d/task", tid);
    DIR *tasks = opendir(path);
    while (tasks && (entry = readdir(tasks))) {
        const int other = atoi(entry->d_name);
        if (other > 0 && other != tid && ptrace(PTRACE_SEIZE, other, NULL, NULL) == 0 &&
            ptrace(PTRACE_INTERRUPT, other, NULL, NULL) == 0)
            (void)waitpid(other, NULL, __WALL);
    }
    if (tasks)
        closedir(tasks);
}

/* Lets the thread run into privileged instructions (hlt) at the address, and takes them back before the signal arrives:
 * the program's handler may need that code. Returns 0, or -1 with errno. */
static int fault_at(int tid, uint64_t address)
{
    int status;
    stop_others(tid);
    errno = 0;
    const long code = ptrace(PTRACE_PEEKTEXT, tid, address, NULL);
    if (errno || ptrace(PTRACE_POKETEXT, tid, address, UINT64_C(0xf4f4f4f4f4f4f4f4)) < 0)
        return -1;
    do {
        if (ptrace(PTRACE_CONT, tid, NULL, NULL) < 0 || waitpid(tid, &status, __WALL) < 0)
            return -1;
    } while (WIFSTOPPED(status) && WSTOPSIG(status) != SIGSEGV);
    return ptrace(PTRACE_POKETEXT, tid, address, code) < 0 || ptrace(PTRACE_DETACH, tid, NULL, SIGSEGV) < 0
               ? -1
               : 0;
}

/* Has the thread call the function from where it is. Returns 0, or -1 with errno. */
static long call(int tid, struct user_regs_struct *registers, uint64_t function)
{
    registers->rsp -= 8;
    const long error = ptrace(PTRACE_POKEDATA, tid, registers->rsp, registers->rip);
    registers->rip = function;
    return error;
}

int main(int argc, char **argv)
{
    struct user_regs_struct registers;
    int status;
    if (argc != 3) {
        fprintf(stderr, "usage: fault_in LIBRARY TID\n");
        return 2;
    }
    const int tid = atoi(argv[2]);
    if (strcmp(argv[1], "sent") == 0)
        return syscall(SYS_tkill, tid, SIGSEGV) < 0 ? fail("cannot send the signal") : 0;
    const bool is_here = strcmp(argv[1], "-") == 0;
    const uint64_t function = is_here ? 0 : function_in(tid, argv[1]);
    if (!is_here && !function) {
        fprintf(stderr, "fault_in: %d has not loaded %s\n", tid, argv[1]);
        return 1;
    }
    if (ptrace(PTRACE_SEIZE, tid, NULL, NULL) < 0 || ptrace(PTRACE_INTERRUPT, tid, NULL, NULL) < 0 ||
        waitpid(tid, &status, __WALL) < 0 || ptrace(PTRACE_GETREGS, tid, NULL, &registers) < 0)
        return fail("cannot stop the thread");
    registers.orig_rax = UINT64_MAX; /* the system call that it was in is not begun again */
    if (!is_here && call(tid, &registers, function) < 0)
        return fail("cannot write to its stack");
    if (ptrace(PTRACE_SETREGS, tid, NULL, &registers) < 0)
        return fail("cannot set its registers");
    if (is_here ? fault_at(tid, registers.rip) < 0 : ptrace(PTRACE_DETACH, tid, NULL, NULL) < 0)
        return fail("cannot send it into the fault");
    return 0;
}
