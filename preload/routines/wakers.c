/* SPDX-License-Identifier: MIT */
/*
 * See routines/wakers.h. No decoder: bytes that look like a call count only if they lead exactly to the stub of such a
 * function or to the first byte of another one, which accidental bytes do not. A stub is what GNU ld, gold and
 * lld make of a call into another object (System V ABI for x86-64, section 5.2): [endbr64] [bnd] jmp *slot(%rip).
 */
#include "routines/wakers.h"

#include <link.h>
#include <string.h>

#include "libc/calls/loader_locks.h"
#include "redirect/object.h"

#define CODE_BYTES  16384u /* of one function that are looked at */
#define CALLEES_MAX 64u
#define SLOTS_MAX   16u
#define CALL        0xe8
#define JUMP        0xe9
#define STUB_BYTES  11u /* endbr64, bnd, two of the instruction, four of its operand */

static const char *const wakers[] = {
    "pthread_cond_signal",
    "pthread_cond_broadcast",
    "cnd_signal",
    "cnd_broadcast",
    "_ZNSt18condition_variable10notify_oneEv",
    "_ZNSt18condition_variable10notify_allEv",
    "g_cond_signal",
    "g_cond_broadcast",
    "apr_thread_cond_signal",
    "apr_thread_cond_broadcast",
    "uv_cond_signal",
    "uv_cond_broadcast",
};

/* .eh_frame_hdr as linkers write it: a sorted table of pairs, both relative to its beginning (Linux Standard Base,
 * "Exception Frame Header"). */
struct function_table {
    uint8_t encodings[4];
    int32_t frames;
    uint32_t count;
    struct {
        int32_t start, entry;
    } function[];
};

struct search {
    uint64_t function; /* the routine */
    struct redirect_object object;
    const struct function_table *table;
    uint64_t slots[SLOTS_MAX]; /* the object's addresses of wakers */
    uint32_t slot_count, callee_count;
    uint64_t callees[CALLEES_MAX];
};

static void find_slots(struct search *s, const struct redirect_table *table)
{
    for (size_t i = 0; i < table->count && s->slot_count < SLOTS_MAX; i++) {
        const Elf64_Rela *rela = &table->rela[i];
        uint32_t type = ELF64_R_TYPE(rela->r_info);
        const char *name = type == R_X86_64_JUMP_SLOT || type == R_X86_64_GLOB_DAT
                               ? redirect_object_name(&s->object, ELF64_R_SYM(rela->r_info))
                               : NULL;
        for (size_t k = 0; name && k < sizeof wakers / sizeof *wakers; k++)
            if (strcmp(name, wakers[k]) == 0)
                s->slots[s->slot_count++] = s->object.bias + rela->r_offset;
    }
}

static const struct function_table *find_table(const struct redirect_object *o)
{
    static const uint8_t usual[4] = {1, 0x1b, 0x03, 0x3b};
    for (size_t i = 0; i < o->phdr_count; i++) {
        uint64_t at = o->bias + o->phdr[i].p_vaddr;
        const struct function_table *table = (const struct function_table *)at;
        if (o->phdr[i].p_type == PT_GNU_EH_FRAME && at % 4 == 0 &&
            redirect_object_holds(o, at, sizeof *table) &&
            memcmp(table->encodings, usual, sizeof usual) == 0 &&
            redirect_object_holds(o, at, sizeof *table + table->count * (uint64_t)sizeof *table->function))
            return table;
    }
    return NULL;
}

/* For dl_iterate_phdr: what ld.so has loaded is what it says. 1: the object is found. */
static int open_object(struct dl_phdr_info *info, size_t size, void *argument)
{
    struct search *s = argument;
    (void)size;
    s->object = (struct redirect_object){
        .bias = info->dlpi_addr, .phdr = info->dlpi_phdr, .phdr_count = info->dlpi_phnum};
    if (!redirect_object_runs(&s->object, s->function))
        return 0;
    if (!redirect_object_read(&s->object, info->dlpi_addr, info->dlpi_phdr, info->dlpi_phnum))
        return 1;
    find_slots(s, &s->object.plt);
    find_slots(s, &s->object.data);
    s->table = find_table(&s->object);
    return 1;
}

