/* SPDX-License-Identifier: MIT */
/* See end/interpreters.h. */
#include "end/interpreters.h"

#include <link.h>
#include <string.h>

#include "base/io.h"
#include "redirect/object.h"
#include "state/recovery.h"

/*
 * CPython and Ruby, in a library of theirs or in the program itself. 'function' takes the global lock. A server may
 * link the library and never start it (unbound and its Python module): 'variable' tells. Python's is the type of
 * types, which is made ready by Py_Initialize (Py_TPFLAGS_READY in tp_flags; Include/object.h, Include/cpython/object.h:
 * at the same place from 2.7 on, but in builds without the global lock, whose objects are larger: 'name_at' must lead
 * to 'name'). Ruby's points to its virtual machine.
 */
static const struct kind {
    const char *function, *variable;
    uint32_t at;
    uint64_t mask;
    uint32_t name_at;
    const char *name;
} kinds[] = {
    {"PyGILState_Ensure", "PyType_Type", 168, UINT64_C(1) << 12, 24, "type"},
    {"rb_thread_call_with_gvl", "ruby_current_vm_ptr", 0, UINT64_MAX, 0, NULL},
};
#define KINDS (sizeof kinds / sizeof *kinds)

/* Under the loader's lock of its list. */
static struct {
    bool has[KINDS], has_sign[KINDS], is_odd;
} seen;

void interpreters_begin(void)
{
    memset(&seen, 0, sizeof seen);
    __atomic_store_n(&safe_interpreter_signs.is_certain, false, __ATOMIC_SEQ_CST);
    safe_interpreter_signs.count = 0;
}

static bool is_as_known(const struct kind *kind, uint64_t variable)
{
    char name[8] = "";
    uint64_t at;
    return !kind->name || (safe_read_memory(variable + kind->name_at, &at, sizeof at) == 0 &&
                           safe_read_string(at, name, sizeof name) > 0 && strcmp(name, kind->name) == 0);
}

/* In a program that is linked to a fixed address the variable may be a copy: each of them is a sign. */
static void add_sign(size_t i, uint64_t variable)
{
    struct safe_interpreter_signs *signs = &safe_interpreter_signs;
    if (signs->count == SAFE_SIGNS_MAX || !is_as_known(&kinds[i], variable)) {
        seen.is_odd = true;
        return;
    }
    seen.has_sign[i] = true;
    signs->sign[signs->count].address = variable + kinds[i].at;
    signs->sign[signs->count++].mask = kinds[i].mask;
}

void interpreters_look(const struct dl_phdr_info *info)
{
    struct redirect_object o;
    if (!redirect_object_read(&o, info->dlpi_addr, info->dlpi_phdr, info->dlpi_phnum))
        return;
    for (size_t i = 0; i < KINDS; i++) {
        uint64_t variable = redirect_object_defines(&o, kinds[i].variable);
        seen.has[i] |= redirect_object_defines(&o, kinds[i].function) != 0;
        if (variable)
            add_sign(i, variable);
    }
}

void interpreters_end(void)
{
    bool any = false, certain = !seen.is_odd;
    for (size_t i = 0; i < KINDS; i++) {
        any |= seen.has[i];
        certain &= !seen.has[i] || seen.has_sign[i];
    }
    __atomic_store_n(&safe_interpreter_signs.is_certain, certain, __ATOMIC_SEQ_CST);
    safe_recover_interpreter = any;
}
