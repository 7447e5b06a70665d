/* SPDX-License-Identifier: MIT */
/*
 * A handler for SIGSEGV set by raw system call, past libc and its interposers. The argument says what it
 * does: 'exit': ends with status 9; 'default': goes back to the default by libc and returns to the fault;
 * 'raw-default': the same by raw system call.
 */
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

struct kernel_sigaction {
    void (*handler)(int);
    unsigned long flags;
    void (*restorer)(void);
    uint64_t mask;
};

static const char *what;

__asm__(".text\nown_restorer:\n mov $15, %eax\n syscall\n");
extern void own_restorer(void);

static void set_raw(void (*handler)(int))
{
    struct kernel_sigaction act = {handler, 0x04000000 /* SA_RESTORER */ | SA_NODEFER, own_restorer, 0};
    syscall(SYS_rt_sigaction, SIGSEGV, &act, NULL, 8);
}

static void handler(int sig)
{
    (void)!write(1, "handler\n", 8);
    if (strcmp(what, "exit") == 0)
        syscall(SYS_exit_group, 9);
    if (strcmp(what, "default") == 0)
        signal(sig, SIG_DFL);
    else
        set_raw(SIG_DFL);
}

int main(int argc, char **argv)
{
    what = argc > 1 ? argv[1] : "exit";
    set_raw(handler);
    *(volatile int *)NULL = 1;
    return 0;
}
