/* SPDX-License-Identifier: MIT */
/*
 * fault_in LIBRARY TID: makes a thread of a server fault where it stands. LIBRARY is libinject.so, which the server has
 * preloaded; the thread is sent into its function that writes through NULL, as if the code that it runs had called it.
 */
#include <dlfcn.h>
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/user.h>
#include <sys/wait.h>

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

int main(int argc, char **argv)
{
    struct user_regs_struct registers;
    int status;
    if (argc != 3) {
        fprintf(stderr, "usage: fault_in LIBRARY TID\n");
        return 2;
    }
    const int tid = atoi(argv[2]);
    const uint64_t base = base_in(tid, argv[1]), offset = offset_of(argv[1], "injected_null_write");
    if (!base || !offset) {
        fprintf(stderr, "fault_in: %d has not loaded %s\n", tid, argv[1]);
        return 1;
    }
    if (ptrace(PTRACE_SEIZE, tid, NULL, NULL) < 0 || ptrace(PTRACE_INTERRUPT, tid, NULL, NULL) < 0 ||
        waitpid(tid, &status, __WALL) < 0 || ptrace(PTRACE_GETREGS, tid, NULL, &registers) < 0)
        return fail("cannot stop the thread");
    registers.rsp -= 8;
    if (ptrace(PTRACE_POKEDATA, tid, registers.rsp, registers.rip) < 0)
        return fail("cannot write to its stack");
    registers.rip = base + offset;
    registers.orig_rax = UINT64_MAX; /* the system call that it was in is not begun again */
    if (ptrace(PTRACE_SETREGS, tid, NULL, &registers) < 0 || ptrace(PTRACE_DETACH, tid, NULL, NULL) < 0)
        return fail("cannot send it into the function");
    return 0;
}
