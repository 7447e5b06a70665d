/* SPDX-License-Identifier: MIT */
/*
 * Guarded functions (crumple_guard). guarded WAY: one thread runs the way; the process says at its end 'result=N alive'. Ways are below;
 * 'campaign FAULTS' has four threads whose data another one takes away at any moment.
 */
#include <atomic>
#include <cerrno>
#include <csetjmp>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <stdexcept>
#include <string>

#include <pthread.h>
#include <sys/mman.h>
#include <ucontext.h>
#include <unistd.h>

#include "crumple.h"

extern "C" {
/* Each is a name for a rule. */
void works(void *);
void faults(void *);
void unnamed(void *);
void locks_and_faults(void *);
void destroys(void *);
void throws_out(void *);
void jumps_out(void *);
void sorts(void *);
void allocates(void *);
void exits(void *);
void nests(void *);
void changes(void *);
void asserts(void *);
void survives_jump(void *);
void yields(void *);
void campaign_step(void *);
}

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static jmp_buf back;
static volatile int *volatile nowhere;
static std::atomic<int> destroyed;

static __attribute__((noinline)) void fault()
{
    *nowhere = 1;
}

/* Far below where any guard's frame has been. */
static __attribute__((noinline)) void deep_fault()
{
    volatile char room[8192];
    room[0] = 1;
    fault();
    room[1] = room[0];
}

void works(void *done)
{
    *(int *)done = 1;
}

void faults(void *)
{
    fault();
}

void unnamed(void *)
{
    fault();
}

void locks_and_faults(void *)
{
    pthread_mutex_lock(&lock);
    fault();
    pthread_mutex_unlock(&lock);
}

struct destroyer {
    ~destroyer()
    {
        destroyed++;
    }
};

void destroys(void *)
{
    destroyer d;
    fault();
    /* What may throw makes the compiler write the destructor down. */
    if (destroyed > 100)
        throw std::runtime_error("never");
}

void throws_out(void *)
{
    throw std::runtime_error("past the guard");
}

void jumps_out(void *)
{
    longjmp(back, 1);
}

static int compare(const void *, const void *)
{
    fault();
    return 0;
}

void sorts(void *)
{
    int numbers[4] = {4, 3, 2, 1};
    qsort(numbers, 4, sizeof numbers[0], compare);
}

void allocates(void *)
{
    void *volatile nothing_of_its = (void *)4096;
    free(nothing_of_its);
}

void exits(void *)
{
    pthread_exit((void *)5);
}

void nests(void *result)
{
    *(int *)result = crumple_guard(faults, NULL);
}

void changes(void *)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGUSR1);
    pthread_sigmask(SIG_BLOCK, &set, NULL);
    crumple_tag_push("inner", "%d", 1);
    fault();
}

void asserts(void *)
{
    abort();
}

static __attribute__((noinline)) void overwrite()
{
    volatile char room[16384];
    for (char volatile &byte : room)
        byte = (char)0xcc;
}

/* The guard within is left by longjmp, this one returns. */
void survives_jump(void *)
{
    if (setjmp(back) == 0)
        crumple_guard(jumps_out, NULL);
    overwrite();
}

/* --- coroutines: guards that end in another order than they began, in another thread, or never ------------------------ */

#define COROUTINE_STACK 65536

static ucontext_t caller, coroutine[2];

void yields(void *number)
{
    swapcontext(&coroutine[*(int *)number], &caller);
}

static void guard_and_yield(int number)
{
    crumple_guard(yields, &number);
}

