/* SPDX-License-Identifier: MIT */
/* Finds the verb and runs it in the thread that its table names. 'victim list' names them all. */
#include "victim.h"

#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const struct verb *const families[] = {
    memory_verbs,    arithmetic_verbs, abort_verbs,   smash_verbs,       signal_verbs,   lock_verbs,
    allocator_verbs, thread_verbs,     waiting_verbs, bare_thread_verbs, stack_verbs,    surroundings_verbs,
    reaping_verbs,   handler_verbs,    view_verbs,    exit_verbs,        message_verbs,  child_verbs,
    limit_verbs,     filter_verbs,     rare_verbs,    busy_verbs,        survivor_verbs, identity_verbs,
    beside_verbs,    loader_verbs,     leap_verbs,    init_verbs,        library_verbs,  dump_verbs,
};

struct crime {
    const struct verb *verb;
    char **arguments;
};

static const struct verb *find_verb(const char *name)
{
    for (size_t i = 0; i < sizeof families / sizeof families[0]; i++) {
        for (const struct verb *verb = families[i]; verb->name != NULL; verb++) {
            if (strcmp(verb->name, name) == 0)
                return verb;
        }
    }
    return NULL;
}

static void list_verbs(void)
{
    for (size_t i = 0; i < sizeof families / sizeof families[0]; i++) {
        for (const struct verb *verb = families[i]; verb->name != NULL; verb++)
            printf("%s\t%s\n", verb->name, verb->place == IN_MAIN ? "main" : "worker");
    }
}

static NOINLINE void *worker_main(void *argument)
{
    const struct crime *crime = argument;
    pthread_setname_np(pthread_self(), "worker");
    crime->verb->run(crime->arguments);
    return NULL;
}

static int run_in_worker(struct crime *crime)
{
    pthread_t worker;
    int error = pthread_create(&worker, NULL, worker_main, crime);
    if (error != 0) {
        errno = error;
        give_up("pthread_create");
    }
    return pthread_join(worker, NULL);
}

int main(int argc, char **argv)
{
    int next = 1;
    int place = -1;

    if (next < argc && strcmp(argv[next], "--main") == 0)
        place = IN_MAIN, next++;
    else if (next < argc && strcmp(argv[next], "--worker") == 0)
        place = IN_WORKER, next++;
    if (next < argc && strcmp(argv[next], "list") == 0) {
        list_verbs();
        return 0;
    }

    struct crime crime = {.verb = next < argc ? find_verb(argv[next]) : NULL};
    if (crime.verb == NULL) {
        fprintf(stderr,
                "usage: victim [--main|--worker] VERB [ARGUMENT...]; 'victim list' names the verbs\n");
        return 2;
    }
    crime.arguments = argv + next + 1;
    if (place < 0)
        place = crime.verb->place;

    if (place == IN_WORKER)
        return run_in_worker(&crime);
    crime.verb->run(crime.arguments);
    return 0;
}
