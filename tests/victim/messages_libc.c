/* SPDX-License-Identifier: MIT */
/* What libc checks beside the heap: _FORTIFY_SOURCE, its own states (rows 13 and 15). */
#undef NDEBUG
#include "messages.h"
#include "victim.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* What the compiler makes of the plain calls where it knows a buffer's size. */
extern void *__memcpy_chk(void *to, const void *from, size_t size, size_t room);
extern int __snprintf_chk(char *to, size_t size, int flag, size_t room, const char *format, ...);
extern long __fdelt_chk(long descriptor);
extern _Noreturn void __longjmp_chk(struct __jmp_buf_tag *environment, int value);
extern int __open_2(const char *path, int flags);

static NOINLINE void check_result(int error)
{
    assert_perror(error);
}

void libc_assert_perror(char **arguments)
{
    (void)arguments;
    announce();
    check_result(ENOSPC);
}

static NOINLINE void copy_too_much(char *to, const char *from)
{
    volatile size_t size = 32;
    (void)__memcpy_chk(to, from, size, 16);
}

void libc_copy(char **arguments)
{
    (void)arguments;
    char from[32] = "", to[32];
    announce();
    copy_too_much(to, from);
}

static NOINLINE void print_with(const char *format)
{
    char out[64];
    int written;
    (void)__snprintf_chk(out, sizeof out, 1, sizeof out, format, &written, 1);
}

void libc_format_writable(char **arguments)
{
    (void)arguments;
    char format[] = "%n";
    announce();
    print_with(format);
}

void libc_format_position(char **arguments)
{
    (void)arguments;
    announce();
    print_with("%3$d");
}

static NOINLINE void put_into_set(long descriptor)
{
    (void)__fdelt_chk(descriptor);
}

void libc_descriptor_set(char **arguments)
{
    (void)arguments;
    announce();
    put_into_set(5000);
}

static jmp_buf environment;

static NOINLINE void leave_environment(void)
{
    volatile char room[512];
    room[0] = 0;
    (void)setjmp(environment);
    (void)room[0];
}

static NOINLINE void jump_into_the_past(void)
{
    __longjmp_chk(environment, 1);
}

void libc_longjmp(char **arguments)
{
    (void)arguments;
    leave_environment();
    announce();
    jump_into_the_past();
}

static NOINLINE void create_without_mode(void)
{
    (void)__open_2("/tmp/victim-without-mode", O_CREAT | O_WRONLY);
}

void libc_open(char **arguments)
{
    (void)arguments;
    announce();
    create_without_mode();
}

static NOINLINE void wait_at(pthread_barrier_t *barrier)
{
    (void)pthread_barrier_wait(barrier);
}

/* A barrier at an address that no futex can have, as one in a packed structure. */
void libc_futex(char **arguments)
{
    (void)arguments;
    static char room[sizeof(pthread_barrier_t) + 1] __attribute__((aligned(16)));
    pthread_barrier_t *barrier = (pthread_barrier_t *)(void *)(room + 1);
    if (pthread_barrier_init(barrier, NULL, 2) != 0)
        give_up("pthread_barrier_init");
    announce();
    wait_at(barrier);
}

static NOINLINE void lock_mutex(pthread_mutex_t *mutex)
{
    (void)pthread_mutex_lock(mutex);
}

/* A free mutex that has an owner: its memory was overwritten. */
void libc_mutex(char **arguments)
{
    (void)arguments;
    static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
#ifdef __GLIBC__
    mutex.__data.__owner = 4711;
    mutex.__data.__kind = PTHREAD_MUTEX_ERRORCHECK;
#endif
    announce();
    lock_mutex(&mutex);
}
