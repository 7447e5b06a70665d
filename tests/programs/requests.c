/* SPDX-License-Identifier: MIT */
/*
 * A server that dies of requests, in the ways that matter for the question whose request it was (tests/restart/culprit.bats).
 *
 *   requests PORT loop [MS]  one thread, epoll; answers are written after all requests of a round, as redis does; MS after its
 *                            start something that is not a request faults, at such a moment
 *   requests PORT threads    a thread for each connection
 *
 *   requests PORT hands      one thread accepts and reads, another one for each connection answers; timer: the first one faults later
 *   requests PORT stacks     each wait and each request on a stack of its own, which is given back afterwards
 *
 * A request is one word: ping (answered), wait (never answered), sleep (answered after 0.3 s, so that several connections have
 * requests in the next round), crash, abort, raise (sends the signal to the process), timer (after the round, before the
 * answers, something else faults), answered (writes the answer, then faults), other (a thread that serves nobody faults).
 */
#include <arpa/inet.h>
#include <pthread.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <time.h>
#include <ucontext.h>
#include <unistd.h>

#define CONNECTIONS_MAX 1024
#define STACK_BYTES     65536

struct connection {
    int fd;
    bool has_answer;
    char request[64];
};

static struct connection *connections[CONNECTIONS_MAX];
static bool timer_is_due;
static int64_t due_ms; /* 0: never */

__attribute__((noinline)) static void crash(void)
{
    *(volatile int *)8 = 1;
}

static void *crash_elsewhere(void *unused)
{
    crash();
    return unused;
}

__attribute__((noinline)) static void die(struct connection *c)
{
    pthread_t thread;
    if (strncmp(c->request, "crash", 5) == 0)
        crash();
    if (strncmp(c->request, "abort", 5) == 0)
        abort();
    if (strncmp(c->request, "raise", 5) == 0)
        kill(getpid(), SIGSEGV);
    if (strncmp(c->request, "answered", 8) == 0) {
        (void)!write(c->fd, "pong\n", 5);
        crash();
    }
    if (strncmp(c->request, "other", 5) == 0 && pthread_create(&thread, NULL, crash_elsewhere, NULL) == 0)
        pthread_join(thread, NULL);
}

__attribute__((noinline)) static void handle(struct connection *c)
{
    if (strncmp(c->request, "sleep", 5) == 0)
        usleep(300000);
    die(c);
    timer_is_due |= strncmp(c->request, "timer", 5) == 0;
    c->has_answer = strncmp(c->request, "wait", 4) != 0;
    __asm__ volatile("" ::: "memory");
}

/* False: the connection is closed. */
__attribute__((noinline)) static bool serve(struct connection *c)
{
    ssize_t n = read(c->fd, c->request, sizeof c->request - 1);
    if (n <= 0) {
        connections[c->fd] = NULL;
        close(c->fd);
        free(c);
        return false;
    }
    c->request[n] = '\0';
    handle(c);
    return true;
}

static struct connection *take(int listener)
{
    int fd = accept(listener, NULL, NULL);
    struct connection *c = fd >= 0 && fd < CONNECTIONS_MAX ? calloc(1, sizeof *c) : NULL;
    if (!c)
        return NULL;
    c->fd = fd;
    return connections[fd] = c;
}

static void answer_all(void)
{
    for (int i = 0; i < CONNECTIONS_MAX; i++)
        if (connections[i] && connections[i]->has_answer) {
            connections[i]->has_answer = false;
            (void)!write(i, "pong\n", 5);
        }
}

static int64_t now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void loop(int listener)
{
    struct epoll_event events[64], event = {.events = EPOLLIN};
    int epoll = epoll_create1(0);
    epoll_ctl(epoll, EPOLL_CTL_ADD, listener, &event);
    for (;;) {
        int count = epoll_wait(epoll, events, 64, -1);
        for (int i = 0; i < count; i++) {
            struct connection *c = events[i].data.ptr;
            if (c) {
                serve(c);
            } else if ((c = take(listener))) {
                struct epoll_event its = {.events = EPOLLIN, .data.ptr = c};
                epoll_ctl(epoll, EPOLL_CTL_ADD, c->fd, &its);
            }
        }
        if (timer_is_due || (due_ms && now_ms() > due_ms))
            crash();
        answer_all();
    }
}

static void *serve_one(void *argument)
{
    struct connection *c = argument;
    while (serve(c))
        if (c->has_answer)
            (void)!write(c->fd, "pong\n", 5);
    return NULL;
}

static void threads(int listener)
{
    for (;;) {
        pthread_t thread;
        struct connection *c = take(listener);
        if (c && pthread_create(&thread, NULL, serve_one, c) == 0)
            pthread_detach(thread);
    }
}

static void *answer_one(void *argument)
{
    struct connection *c = argument;
    (void)!write(c->fd, "pong\n", 5);
    return NULL; /* the connection stays */
}

static void hands(int listener)
{
    struct timeval pause = {.tv_usec = 100000};
    setsockopt(listener, SOL_SOCKET, SO_RCVTIMEO, &pause, sizeof pause);
    for (;;) {
        pthread_t thread;
        struct connection *c = take(listener);
        if (c && serve(c) && pthread_create(&thread, NULL, answer_one, c) == 0)
            pthread_join(thread, NULL);
        else if (!c && timer_is_due)
            crash();
    }
}

static ucontext_t main_context;
static int stacks_listener;
static struct connection *stacks_connection;

static void wait_there(void)
{
    struct pollfd fds[2] = {{.fd = stacks_listener, .events = POLLIN}, {.fd = -1}};
    poll(fds, 2, -1);
}

static void serve_there(void)
{
    if (serve(stacks_connection) && stacks_connection->has_answer)
        (void)!write(stacks_connection->fd, "pong\n", 5);
}

/* On the lower or the upper half of some memory; the other half is no memory any more. */
static void run_on(char *memory, bool is_upper, void (*body)(void))
{
    static ucontext_t there;
    getcontext(&there);
    there.uc_stack.ss_sp = memory + (is_upper ? STACK_BYTES : 0);
    there.uc_stack.ss_size = STACK_BYTES;
    there.uc_link = &main_context;
    makecontext(&there, body, 0);
    swapcontext(&main_context, &there);
}

static void stacks(int listener)
{
    stacks_listener = listener;
    for (;;) {
        char *memory =
            mmap(NULL, 2 * STACK_BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        run_on(memory, true, wait_there);
        munmap(memory + STACK_BYTES, STACK_BYTES);
        if ((stacks_connection = take(listener)))
            run_on(memory, false, serve_there);
        munmap(memory, STACK_BYTES);
    }
}

int main(int argc, char **argv)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_ANY)};
    const int on = 1;
    if (argc < 3)
        return 2;
    due_ms = argc > 3 ? now_ms() + atoi(argv[3]) : 0;
    address.sin_port = htons((uint16_t)atoi(argv[1]));
    int listener = socket(AF_INET, SOCK_STREAM, 0);
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (bind(listener, (struct sockaddr *)&address, sizeof address) < 0 || listen(listener, 128) < 0)
        return 1;
    static const struct {
        const char *name;
        void (*run)(int listener);
    } modes[] = {{"threads", threads}, {"stacks", stacks}, {"hands", hands}, {"loop", loop}};
    for (size_t i = 0; i < sizeof modes / sizeof *modes; i++)
        if (strcmp(argv[2], modes[i].name) == 0)
            modes[i].run(listener);
    return 2;
}
