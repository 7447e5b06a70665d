/* SPDX-License-Identifier: MIT */
/*
 * What the redirected functions note: redirected VERB, preloaded with libredirect.so. Each verb checks
 * itself, says what is wrong and ends with 1. Built in several ways, since they differ in how a call finds
 * libc.
 */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <threads.h>
#include <time.h>
#include <unistd.h>

#include "redirected.h"

const struct redirect_door *door;

void check(bool holds, const char *what, const char *function, int line)
{
    if (holds)
        return;
    fprintf(stderr, "%s:%d: not true: %s\n", function, line, what);
    exit(1);
}

static struct timespec soon(void)
{
    struct timespec t;
    clock_gettime(CLOCK_REALTIME, &t);
    t.tv_sec += 5;
    return t;
}

/* Takes, looks, releases, looks. */
#define PAIR(kind, lock, take, release)                                                                      \
    do {                                                                                                     \
        uint64_t last;                                                                                       \
        CHECK((take) == 0);                                                                                  \
        CHECK(door->held(&last) == 1);                                                                       \
        CHECK(last == ((uint64_t)(kind) << 56 | (uint64_t)(lock)));                                          \
        CHECK((release) == 0);                                                                               \
        CHECK(door->held(NULL) == 0);                                                                        \
    } while (0)

static void verb_mutexes(void)
{
    static pthread_mutex_t m = PTHREAD_MUTEX_INITIALIZER;
    struct timespec t = soon();
    PAIR(SAFE_HELD_MUTEX, &m, pthread_mutex_lock(&m), pthread_mutex_unlock(&m));
    PAIR(SAFE_HELD_MUTEX, &m, pthread_mutex_trylock(&m), pthread_mutex_unlock(&m));
    PAIR(SAFE_HELD_MUTEX, &m, pthread_mutex_timedlock(&m, &t), pthread_mutex_unlock(&m));
    PAIR(SAFE_HELD_MUTEX, &m, pthread_mutex_clocklock(&m, CLOCK_REALTIME, &t), pthread_mutex_unlock(&m));
    CHECK(pthread_mutex_lock(&m) == 0);
    CHECK(pthread_mutex_trylock(&m) == EBUSY);
    CHECK(door->held(NULL) == 1);
    CHECK(pthread_mutex_unlock(&m) == 0);
}

static void verb_others(void)
{
    static pthread_rwlock_t rw = PTHREAD_RWLOCK_INITIALIZER;
    static pthread_spinlock_t spin;
    static mtx_t mtx;
    struct timespec t = soon();
    PAIR(SAFE_HELD_READ, &rw, pthread_rwlock_rdlock(&rw), pthread_rwlock_unlock(&rw));
    PAIR(SAFE_HELD_READ, &rw, pthread_rwlock_tryrdlock(&rw), pthread_rwlock_unlock(&rw));
    PAIR(SAFE_HELD_READ, &rw, pthread_rwlock_timedrdlock(&rw, &t), pthread_rwlock_unlock(&rw));
    PAIR(SAFE_HELD_WRITE, &rw, pthread_rwlock_wrlock(&rw), pthread_rwlock_unlock(&rw));
    PAIR(SAFE_HELD_WRITE, &rw, pthread_rwlock_trywrlock(&rw), pthread_rwlock_unlock(&rw));
    PAIR(SAFE_HELD_WRITE, &rw, pthread_rwlock_clockwrlock(&rw, CLOCK_REALTIME, &t),
         pthread_rwlock_unlock(&rw));
    pthread_spin_init(&spin, 0);
    PAIR(SAFE_HELD_SPIN, &spin, pthread_spin_lock(&spin), pthread_spin_unlock(&spin));
    PAIR(SAFE_HELD_SPIN, &spin, pthread_spin_trylock(&spin), pthread_spin_unlock(&spin));
    mtx_init(&mtx, mtx_timed);
    PAIR(SAFE_HELD_MUTEX, &mtx, mtx_lock(&mtx), mtx_unlock(&mtx));
    PAIR(SAFE_HELD_MUTEX, &mtx, mtx_trylock(&mtx), mtx_unlock(&mtx));
    PAIR(SAFE_HELD_MUTEX, &mtx, mtx_timedlock(&mtx, &t), mtx_unlock(&mtx));
}

