/* SPDX-License-Identifier: MIT */
/* Runs one case in a thread, and looks at what is left of it. */
#include "cases.h"

#include <malloc.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { JOIN_MS = 3000 };
#define COMPLETED ((void *)1)

static const struct recovery_case *const families[] = {
    guard_cases, unwind_cases,  once_cases, exception_cases, fault_cases,
    libc_cases,  cleanup_cases, lock_cases, walk_cases,
};

static pthread_key_t key;
static bool in_std_thread, detached;

static void count_tsd_destructor(void *value)
{
    (void)value;
    ran.tsd_destructor++;
}

void *victim_main(void *argument)
{
    const struct recovery_case *one = argument;
    pthread_setname_np(pthread_self(), "victim");
    pthread_setspecific(key, "value");
    use_thread_local();
    one->run();
    STAY();
    return COMPLETED;
}

static pthread_t start_victim(const struct recovery_case *one)
{
    pthread_t victim;
    if (in_std_thread)
        return start_std_thread(victim_main, (void *)one);
    if (pthread_create(&victim, NULL, victim_main, (void *)one) != 0)
        give_up("pthread_create");
    if (detached)
        pthread_detach(victim);
    return victim;
}

/* A thread that does not end in time is a wedge: nothing after it would mean anything. */
static void *join_in_time(pthread_t victim, const char *what)
{
    void *value = NULL;
    struct timespec deadline = deadline_in(JOIN_MS);
    int error = pthread_timedjoin_np(victim, &value, &deadline);
    fact(what, "%d", error);
    if (error != 0)
        _exit(3);
    return value;
}

static void tell_value(void *value)
{
    fact("value", "%s", value == PTHREAD_CANCELED ? "CANCELED" : value == COMPLETED ? "COMPLETED" : "other");
}

static void tell_what_ran(void)
{
    fact("destructor", "%d", ran.destructor);
    fact("thread_local_destructor", "%d", ran.thread_local_destructor);
    fact("tsd_destructor", "%d", ran.tsd_destructor);
    fact("cleanup", "%d", ran.cleanup);
}

static void run_second(const struct recovery_case *one)
{
    disarm();
    detached = false;
    void *value = join_in_time(start_victim(one), "second_join");
    fact("second", "%s", value == COMPLETED || in_std_thread ? "completed" : "other");
}

static void run_case(const struct recovery_case *one)
{
    start_innocent();
    size_t before = count_tasks();
    arm();
    pthread_t victim = start_victim(one);
    if (detached) {
        /* There is nothing to wait for but the task's end. */
        sleep_ms(20);
        fact("join", "detached");
    } else {
        tell_value(join_in_time(victim, "join"));
    }
    fact("tasks", "%s", tasks_are_back(before) ? "back" : "left");
    tell_what_ran();
    probe_locks();
    bool libc_works = probe_libc();
    fact("innocent", "%s", innocent_progresses() ? "progressed" : "stuck");
    if (!libc_works)
        _exit(3);
    run_second(one);
    fact("survived", "1");
}

/* CASE_free is CASE without its lock, where the table does not list it on its own. */
static const struct recovery_case *find_case(const char *name)
{
    static struct recovery_case found;
    size_t length = strlen(name);
    hold = length < 5 || strcmp(name + length - 5, "_free") != 0;
    for (int exact = 1; exact >= 0; exact--) {
        size_t most = exact || hold ? length : length - 5;
        for (size_t i = 0; i < sizeof families / sizeof families[0]; i++) {
            for (const struct recovery_case *one = families[i]; one->name != NULL; one++) {
                if (strlen(one->name) == most && strncmp(one->name, name, most) == 0) {
                    found = *one;
                    return &found;
                }
            }
        }
    }
    return NULL;
}

static int list_cases(void)
{
    for (size_t i = 0; i < sizeof families / sizeof families[0]; i++) {
        for (const struct recovery_case *one = families[i]; one->name != NULL; one++)
            puts(one->name);
    }
    return 0;
}

int main(int argc, char **argv)
{
    bool in_main = false;
    int next = 1;
    for (; next < argc && strncmp(argv[next], "--", 2) == 0; next++) {
        in_std_thread |= strcmp(argv[next], "--std") == 0;
        detached |= strcmp(argv[next], "--detached") == 0;
        in_main |= strcmp(argv[next], "--main") == 0;
    }
    if (next < argc && strcmp(argv[next], "list") == 0)
        return list_cases();
    const struct recovery_case *one = next < argc ? find_case(argv[next]) : NULL;
    if (one == NULL) {
        fprintf(stderr, "usage: cases [--std|--detached|--main] CASE; 'cases list' names them\n");
        return 2;
    }
    /* One arena: what a case does to the heap's lock is everybody's business, as in a real server. */
    mallopt(M_ARENA_MAX, 1);
    pthread_key_create(&key, count_tsd_destructor);
    locks_prepare();
    if (in_main) {
        arm();
        victim_main((void *)one);
    } else {
        run_case(one);
    }
    return 0;
}
