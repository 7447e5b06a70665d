/* SPDX-License-Identifier: MIT */
/*
 * See routines/table.h. The table is open-addressed: a key's entry lies at its hash, or behind it before the
 * first entry nobody has claimed. Readers take no lock; a thread that adds one claims an entry, fills it and
 * publishes it by its key.
 */
#include "routines/table.h"

#include <string.h>
#include <sys/mman.h>

#include "routines/symbols.h"
#include "routines/wakers.h"
#include "itanium.h"
#include "base/io.h"
#include "base/sys.h"
#include "base/text.h"

#define NAME_BYTES       200 /* longest of one name */
#define YIELDS           1000 /* for an entry that is being filled: the claimant may be gone, in a forked child */
#define STATE_WORDS      9 /* of a std::thread's state that are looked at: its vtable, then the callable */
#define TYPE_BYTES       512
#define FUNCTION_ALIGNED 16 /* what compilers align functions to: in a stripped file they have no symbols */
#define NATIVE           "execute_native_thread_routine"
#define LIBCXX_PROXY     "_ZNSt3__114__thread_proxy"

static _Atomic uint32_t
    routine_count; /* only grows; a full table is not searched for names again and again */

int routines_prepare(void)
{
    long p = safe_call(SYS_mmap, 0, ROUTINES_MAX * sizeof *safe_routines, PROT_READ | PROT_WRITE,
                       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (safe_is_error(p))
        return (int)p;
    safe_routines = (struct safe_routine *)p;
    routine_count = 0;
    return 0;
}

static uint32_t slot_of(uint64_t key)
{
    return (uint32_t)((key >> 2) * UINT64_C(0x9e3779b97f4a7c15) >> 32) % ROUTINES_MAX;
}

/* An entry is that of a key and, where its callable is a pointer to a function, of this function. */
static bool is_same(const struct safe_routine *r, uint64_t key, const uint64_t *state)
{
    if (r->key != key)
        return false;
    return !r->function_at || (state && state[r->function_at] == r->function);
}

/* state: the words of a std::thread's state, NULL for a plain routine. */
static struct safe_routine *find(uint64_t key, const uint64_t *state)
{
    uint32_t at = slot_of(key);
    for (uint32_t i = 0; i < ROUTINES_MAX; i++, at = (at + 1) % ROUTINES_MAX) {
        struct safe_routine *r = &safe_routines[at];
        if (!__atomic_load_n(&r->claimed, __ATOMIC_ACQUIRE))
            return NULL;
        if (__atomic_load_n(&r->key, __ATOMIC_ACQUIRE) && is_same(r, key, state))
            return r;
    }
    return NULL;
}

static bool wait_for(struct safe_routine *r)
{
    int i = 0;
    for (; i < YIELDS && !__atomic_load_n(&r->key, __ATOMIC_ACQUIRE); i++)
        safe_call(SYS_sched_yield);
    return i < YIELDS;
}

/* Two threads that add the same meet at the same entry: the later one waits for it, and takes it. */
static struct safe_routine *add(const struct safe_routine *new, const uint64_t *state)
{
    uint64_t key = new->key;
    uint32_t at = slot_of(key);
    for (uint32_t i = 0; i < ROUTINES_MAX; i++, at = (at + 1) % ROUTINES_MAX) {
        struct safe_routine *r = &safe_routines[at];
        uint8_t free = 0;
        if (__atomic_compare_exchange_n(&r->claimed, &free, 1, false, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE)) {
            r->is_std_thread = new->is_std_thread;
            r->holds_state = new->holds_state;
            r->function_at = new->function_at;
            r->function = new->function;
            r->callable_at = new->callable_at;
            r->of = new->of;
            r->wakes = new->wakes;
            memcpy(r->names, new->names, sizeof r->names);
            __atomic_store_n(&r->key, key, __ATOMIC_RELEASE);
            __atomic_fetch_add(&routine_count, 1, __ATOMIC_RELAXED);
            return r;
        }
        if (wait_for(r) && is_same(r, key, state))
            return r;
    }
    return NULL;
}

/* Adds a name, cleaned, unless it is there already or does not fit as a whole. */
static void add_name(struct safe_routine *r, const char *name)
{
    char clean[NAME_BYTES + 1];
    struct safe_text t = safe_text_on(clean, sizeof clean);
    safe_text_add_clean(&t, name, strnlen(name, NAME_BYTES));
    char *p = r->names;
    for (; *p; p += strlen(p) + 1)
        if (strcmp(p, clean) == 0)
            return;
    if (t.used && (size_t)(p - r->names) + t.used + 2 <= sizeof r->names)
        memcpy(p, clean, t.used + 1); /* what follows is zero: the empty name that ends the list */
}

/* 'module+0xOFFSET'; for code of no file its address. */
static void add_offset(struct safe_routine *r, const struct routines_place *place)
{
    char text[NAME_BYTES];
    struct safe_text t = safe_text_on(text, sizeof text);
    safe_text_add(&t, place->module);
    if (t.used)
        safe_text_add(&t, "+");
    safe_text_add_hex(&t, place->offset);
    add_name(r, text);
}

/* Demangled names first: the first one is shown to people. The offset, the only sure name, before more
 * symbols of the same place. */
static void add_place(struct safe_routine *r, const struct routines_place *place)
{
    char text[NAME_BYTES];
    for (uint32_t i = 0; i < place->symbols; i++) {
        if (itanium_name(place->symbol[i], text, sizeof text))
            add_name(r, text);
        add_name(r, place->symbol[i]);
        if (i == 0)
            add_offset(r, place);
    }
    add_offset(r, place);
}

static bool has_symbol(const struct routines_place *place, const char *prefix)
{
    for (uint32_t i = 0; i < place->symbols; i++)
        if (strncmp(place->symbol[i], prefix, strlen(prefix)) == 0)
            return true;
    return false;
}

/* In the shared libstdc++ the one routine of std::thread has no symbol; nothing else in it is a start
 * routine. Linked statically it is known by its name. */
static void describe_plain(struct safe_routine *r, struct routines_map *map)
{
    struct routines_place place;
    routines_place(map, r->key, &place);
    r->holds_state = strncmp(place.module, "libstdc++.so", 12) == 0 || has_symbol(&place, NATIVE);
    r->is_std_thread = r->holds_state || has_symbol(&place, LIBCXX_PROXY);
    add_place(r, &place);
}

/* The words at the argument. They may be fewer, and lie at the end of a mapping; the others are 0. */
static bool read_words(void *argument, uint64_t words[STATE_WORDS])
{
    memset(words, 0, STATE_WORDS * sizeof *words);
    for (size_t n = STATE_WORDS; n >= 2; n /= 2)
        if (safe_read_memory((uint64_t)argument, words, n * sizeof *words) == 0)
            return true;
    return false;
}

/* The name in the type_info of an object: vtable[-1] is the type_info, whose second word is the name. */
static bool read_type(uint64_t vtable, char *type)
{
    uint64_t info, name;
    return safe_read_memory(vtable - sizeof info, &info, sizeof info) == 0 &&
           safe_read_memory(info + sizeof name, &name, sizeof name) == 0 &&
           safe_read_string(name, type, TYPE_BYTES) > 0;
}

/*
 * A callable that is a pointer to a function says nothing by its type. The function is among the words of the
 * state, somewhere behind the arguments (std::tuple lays out its elements in reverse): the first word that is
 * the address of a function, or else of any code.
 */
static void find_function(struct safe_routine *r, struct routines_map *map, const uint64_t *state)
{
    struct routines_place place;
    uint8_t code_at = 0;
    uint8_t i = 1;
    for (; i < STATE_WORDS; i++) {
        const struct safe_map *m = safe_maps_find(&map->maps, state[i]);
        if (!m || !m->executable)
            continue;
        routines_place(map, state[i], &place);
        if (place.symbols)
            break;
        code_at = code_at ? code_at : i;
    }
    if (i == STATE_WORDS) {
        if (!code_at)
            return;
        i = code_at;
        routines_place(map, state[i], &place);
    }
    r->function_at = i;
    r->function = state[i];
    add_place(r, &place);
}

/* What cannot be read, or is of another library's making, is a std::thread all the same. */
static void describe_callable(struct safe_routine *r, struct routines_map *map, const uint64_t *state)
{
    char type[TYPE_BYTES], mangled[TYPE_BYTES], text[TYPE_BYTES];
    r->is_std_thread = true;
    if (!read_type(r->key, type)) {
        add_name(r, "std::thread");
    } else if (!itanium_callable(type, mangled, text, sizeof text)) {
        add_name(r, type);
    } else {
        if (mangled[0] == 'P' || mangled[0] == 'M')
            find_function(r, map, state);
        add_name(r, text);
        add_name(r, mangled);
    }
}

/* Closures have code of no file, and each is another one. */
static bool is_function(struct routines_map *map, uint64_t address, struct routines_place *ret_place)
{
    const struct safe_map *m = safe_maps_find(&map->maps, address);
    if (!m || !m->executable)
        return false;
    routines_place(map, address, ret_place);
    return ret_place->module[0] && (ret_place->symbols || address % FUNCTION_ALIGNED == 0);
}

/*
 * A wrapper (GLib's, APR's, a server's own) is the routine of all threads; its argument leads to what the thread is for.
 * The first word that is a function's address counts. Whether the routine calls it is not looked at.
 */
static void find_callable(struct safe_routine *r, struct routines_map *map, const uint64_t *words)
{
    struct routines_place place;
    for (uint8_t i = 0; i < STATE_WORDS && !r->callable_at; i++)
        if (is_function(map, words[i], &place))
            r->callable_at = i + 1;
}

/* The function of a std::thread's state that runs the callable: the third one of its vtable, behind two destructors. */
static uint64_t run_of(uint64_t vtable)
{
    uint64_t run = 0;
    (void)safe_read_memory(vtable + 2 * sizeof run, &run, sizeof run);
    return run;
}

/* Looks up what is not in the table, and adds it. NULL: the table is full. Not inlined: its stack is needed
 * once for each routine. */
__attribute__((noinline)) static struct safe_routine *learn(uint64_t key, const uint64_t *state,
                                                            void *argument)
{
    uint64_t words[STATE_WORDS];
    struct safe_routine new;
    struct routines_map map;
    if (__atomic_load_n(&routine_count, __ATOMIC_RELAXED) >= ROUTINES_MAX)
        return NULL;
    memset(&new, 0, sizeof new);
    new.key = key;
    if (routines_map_open(&map) == 0) {
        if (state)
            describe_callable(&new, &map, state);
        else
            describe_plain(&new, &map);
        if (!new.is_std_thread && read_words(argument, words))
            find_callable(&new, &map, words);
        new.wakes = routines_wakes(&map, state ? run_of(key) : key) ||
                    (new.function &&routines_wakes(&map, new.function));
        routines_map_close(&map);
    }
    return add(&new, state);
}

/* The same for a function that this wrapper is to call. A word that is none now was none before. */
__attribute__((noinline)) static struct safe_routine *learn_callable(struct safe_routine *wrapper,
                                                                     uint64_t key, uint64_t function)
{
    struct safe_routine new;
    struct routines_map map;
    struct routines_place place;
    if (__atomic_load_n(&routine_count, __ATOMIC_RELAXED) >= ROUTINES_MAX || routines_map_open(&map) < 0)
        return NULL;
    memset(&new, 0, sizeof new);
    new.key = key;
    new.of = (uint16_t)(wrapper - safe_routines + 1);
    routines_place(&map, wrapper->key, &place);
    add_place(&new, &place);
    bool is_one = is_function(&map, function, &place);
    if (is_one) {
        add_place(&new, &place);
        new.wakes = wrapper->wakes || routines_wakes(&map, function);
    } else {
        __atomic_store_n(&wrapper->callable_at, 0, __ATOMIC_RELAXED);
    }
    routines_map_close(&map);
    return is_one ? add(&new, NULL) : NULL;
}

static struct safe_routine *find_wrapped(struct safe_routine *wrapper, uint64_t function)
{
    uint64_t key =
        (wrapper->key ^ (function * UINT64_C(0x9e3779b97f4a7c15))) | 1; /* no routine's: those are even */
    struct safe_routine *callable = find(key, NULL);
    return callable ? callable : learn_callable(wrapper, key, function);
}

uint16_t routines_find(void *(*routine)(void *), void *argument)
{
    uint64_t state[STATE_WORDS];
    struct safe_routine *callable = NULL;
    if (!safe_routines || !routine)
        return 0;
    struct safe_routine *r = find((uint64_t)routine, NULL);
    if (!r)
        r = learn((uint64_t)routine, NULL, argument);
    uint8_t at = r ? __atomic_load_n(&r->callable_at, __ATOMIC_RELAXED) : 0;
    if (r && r->holds_state && read_words(argument, state) && state[0]) {
        callable = find(state[0], state);
        if (!callable)
            callable = learn(state[0], state, NULL);
    } else if (at && read_words(argument, state)) {
        callable = find_wrapped(r, state[at - 1]);
    }
    r = callable ? callable : r;
    return r ? (uint16_t)(r - safe_routines + 1) : 0;
}
