/* SPDX-License-Identifier: MIT */
/*
 * Finds, in every loaded object, the words that lead to the functions of the rows, and makes them lead to the
 * hooks: R_X86_64_JUMP_SLOT (calls through the PLT), GLOB_DAT (calls without PLT, addresses) and 64 (tables
 * of pointers). The loader's lock of its list is held for the whole pass: no object goes away, and passes do
 * not overlap. Where another thread holds that lock there is no pass (libc/calls/loader_locks.h).
 */
#include "redirect/redirect.h"

#include <elf.h>
#include <errno.h>
#include <link.h>
#include <string.h>
#include <sys/mman.h>

#include "state/config.h"
#include "libc/calls/loader_locks.h"
#include "libc/calls/lookup.h"
#include "redirect/object.h"
#include "proc/loading.h"
#include "base/sys.h"

#define SLOTS     (REDIRECT_ROWS_MAX * 4) /* a power of two */
#define LATER_MAX 64 /* passes in a row that may find the loader at work, or an object not relocated yet */

/* The rows by their names, open addressing. Written once, by redirect_start. */
static const struct redirect *slots[SLOTS];

/* Under the loader's lock of its list. */
static size_t missed;
static unsigned waited; /* such passes so far */
/* The loader's counters of the last complete pass: what redirect_again() compares. */
static _Atomic uint64_t seen_adds, seen_subs;

struct pass {
    size_t taken;
    uint64_t adds, subs;
    bool first, patient, later;
};

static uint32_t hash_of(const char *name)
{
    uint32_t hash = 2166136261u;
    for (; *name; name++)
        hash = (hash ^ (uint8_t)*name) * 16777619u;
    return hash;
}

static const struct redirect *row_of(const char *name)
{
    /* Most names of a C++ program are not even looked at. */
    if (name[0] == '_' && name[1] != '_')
        return NULL;
    for (uint32_t i = hash_of(name) % SLOTS; slots[i]; i = (i + 1) % SLOTS)
        if (strcmp(slots[i]->name, name) == 0)
            return slots[i];
    return NULL;
}

/*
 * Whether a word can be written now. FUTEX_WAKE_OP adds 0 to it and answers with EFAULT where that is not
 * allowed; reading /proc/self/maps for each object would cost more than the rest of the pass.
 */
static bool is_writable(uint64_t address)
{
    static int nobody;
    const int wake_op_private = 5 | 128, add_zero = 1 << 28;
    return safe_call(SYS_futex, &nobody, wake_op_private, 0, 0, address, add_zero) >= 0;
}

enum verdict { LEAVE, TAKE, LATER };

/* What to do with the word of one relocation, by what it leads to now. */
static enum verdict judge(const struct redirect_object *o, const Elf64_Rela *rela, const struct redirect *row,
                          uint64_t value)
{
    uint32_t index = ELF64_R_SYM(rela->r_info);
    bool is_slot = ELF64_R_TYPE(rela->r_info) == R_X86_64_JUMP_SLOT;
    if (value == (uint64_t)row->hook)
        return LEAVE;
    if (value == (uint64_t)*row->real)
        return TAKE;
    /* Nothing is there yet, or what the linker wrote: the object is being loaded by another thread. */
    if (!value || (is_slot && o->bias && redirect_object_runs(o, value + o->bias)))
        return LATER;
    /* Not bound yet: it leads to the object's own procedure linkage table. */
    if (is_slot && redirect_object_runs(o, value) && redirect_object_symbol(o, index)->st_shndx == SHN_UNDEF)
        return redirect_object_wants(o, index, row->not_version) ? LEAVE : TAKE;
    return LEAVE;
}

/* A page of relocated data that ld.so made read-only, open for writing. 0: none. */
static void close_page(uint64_t *page)
{
    if (*page)
        safe_call(SYS_mprotect, *page, REDIRECT_PAGE, PROT_READ);
    *page = 0;
}

static bool open_page(const struct redirect_object *o, uint64_t address, uint64_t *page)
{
    uint64_t wanted = address & ~(uint64_t)(REDIRECT_PAGE - 1);
    close_page(page);
    if (address < o->relro_start || address >= o->relro_end ||
        safe_call(SYS_mprotect, wanted, REDIRECT_PAGE, PROT_READ | PROT_WRITE) < 0)
        return false;
    *page = wanted;
    return true;
}

static void redirect_entry(const struct redirect_object *o, uint64_t address, void *hook, uint64_t *page,
                           struct pass *pass)
{
    bool in_relro = address >= o->relro_start && address < o->relro_end;
    if (!*page || (address & ~(uint64_t)(REDIRECT_PAGE - 1)) != *page) {
        bool writable = is_writable(address);
        /* ld.so closes these pages when it has relocated the object: it is at work there. */
        if (writable && in_relro && !pass->first && pass->patient) {
            pass->later = true;
            return;
        }
        if (!writable && !open_page(o, address, page)) {
            missed++;
            return;
        }
    }
    __atomic_store_n((uint64_t *)address, (uint64_t)hook, __ATOMIC_RELEASE);
    pass->taken++;
}