static uint64_t start_of(const struct function_table *table, uint32_t index)
{
    return index < table->count ? (uint64_t)table + (uint64_t)(int64_t)table->function[index].start : 0;
}

/* The bytes of the function that begins exactly there; 0: none does. */
static uint64_t length_of(const struct search *s, uint64_t function)
{
    uint32_t low = 0, high = s->table->count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (start_of(s->table, middle) < function)
            low = middle + 1;
        else
            high = middle;
    }
    if (start_of(s->table, low) != function)
        return 0;
    const uint64_t next = start_of(s->table, low + 1), left = redirect_object_code(&s->object, function);
    uint64_t length = next > function && next - function < CODE_BYTES ? next - function : CODE_BYTES;
    return length < left ? length : left;
}

/* An operand relative to the byte behind it. */
static uint64_t target_of(const uint8_t *operand)
{
    int32_t distance;
    memcpy(&distance, operand, sizeof distance);
    return (uint64_t)operand + sizeof distance + (uint64_t)(int64_t)distance;
}

static bool is_slot(const struct search *s, uint64_t address)
{
    for (uint32_t i = 0; i < s->slot_count; i++)
        if (s->slots[i] == address)
            return true;
    return false;
}

static bool is_stub(const struct search *s, uint64_t address)
{
    static const uint8_t endbr64[] = {0xf3, 0x0f, 0x1e, 0xfa};
    const uint8_t *stub = (const uint8_t *)address;
    if (!redirect_object_holds(&s->object, address, STUB_BYTES))
        return false;
    stub += memcmp(stub, endbr64, sizeof endbr64) == 0 ? sizeof endbr64 : 0;
    stub += stub[0] == 0xf2; /* bnd */
    return stub[0] == 0xff && stub[1] == 0x25 && is_slot(s, target_of(stub + 2));
}

/* Also notes whom the function calls, while there is room. */
static bool calls_waker(struct search *s, uint64_t function)
{
    const uint64_t length = length_of(s, function);
    for (uint64_t i = 0; i + 6 <= length; i++) {
        const uint8_t *byte = (const uint8_t *)function + i;
        if (byte[0] == 0xff && (byte[1] == 0x15 || byte[1] == 0x25) && is_slot(s, target_of(byte + 2)))
            return true; /* compiled with -fno-plt */
        uint64_t target = byte[0] == CALL || byte[0] == JUMP ? target_of(byte + 1) : function;
        if (target - function < length)
            continue;
        if (is_stub(s, target))
            return true;
        if (s->callee_count < CALLEES_MAX && length_of(s, target))
            s->callees[s->callee_count++] = target;
    }
    return false;
}

/* With the loader's lock: the object stays. */
static bool search(struct search *s)
{
    dl_iterate_phdr(open_object, s);
    if (!s->slot_count || !s->table)
        return false;
    bool wakes = calls_waker(s, s->function);
    const uint32_t direct = s->callee_count;
    s->callee_count = CALLEES_MAX; /* whom they call is not followed */
    for (uint32_t i = 0; i < direct && !wakes; i++)
        wakes = calls_waker(s, s->callees[i]);
    return wakes;
}

bool routines_wakes(struct routines_map *map, uint64_t function)
{
    size_t mark = map->scratch.used;
    struct search *s = safe_scratch_take(&map->scratch, sizeof *s);
    bool wakes = false;
    if (s && routines_is_whole(map, function) && loader_hold_list()) {
        memset(s, 0, sizeof *s); /* another look-up has used it */
        s->function = function;
        wakes = search(s);
        loader_leave_list();
    }
    map->scratch.used = mark;
    return wakes;
}