static void *begin_coroutine(int number)
{
    void *stack = mmap(NULL, COROUTINE_STACK, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    getcontext(&coroutine[number]);
    coroutine[number].uc_stack.ss_sp = stack;
    coroutine[number].uc_stack.ss_size = COROUTINE_STACK;
    coroutine[number].uc_link = &caller;
    makecontext(&coroutine[number], (void (*)())guard_and_yield, 1, number);
    swapcontext(&caller, &coroutine[number]);
    return stack;
}

static void *end_coroutine(void *number)
{
    swapcontext(&caller, &coroutine[*(int *)number]);
    return NULL;
}

static void cross()
{
    int number[] = {0, 1};
    void *stack[] = {begin_coroutine(0), begin_coroutine(1)};
    for (int i = 0; i < 2; i++) {
        end_coroutine(&number[i]);
        munmap(stack[i], COROUTINE_STACK);
    }
}

static void move()
{
    pthread_t other;
    int number = 0;
    void *stack = begin_coroutine(0);
    pthread_create(&other, NULL, end_coroutine, &number);
    pthread_join(other, NULL);
    munmap(stack, COROUTINE_STACK);
}

static void drop()
{
    munmap(begin_coroutine(0), COROUTINE_STACK);
}

/* --- the campaign ---------------------------------------------------------------------------------------------------- */

#define CAMPAIGN_THREADS 4
#define PAGE             4096

static char *page[CAMPAIGN_THREADS];
static std::atomic<int> left_to_fault;

static int compare_bytes(const void *a, const void *b)
{
    return *(const char *)a - *(const char *)b;
}

void campaign_step(void *data)
{
    char *bytes = (char *)data, text[64];
    static unsigned counter[CAMPAIGN_THREADS];
    switch (bytes[0] % 8) {
    case 0:
        for (int i = 1; i < PAGE; i++)
            bytes[i] = (char)(bytes[i - 1] + 1);
        break;
    case 1:
        pthread_mutex_lock(&lock);
        bytes[100]++;
        pthread_mutex_unlock(&lock);
        break;
    case 2:
        snprintf(text, sizeof text, "%.20s", bytes + 10);
        break;
    case 3:
        qsort(bytes + 16, 64, 1, compare_bytes);
        break;
    case 4:
        free(strdup(bytes + PAGE - 20));
        break;
    case 5:
        memcpy(text, bytes + 200, sizeof text);
        break;
    case 6:
        fprintf(stdout, "%.10s", bytes + 10);
        break;
    default:
        counter[0] += (unsigned)bytes[7];
        break;
    }
    bytes[0]++;
}

static void *campaign_thread(void *at)
{
    char **own = (char **)at;
    while (left_to_fault > 0)
        if (crumple_guard(campaign_step, *own) == 1) {
            left_to_fault--;
            mprotect(*own, PAGE, PROT_READ | PROT_WRITE);
        }
    return NULL;
}

/* Every lock can be had, and every thread ends. */
static int campaign(int faults)
{
    pthread_t threads[CAMPAIGN_THREADS];
    left_to_fault = faults;
    setvbuf(stdout, NULL, _IOFBF, 65536);
    for (int i = 0; i < CAMPAIGN_THREADS; i++) {
        page[i] = (char *)mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        memset(page[i], 'a' + i, PAGE - 1);
        pthread_create(&threads[i], NULL, campaign_thread, &page[i]);
    }
    srand((unsigned)getpid());
    for (int i = 0; left_to_fault > 0; i++) {
        mprotect(page[i % CAMPAIGN_THREADS], PAGE, PROT_NONE);
        usleep((useconds_t)(rand() % 300));
    }
    for (int i = 0; i < CAMPAIGN_THREADS; i++) {
        mprotect(page[i], PAGE, PROT_READ | PROT_WRITE);
        pthread_join(threads[i], NULL);
    }
    pthread_mutex_lock(&lock);
    free(malloc(1000000));
    return 0;
}

/* --- the ways ---------------------------------------------------------------------------------------------------------- */

static int result = -1000;

static void after_exception()
{
    try {
        crumple_guard(throws_out, NULL);
    } catch (const std::exception &) {
        result = 77;
    }
}

static int is_restored()
{
    sigset_t set;
    pthread_sigmask(SIG_BLOCK, NULL, &set);
    return sigismember(&set, SIGUSR1) == 0 && crumple_tag_pop("inner") == -ENOENT ? 1 : 0;
}

static void *run_way(void *name)
{
    const std::string way = (const char *)name;
    int done = 0;
    if (way == "works")
        result = crumple_guard(works, &done) + 10 * done;
    else if (way == "faults")
        result = crumple_guard(faults, NULL);
    else if (way == "unnamed")
        result = crumple_guard(unnamed, NULL);
    else if (way == "locks")
        result = crumple_guard(locks_and_faults, NULL);
    else if (way == "outer") {
        pthread_mutex_lock(&lock);
        result = crumple_guard(faults, NULL);
    } else if (way == "destroys")
        result = crumple_guard(destroys, NULL);
    else if (way == "sorts")
        result = crumple_guard(sorts, NULL);
    else if (way == "allocates")
        result = crumple_guard(allocates, NULL);
    else if (way == "asserts")
        result = crumple_guard(asserts, NULL);
    else if (way == "exits")
        result = crumple_guard(exits, NULL);
    else if (way == "nests") {
        result = crumple_guard(nests, &done) + 10 * done;
    } else if (way == "changes")
        result = crumple_guard(changes, NULL) + 10 * is_restored();
    else if (way == "often") {
        for (int i = 0; i < 10; i++)
            result = crumple_guard(faults, NULL);
    } else if (way == "exception")
        after_exception();
    else if (way == "exception_then_fault") {
        after_exception();
        fault();
    } else if (way == "jump_then_fault") {
        if (setjmp(back) == 0)
            crumple_guard(jumps_out, NULL);
        else
            fault();
    } else if (way == "jump_then_deep_fault") {
        if (setjmp(back) == 0)
            crumple_guard(jumps_out, NULL);
        else
            deep_fault();
    } else if (way == "jump_then_guard") {
        if (setjmp(back) == 0)
            crumple_guard(jumps_out, NULL);
        else
            result = crumple_guard(works, &done);
    } else if (way == "inner_jumps")
        result = crumple_guard(survives_jump, NULL) * 10 + crumple_guard(faults, NULL);
    else if (way == "cross" || way == "move" || way == "drop" || way == "drop_then_fault") {
        way == "cross" ? cross() : way == "move" ? move() : drop();
        if (way == "drop_then_fault")
            fault();
        result = crumple_guard(works, &done) + 10 * done;
    }
    return NULL;
}

int main(int argc, char **argv)
{
    pthread_t thread;
    void *ended = NULL;
    int done = 0;
    if (argc > 2 && strcmp(argv[1], "campaign") == 0) {
        campaign(atoi(argv[2]));
    } else if (argc > 1 && strcmp(argv[1], "main") == 0) {
        result = crumple_guard(works, &done);
    } else if (argc > 1) {
        pthread_create(&thread, NULL, run_way, argv[1]);
        pthread_join(thread, &ended);
    }
    printf("\nresult=%d alive%s\n", result, ended == (void *)5 ? " exited" : "");
    return 0;
}
