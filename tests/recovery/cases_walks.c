/* SPDX-License-Identifier: MIT */
/* A cleanup handler that looks at its own stack while the thread is being ended: who unwinds must get
 * through. */
#include "cases.h"

#include <dlfcn.h>
#include <execinfo.h>
#include <stdlib.h>
#include <string.h>

typedef int (*walker)(void **frames, int most);

static walker libunwind;

/* Of the functions on the stack those that are known by name, innermost first. */
static void tell_walk(const char *key, walker walk)
{
    static const char *const known[] = {"c_fault", "c_call", "victim_main"};
    void *frames[64];
    char names[100] = "";
    int count = walk(frames, 64);
    for (int i = 0; i < count; i++) {
        Dl_info info;
        if (dladdr(frames[i], &info) == 0 || info.dli_sname == NULL)
            continue;
        for (size_t k = 0; k < sizeof known / sizeof known[0]; k++) {
            if (strcmp(info.dli_sname, known[k]) == 0)
                snprintf(names + strlen(names), sizeof names - strlen(names), "%s ", known[k]);
        }
    }
    fact(key, "%s", names);
}

static void walk_here(void *unused)
{
    (void)unused;
    ran.cleanup = ran.cleanup + 1;
    if (!armed)
        return;
    tell_walk("walk.libgcc", backtrace);
    if (libunwind != NULL)
        tell_walk("walk.libunwind", libunwind);
}

static void walks(void)
{
    void *library = dlopen("libunwind.so.8", RTLD_NOW);
    void *symbol = library != NULL ? dlsym(library, "unw_backtrace") : NULL;
    memcpy(&libunwind, &symbol, sizeof libunwind);
    pthread_cleanup_push(walk_here, NULL);
    c_call(c_fault);
    pthread_cleanup_pop(1);
}

const struct recovery_case walk_cases[] = {
    {"walks_free", walks},
    {NULL, NULL},
};