static void *leave_locked(void *mutex)
{
    pthread_mutex_lock(mutex);
    return NULL;
}

static void verb_robust(void)
{
    static pthread_mutex_t m;
    pthread_mutexattr_t attributes;
    pthread_t thread;
    pthread_mutexattr_init(&attributes);
    pthread_mutexattr_setrobust(&attributes, PTHREAD_MUTEX_ROBUST);
    pthread_mutex_init(&m, &attributes);
    CHECK(pthread_create(&thread, NULL, leave_locked, &m) == 0);
    pthread_join(thread, NULL);
    CHECK(pthread_mutex_lock(&m) == EOWNERDEAD);
    CHECK(door->held(NULL) == 1);
    pthread_mutex_consistent(&m);
    CHECK(pthread_mutex_unlock(&m) == 0);
    CHECK(door->held(NULL) == 0);
}

static void verb_semaphores(void)
{
    static sem_t s;
    int i;
    sem_init(&s, 0, 1000);
    door->wrap();
    CHECK(sem_trywait(&s) == 0);
    CHECK(door->held(NULL) == 1 && door->self()->role == 0);
    CHECK(sem_wait(&s) == 0);
    CHECK(door->held(NULL) == 1 && door->self()->role == (SAFE_ROLE_WAITS | SAFE_ROLE_FED));
    CHECK(sem_post(&s) == 0 && door->held(NULL) == 1);
    CHECK(sem_post(&s) == 0 && door->held(NULL) == 0);
    CHECK(sem_post(&s) == 0 && door->held(NULL) == 0);
    for (i = 0; i < 600; i++)
        CHECK(sem_wait(&s) == 0);
    CHECK(door->held(NULL) == 1);
    for (i = 0; i < 600; i++)
        CHECK(sem_post(&s) == 0);
    CHECK(door->held(NULL) == 1); /* how often is no longer known */
}

struct condition {
    pthread_mutex_t mutex;
    pthread_cond_t condition;
    _Atomic uint32_t held_after, waiting;
    bool signalled;
};

static void note(void *argument)
{
    struct condition *c = argument;
    c->held_after = door->held(NULL);
    pthread_mutex_unlock(&c->mutex);
}

static void *wait_for_it(void *argument)
{
    struct condition *c = argument;
    door->wrap();
    pthread_mutex_lock(&c->mutex);
    pthread_cleanup_push(note, c);
    c->waiting = 1;
    while (!c->signalled)
        pthread_cond_wait(&c->condition, &c->mutex);
    pthread_cleanup_pop(1);
    return (void *)(uintptr_t)(door->self()->role | door->held(NULL) << 8);
}

static void verb_conditions(void)
{
    static struct condition c = {PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, 9, 0, false};
    pthread_t thread;
    void *result;
    CHECK(pthread_create(&thread, NULL, wait_for_it, &c) == 0);
    while (!c.waiting)
        usleep(100);
    pthread_cancel(thread);
    pthread_join(thread, &result);
    CHECK(result == PTHREAD_CANCELED);
    CHECK(c.held_after == 1);
    c.held_after = c.waiting = 0;
    CHECK(pthread_create(&thread, NULL, wait_for_it, &c) == 0);
    while (!c.waiting)
        usleep(100);
    pthread_mutex_lock(&c.mutex);
    c.signalled = true;
    pthread_mutex_unlock(&c.mutex);
    pthread_cond_signal(&c.condition);
    pthread_join(thread, &result);
    CHECK(c.held_after == 1);
    CHECK(result == (void *)(uintptr_t)(SAFE_ROLE_WAITS | SAFE_ROLE_FED));
}