static void redirect_table(const struct redirect_object *o, const struct redirect_table *table,
                           struct pass *pass)
{
    uint64_t page = 0;
    for (size_t i = 0; i < table->count; i++) {
        const Elf64_Rela *rela = &table->rela[i];
        uint32_t type = ELF64_R_TYPE(rela->r_info);
        uint64_t address = o->bias + rela->r_offset;
        if ((type != R_X86_64_JUMP_SLOT && type != R_X86_64_GLOB_DAT && type != R_X86_64_64) ||
            (type == R_X86_64_64 && rela->r_addend))
            continue;
        const char *name = redirect_object_name(o, ELF64_R_SYM(rela->r_info));
        const struct redirect *row = name ? row_of(name) : NULL;
        if (!row || address % 8 || !redirect_object_holds(o, address, 8))
            continue;
        enum verdict verdict = judge(o, rela, row, __atomic_load_n((uint64_t *)address, __ATOMIC_ACQUIRE));
        if (verdict == TAKE)
            redirect_entry(o, address, row->hook, &page, pass);
        pass->later |= verdict == LATER && !pass->first;
    }
    close_page(&page);
}

/* libc's parts call each other without being asked to; libpthread was one of its own before glibc 2.34. A library
 * that defines one of the functions (libstdc++ the guards, another interposer) is no such part. */
static bool is_of_libc(const struct redirect_object *o, const char *path)
{
    const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
    return redirect_object_holds(o, (uint64_t)libc_inside(), 1) || strncmp(name, "libpthread", 10) == 0;
}

/* Ourselves, the vDSO, ld.so and libc. */
static bool is_exempt(const struct redirect_object *o, const char *path)
{
    if (redirect_object_holds(o, (uint64_t)redirect_start, 1))
        return true;
    if (crumple_config && crumple_config->r_debug &&
        o->bias == ((const struct r_debug *)crumple_config->r_debug)->r_ldbase)
        return true;
    if (crumple_config && crumple_config->vdso && redirect_object_holds(o, crumple_config->vdso, 1))
        return true;
    return is_of_libc(o, path);
}

static int treat(struct dl_phdr_info *info, size_t size, void *argument)
{
    struct pass *pass = argument;
    struct redirect_object o;
    (void)size;
    pass->adds = info->dlpi_adds;
    pass->subs = info->dlpi_subs;
    if (redirect_object_read(&o, info->dlpi_addr, info->dlpi_phdr, info->dlpi_phnum) &&
        !is_exempt(&o, info->dlpi_name ? info->dlpi_name : "")) {
        redirect_table(&o, &o.plt, pass);
        redirect_table(&o, &o.data, pass);
    }
    return 0;
}

/* One callback only: the counters are the same for all objects. */
static int count(struct dl_phdr_info *info, size_t size, void *argument)
{
    struct pass *pass = argument;
    (void)size;
    pass->adds = info->dlpi_adds;
    pass->subs = info->dlpi_subs;
    return 1;
}

/* With the lock. All objects, each time: an entry that leads to its hook is left as it is, and one that a
 * lazy binding on another thread has taken back at the very moment is found by the next pass. */
static void treat_all(struct pass *pass)
{
    pass->patient = waited < LATER_MAX;
    dl_iterate_phdr(treat, pass);
    pass->later &= pass->patient;
    if (safe_loading_note(!pass->later) || ++waited > LATER_MAX) {
        waited = 0;
        __atomic_store_n(&seen_adds, pass->adds, __ATOMIC_RELAXED);
        __atomic_store_n(&seen_subs, pass->subs, __ATOMIC_RELAXED);
    }
}

size_t redirect_start(const struct redirect *rows, size_t row_total)
{
    struct pass pass = {.first = true};
    int saved = errno;
    if (!loader_hold_list())
        return 0;
    memset(slots, 0, sizeof slots);
    for (size_t i = 0; i < row_total && i < REDIRECT_ROWS_MAX; i++) {
        uint32_t at = hash_of(rows[i].name) % SLOTS;
        if (!*rows[i].real)
            continue;
        while (slots[at])
            at = (at + 1) % SLOTS;
        slots[at] = &rows[i];
    }
    treat_all(&pass);
    loader_leave_list();
    errno = saved;
    return pass.taken;
}

bool redirect_again(void)
{
    struct pass pass = {.first = false};
    int saved = errno;
    if (!loader_hold_list())
        return false;
    dl_iterate_phdr(count, &pass);
    bool changed = pass.adds != __atomic_load_n(&seen_adds, __ATOMIC_RELAXED) ||
                   pass.subs != __atomic_load_n(&seen_subs, __ATOMIC_RELAXED);
    if (changed)
        treat_all(&pass);
    loader_leave_list();
    errno = saved;
    return changed;
}

size_t redirect_missed(void)
{
    return __atomic_load_n(&missed, __ATOMIC_RELAXED);
}
