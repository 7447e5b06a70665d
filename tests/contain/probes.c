/* SPDX-License-Identifier: MIT */
/* What a fault has left behind: locks, tasks, and whether the others get on with their work. */
#include "cases.h"

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/file.h>
#include <time.h>
#include <unistd.h>

struct case_locks locks = {.mutex = PTHREAD_MUTEX_INITIALIZER, .rwlock = PTHREAD_RWLOCK_INITIALIZER};

void locks_prepare(void)
{
    pthread_mutexattr_t attributes;
    pthread_mutexattr_init(&attributes);
    pthread_mutexattr_setrobust(&attributes, PTHREAD_MUTEX_ROBUST);
    pthread_mutex_init(&locks.robust, &attributes);
    pthread_spin_init(&locks.spin, PTHREAD_PROCESS_PRIVATE);
    locks.file = open("cases.lock", O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (locks.file < 0)
        give_up("cases.lock");
}

static void tell_lock(const char *name, int error)
{
    fact(name, "%s", error == 0 ? "free" : error == EOWNERDEAD ? "ownerdead" : "held");
}

/* A second descriptor asks for a whole-file lock: other descriptors' flock and record locks stand against it.
 */
static void probe_file_locks(void)
{
    struct flock whole = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    int file = open("cases.lock", O_RDWR | O_CLOEXEC);
    if (file < 0)
        give_up("cases.lock");
    tell_lock("lock.flock", flock(file, LOCK_EX | LOCK_NB));
    fact("lock.record", "%s",
         fcntl(file, F_OFD_GETLK, &whole) == 0 && whole.l_type == F_UNLCK ? "free" : "held");
    close(file);
}

/* The innocent thread takes the mutex too, and may have been put aside between its lock and its unlock: a
 * lock that is held for longer than a second is one that the ended thread kept. */
static void probe_shared_mutex(void)
{
    struct timespec deadline = deadline_in(1000);
    int error = pthread_mutex_timedlock(&locks.mutex, &deadline);
    tell_lock("lock.mutex", error);
    if (error == 0)
        pthread_mutex_unlock(&locks.mutex);
}

void probe_locks(void)
{
    int error;
    fact("lock.std", "%s", std_mutex_is_free() ? "free" : "held");
    probe_shared_mutex();
    tell_lock("lock.robust", error = pthread_mutex_trylock(&locks.robust));
    if (error == 0)
        pthread_mutex_unlock(&locks.robust);
    tell_lock("lock.rwlock", error = pthread_rwlock_trywrlock(&locks.rwlock));
    if (error == 0)
        pthread_rwlock_unlock(&locks.rwlock);
    tell_lock("lock.spin", error = pthread_spin_trylock(&locks.spin));
    if (error == 0)
        pthread_spin_unlock(&locks.spin);
    error = ftrylockfile(stdout) != 0;
    if (error == 0)
        funlockfile(stdout);
    fact("lock.stdout", "%s", error == 0 ? "free" : "held");
    probe_file_locks();
}

static _Atomic(const char *) probing;

static void *use_libc(void *unused)
{
    struct tm tm;
    time_t now = 0;

    probing = "lock.tz";
    localtime_r(&now, &tm);
    probing = "lock.malloc";
    for (size_t size = 16; size < 100000; size *= 3)
        free(malloc(size));
    return unused;
}

bool probe_libc(void)
{
    pthread_t prober;
    struct timespec deadline = deadline_in(1000);
    if (pthread_create(&prober, NULL, use_libc, NULL) != 0)
        give_up("pthread_create");
    if (pthread_timedjoin_np(prober, NULL, &deadline) == 0)
        return true;
    fact(probing, "held");
    return false;
}

static atomic_uint progress;

static void *innocent_main(void *unused)
{
    for (;;) {
        if (pthread_mutex_trylock(&locks.mutex) == 0)
            pthread_mutex_unlock(&locks.mutex);
        progress++;
        sleep_ms(1);
    }
    return unused;
}

void start_innocent(void)
{
    pthread_t innocent;
    if (pthread_create(&innocent, NULL, innocent_main, NULL) != 0)
        give_up("pthread_create");
    pthread_setname_np(innocent, "innocent");
    if (!innocent_progresses())
        give_up("no progress before the crime");
}

bool innocent_progresses(void)
{
    unsigned before = progress;
    for (int i = 0; i < 1000; i++) {
        if (progress - before >= 3)
            return true;
        sleep_ms(1);
    }
    return false;
}