static void verb_files(void)
{
    char path[] = "/tmp/redirected.XXXXXX";
    struct flock range = {.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = 10, .l_len = 5};
    int fd = mkstemp(path);
    CHECK(fd >= 0 && unlink(path) == 0);
    CHECK(flock(fd, LOCK_SH) == 0 && door->held(NULL) == 1);
    CHECK(flock(fd, LOCK_EX) == 0 && door->held(NULL) == 1);
    CHECK(flock(fd, LOCK_UN) == 0 && door->held(NULL) == 0);
    CHECK(fcntl(fd, F_SETLK, &range) == 0 && door->held(NULL) == 1);
    CHECK(fcntl(fd, F_GETLK, &range) == 0 && door->held(NULL) == 1);
    range = (struct flock){.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = 20, .l_len = 5};
    CHECK(fcntl(fd, F_OFD_SETLK, &range) == 0 && door->held(NULL) == 2);
    range.l_type = F_UNLCK;
    CHECK(fcntl(fd, F_OFD_SETLK, &range) == 0 && door->held(NULL) == 1);
    range.l_start = range.l_len = 0;
    CHECK(fcntl(fd, F_SETLK, &range) == 0 && door->held(NULL) == 0);
    CHECK(lockf(fd, F_LOCK, 0) == 0 && door->held(NULL) == 1);
    CHECK(lockf(fd, F_ULOCK, 0) == 0 && door->held(NULL) == 0);
    CHECK(flock(fd, LOCK_EX) == 0 && door->held(NULL) == 1);
    CHECK(close(fd) == 0 && door->held(NULL) == 0);
}

static void verb_stdio(void)
{
    FILE *own = tmpfile();
    CHECK(!door->stdio_held());
    flockfile(own);
    CHECK(door->stdio_held());
    funlockfile(own);
    CHECK(!door->stdio_held());
    flockfile(stdout);
    CHECK(door->stdio_held());
    funlockfile(stdout);
}

/* The plainest kind that notes its owner; whether a rwlock notes its writer. */
#ifndef OWNED_MUTEX
#define OWNED_MUTEX  PTHREAD_MUTEX_DEFAULT
#define OWNED_RWLOCK true
#endif

static void verb_scan(void)
{
    static pthread_mutex_t m;
    static pthread_rwlock_t rw = PTHREAD_RWLOCK_INITIALIZER;
    pthread_mutex_t *heap = calloc(1, sizeof *heap);
    pthread_mutexattr_t kind;
    CHECK(pthread_mutexattr_init(&kind) == 0 && pthread_mutexattr_settype(&kind, OWNED_MUTEX) == 0);
    if (OWNED_MUTEX != PTHREAD_MUTEX_DEFAULT)
        CHECK(pthread_mutex_init(&m, &kind) == 0 && pthread_mutex_init(heap, &kind) == 0);
    int (*unseen)(pthread_mutex_t *) = (int (*)(pthread_mutex_t *))dlsym(RTLD_DEFAULT, "pthread_mutex_lock");
    CHECK(door->scan() == 0);
    CHECK(unseen(&m) == 0);
    CHECK(door->held(NULL) == 0);
    CHECK(door->scan() == (uint64_t)&m);
    CHECK(pthread_mutex_unlock(&m) == 0);
    CHECK(unseen(heap) == 0 && door->scan() == (uint64_t)heap && pthread_mutex_unlock(heap) == 0);
    CHECK(pthread_rwlock_rdlock(&rw) == 0 && door->scan() == 0 && pthread_rwlock_unlock(&rw) == 0);
    CHECK(pthread_rwlock_wrlock(&rw) == 0 && door->scan() == (OWNED_RWLOCK ? (uint64_t)&rw : 0) &&
          pthread_rwlock_unlock(&rw) == 0);
    CHECK(door->scan() == 0);
}

typedef int taker(pthread_mutex_t *mutex);

