/* SPDX-License-Identifier: MIT */
/* A frame that looks at the stack while the thread is being ended: who unwinds must get through. */
#include "cases.h"

#include <dlfcn.h>
#include <execinfo.h>
#include <string.h>
#include <unwind.h>

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

/* Asked by the unwinder when it comes by, with the whole stack still there. */
static __attribute__((used)) _Unwind_Reason_Code look_around(int version, _Unwind_Action actions,
                                                             _Unwind_Exception_Class class,
                                                             struct _Unwind_Exception *exception,
                                                             struct _Unwind_Context *context)
{
    (void)version, (void)class, (void)exception, (void)context;
    if (actions & _UA_FORCE_UNWIND) {
        ran.cleanup = ran.cleanup + 1;
        tell_walk("walk.libgcc", backtrace);
        if (libunwind != NULL)
            tell_walk("walk.libunwind", libunwind);
    }
    return _URC_CONTINUE_UNWIND;
}

static NOINLINE void looked_at(void)
{
    __asm__ volatile(".cfi_personality 0x1b, look_around");
    c_call(c_fault);
    STAY();
}

/* Before there are threads: what comes later is the subject of other cases. */
static __attribute__((constructor)) void load_libunwind(int argc, char **argv)
{
    if (argc < 2 || strcmp(argv[argc - 1], "walks_free") != 0)
        return;
    void *library = dlopen("libunwind.so.8", RTLD_NOW);
    void *symbol = library != NULL ? dlsym(library, "unw_backtrace") : NULL;
    memcpy(&libunwind, &symbol, sizeof libunwind);
}

const struct recovery_case walk_cases[] = {
    {"walks_free", looked_at},
    {NULL, NULL},
};
