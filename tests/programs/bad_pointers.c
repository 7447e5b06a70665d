/* SPDX-License-Identifier: MIT */
/*
 * bad-pointers [handled]: calls with pointers that lead nowhere, in the main thread and in another one.
 * Prints results and errors, the same with and without the shim. With 'handled' the program has a handler of
 * its own for SIGSEGV and SIGBUS, which must not run.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#define PAGE 4096

static const struct timespec nothing;
static int epoll, listener;
static const char *where;

static void complain(int sig)
{
    static const char text[] = "the handler ran\n";
    (void)!write(1, text, sizeof text - 1);
    _exit(sig);
}

static void told(const char *what, const char *bad, long result)
{
    printf("%s, %s, %s: %ld %d\n", where, what, bad, result, result < 0 ? errno : 0);
}

#define TELL(call) (errno = 0, told(#call, bad, (call)))

static void waits(const char *bad, void *at)
{
    struct epoll_event event;
    TELL(sigsuspend(at));
    TELL(ppoll(NULL, 0, &nothing, at));
    TELL(pselect(0, NULL, NULL, NULL, &nothing, at));
    TELL(epoll_pwait(epoll, &event, 1, 0, at));
    TELL(epoll_pwait2(epoll, &event, 1, &nothing, at));
}

static void descriptors(const char *bad, void *at)
{
    struct timeval now = {0, 0};
    struct sockaddr_un peer;
    fd_set none;
    FD_ZERO(&none);
    TELL(ppoll(at, 1, &nothing, NULL));
    TELL(poll(at, 1, 0));
    TELL(select(8, at, NULL, NULL, &now));
    TELL(select(8, NULL, at, NULL, &now));
    TELL(select(8, NULL, NULL, at, &now));
    TELL(pselect(8, at, NULL, NULL, &nothing, NULL));
    TELL(accept(listener, (void *)&peer, at));
    TELL(accept4(listener, (void *)&peer, at, SOCK_CLOEXEC));
    TELL(recvmsg(listener, at, 0));
    TELL(sendmsg(listener, at, 0));
    TELL(read(listener, at, 1));
    TELL(write(1, at, 1));
    TELL(connect(listener, at, sizeof peer));
    TELL(socketpair(AF_UNIX, SOCK_STREAM, 0, at));
    TELL(epoll_ctl(epoll, EPOLL_CTL_ADD, listener, at));
    TELL(waitpid(-1, at, WNOHANG));
    TELL(fcntl(listener, F_GETLK, at));
}

static void masks(const char *bad, void *at)
{
    sigset_t set, before;
    sigemptyset(&set);
    sigaddset(&set, SIGSEGV);
    sigaddset(&set, SIGUSR1);
    TELL(sigprocmask(SIG_BLOCK, NULL, at));
    TELL(pthread_sigmask(SIG_BLOCK, NULL, at));
    TELL(sigprocmask(SIG_BLOCK, &set, at));
    sigprocmask(SIG_SETMASK, NULL, &before);
    printf("blocked all the same: %d %d\n", sigismember(&before, SIGSEGV), sigismember(&before, SIGUSR1));
    TELL(pthread_sigmask(SIG_UNBLOCK, &set, at));
    sigprocmask(SIG_SETMASK, NULL, &before);
    printf("open: %d %d\n", sigismember(&before, SIGSEGV), sigismember(&before, SIGUSR1));
}

static void stacks(const char *bad, void *at)
{
    static char memory[65536];
    stack_t own = {.ss_sp = memory, .ss_size = sizeof memory}, now, off = {.ss_flags = SS_DISABLE};
    TELL(sigaltstack(at, NULL));
    TELL(sigaltstack(NULL, at));
    TELL(sigaltstack(&own, at));
    sigaltstack(NULL, &now);
    printf("set all the same: %d %zu\n", now.ss_sp == memory, now.ss_size);
    TELL(sigaltstack(&off, at));
    sigaltstack(NULL, &now);
    printf("off: %x\n", (unsigned)now.ss_flags);
}

/* The kernel's mask is one word, at the end of a page: the rest of libc's larger set is not to be touched. */
static void one_word(char *page)
{
    const char *bad = "one word";
    char *at = page + PAGE - 8;
    memset(at, 0, 8);
    ((unsigned char *)at)[1] = 2; /* SIGUSR1 */
    TELL(ppoll(NULL, 0, &nothing, (void *)at));
    TELL(epoll_pwait(epoll, &(struct epoll_event){0}, 1, 0, (void *)at));
    TELL(sigprocmask(SIG_BLOCK, NULL, (void *)at));
    TELL(pthread_sigmask(SIG_BLOCK, NULL, (void *)at));
    printf("%d\n", at[0] | at[1] | at[7]);
}

static void *all(void *name)
{
    char *page = mmap(NULL, 2 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    char *constant = mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    int file = memfd_create("empty", 0);
    char *beyond = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    const struct {
        const char *name;
        void *at;
    } bad[] = {{"8", (void *)8},
               {"no access", page + PAGE},
               {"no address", (void *)UINT64_C(0x8000000000000000)},
               {"half", page + PAGE - 4},
               {"beyond the file", beyond}};
    where = name;
    mprotect(page + PAGE, PAGE, PROT_NONE);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        waits(bad[i].name, bad[i].at);
        masks(bad[i].name, bad[i].at);
        stacks(bad[i].name, bad[i].at);
        if (strcmp(bad[i].name, "half") != 0)
            descriptors(bad[i].name, bad[i].at);
    }
    masks("constant", constant);
    stacks("constant", constant);
    one_word(page);
    munmap(page, PAGE * 2);
    close(file);
    return name;
}

int main(int argc, char **argv)
{
    struct sockaddr_un own = {.sun_family = AF_UNIX};
    pthread_t thread;
    setvbuf(stdout, NULL, _IOLBF, 0);
    epoll = epoll_create1(0);
    listener = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);
    snprintf(own.sun_path + 1, sizeof own.sun_path - 1, "crumple-test-%d", getpid());
    bind(listener, (void *)&own, sizeof own);
    listen(listener, 1);
    if (argc > 1 && strcmp(argv[1], "handled") == 0) {
        signal(SIGSEGV, complain);
        signal(SIGBUS, complain);
    }
    all("main");
    pthread_create(&thread, NULL, all, "thread");
    pthread_join(thread, NULL);
    return 0;
}