static bool is_alone = true; /* nobody else loads */

/* The libraries lie beside the program; the second one's table is read-only once it is bound. */
static const char *name_of(int mode)
{
    return mode & RTLD_NOW ? "libtaker_now.so" : "libtaker.so";
}

/* musl never unloads anything. */
static bool is_there(int mode)
{
    return dlopen(name_of(mode), RTLD_NOW | RTLD_NOLOAD) != NULL;
}

static void *load(int mode, taker **ret_lock, taker **ret_unlock)
{
    bool was_there = is_alone && is_there(mode);
    void *library = dlopen(name_of(mode), mode);
    CHECK(library != NULL);
    CHECK(is_alone ? door->loading() == !was_there : true);
    *ret_lock = (taker *)dlsym(library, "taker_lock");
    *ret_unlock = (taker *)dlsym(library, "taker_unlock");
    CHECK(*ret_lock && *ret_unlock);
    CHECK(is_alone ? !door->loading() && !door->again() : true);
    return library;
}

static void verb_libraries(void)
{
    static const int modes[] = {RTLD_LAZY, RTLD_NOW, RTLD_LAZY | RTLD_DEEPBIND};
    static pthread_mutex_t m = PTHREAD_MUTEX_INITIALIZER;
    taker *lock, *unlock;
    size_t i;
    for (i = 0; i < sizeof modes / sizeof *modes; i++) {
        void *library;
        CHECK(!door->loading());
        library = load(modes[i], &lock, &unlock);
        PAIR(SAFE_HELD_MUTEX, &m, lock(&m), unlock(&m));
        CHECK(dlclose(library) == 0);
        CHECK(door->loading() == !is_there(modes[i]));
        door->again();
    }
}

static _Atomic int loader_is_over;

static void *load_and_unload(void *argument)
{
    static pthread_mutex_t m = PTHREAD_MUTEX_INITIALIZER;
    taker *lock, *unlock;
    int i;
    (void)argument;
    for (i = 0; i < 1000; i++) {
        void *library = load(i % 2 ? RTLD_NOW : RTLD_LAZY, &lock, &unlock);
        CHECK(lock(&m) == 0 && unlock(&m) == 0);
        CHECK(dlclose(library) == 0);
    }
    loader_is_over = 1;
    return NULL;
}

/* Objects come and go on another thread, and are relocated, while they are looked at. */
static void verb_racing(void)
{
    pthread_t thread;
    is_alone = false;
    CHECK(pthread_create(&thread, NULL, load_and_unload, NULL) == 0);
    while (!loader_is_over)
        door->again();
    pthread_join(thread, NULL);
    door->again();
    is_alone = true;
    verb_libraries();
}

static const struct {
    const char *name;
    void (*run)(void);
} verbs[] = {
    {"mutexes", verb_mutexes},       {"others", verb_others},   {"robust", verb_robust},
    {"semaphores", verb_semaphores}, {"files", verb_files},     {"conditions", verb_conditions},
    {"stdio", verb_stdio},           {"scan", verb_scan},       {"libraries", verb_libraries},
    {"ownership", verb_ownership},   {"sharing", verb_sharing}, {"outbound", verb_outbound},
    {"numbers", verb_numbers},       {"polling", verb_polling}, {"feeding", verb_feeding},
    {"racing", verb_racing},         {"nothing", verb_nothing}, {"refusal", verb_refusal},
    {"duplicates", verb_duplicates},
};

int main(int argc, char **argv)
{
    size_t i;
    door = dlsym(RTLD_DEFAULT, "redirect_door");
    if (argc != 2 || !door) {
        fprintf(stderr, "usage: LD_PRELOAD=libredirect.so redirected VERB\n");
        return 2;
    }
    for (i = 0; i < sizeof verbs / sizeof *verbs; i++)
        if (strcmp(argv[1], verbs[i].name) == 0) {
            CHECK(door->start());
            verbs[i].run();
            return 0;
        }
    return 2;
}
