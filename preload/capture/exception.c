/* SPDX-License-Identifier: MIT */
/* Safe file: runs in the helper process, and in threads that call abort() or throw. See capture/exception.h.
 */
#include "capture/exception.h"

#include "capture/exception_globals.h"
#include "base/io.h"
#include "proc/symbols.h"
#include "base/sys.h"
#include "base/text.h"

#define GNU_CXX UINT64_C(0x474e5543432b2b00) /* "GNUCC++\0"; ...\1: a dependent exception */

/* Offsets in libstdc++'s __cxa_exception, back from the unwinder's header: the members before it are ten
 * words; the first one is the type. */
#define TYPE_BEFORE (10 * 8)
#define HEADER      32 /* bytes of the unwinder's header: the object lies behind it */

#define DEPTH_MAX 16  /* of a class's bases */
#define BASES_MAX 16  /* of one class */
#define LOOKS_MAX 128 /* at bases altogether: memory that is no class may look like an endless one */
#define TOLD      4   /* threads that abort at once */

static struct {
    _Atomic int tid, ready;
    uint64_t object;
    char what[SAFE_EXCEPTION_BYTES];
} told[TOLD];

static uint64_t word_at(uint64_t address)
{
    uint64_t word = 0;
    return address && safe_peek_memory(address, &word, sizeof word) == 0 ? word : 0;
}

static bool is_text(const char *a, const char *b)
{
    while (*a && *a == *b) {
        a++;
        b++;
    }
    return *a == *b;
}

/* The name in a std::type_info; '*' marks one that is compared by address. */
static bool type_is(uint64_t info, const char *name)
{
    char text[48];
    uint64_t at = word_at(info + 8);
    return at && safe_peek_string(at, text, sizeof text) > 0 &&
           is_text(text[0] == '*' ? text + 1 : text, name);
}

/* The kind of a std::type_info is the type of the type_info itself, found before its vtable. By name: every
 * copy of libstdc++ has its own. */
static bool kind_is(uint64_t info, const char *name)
{
    uint64_t vtable = word_at(info);
    return vtable && type_is(word_at(vtable - 8), name);
}

/* Where std::exception, and the bases that hold a text, lie in an object. */
struct bases {
    uint64_t exception, with_text;
    int looks;
    bool is_ambiguous;
};

static void note_base(uint64_t *place, uint64_t object, bool *is_ambiguous)
{
    if (*place && *place != object)
        *is_ambiguous = true;
    *place = object;
}

static void find_bases(uint64_t info, uint64_t object, int depth, struct bases *b);

/* __vmi_class_type_info: flags, number of bases, and of each its type and where it lies. */
static void find_many(uint64_t info, uint64_t object, int depth, struct bases *b)
{
    uint64_t count = word_at(info + 16) >> 32;
    for (uint64_t i = 0; i < count && i < BASES_MAX; i++) {
        uint64_t type = word_at(info + 24 + i * 16), flags = word_at(info + 32 + i * 16);
        int64_t offset = (int64_t)flags >> 8;
        if (!(flags & 2)) /* not public: no handler for std::exception would take it */
            continue;
        if (flags & 1) /* virtual: the vtable knows the offset */
            offset = (int64_t)word_at(word_at(object) + (uint64_t)offset);
        find_bases(type, object + (uint64_t)offset, depth + 1, b);
    }
}

static void find_bases(uint64_t info, uint64_t object, int depth, struct bases *b)
{
    if (!info || depth == DEPTH_MAX || ++b->looks > LOOKS_MAX)
        return;
    if (type_is(info, "St9exception"))
        note_base(&b->exception, object, &b->is_ambiguous);
    if (type_is(info, "St11logic_error") || type_is(info, "St13runtime_error"))
        note_base(&b->with_text, object, &b->is_ambiguous);
    if (kind_is(info, "N10__cxxabiv120__si_class_type_infoE"))
        find_bases(word_at(info + 16), object, depth + 1, b);
    else if (kind_is(info, "N10__cxxabiv121__vmi_class_type_infoE"))
        find_many(info, object, depth, b);
}

/* Whether what() is still that of the library, which returns the text that the object holds. */
static bool has_plain_what(uint64_t object)
{
    uint64_t what = word_at(word_at(object) + 16);
    struct safe_object o;
    for (bool more = what && safe_symbols_first(&o); more; more = safe_symbols_next(&o))
        if (safe_symbols_find(&o, "_ZNKSt13runtime_error4whatEv", NULL) == what ||
            safe_symbols_find(&o, "_ZNKSt11logic_error4whatEv", NULL) == what)
            return true;
    return false;
}

bool safe_exception_is_gnu(uint64_t class)
{
    return (class & ~UINT64_C(1)) == GNU_CXX;
}

void safe_exception_read(uint64_t header, struct safe_exception *ret)
{
    uint64_t info = word_at(header - TYPE_BEFORE);
    char text[SAFE_EXCEPTION_BYTES] = "";
    struct bases b = {0, 0, 0, false};
    safe_zero(ret, sizeof *ret);
    ret->header = header;
    ret->object = header + HEADER;
    if (word_at(header) & 1) { /* std::rethrow_exception: the first word leads to the object */
        ret->object = info;
        info = word_at(info - HEADER - TYPE_BEFORE);
    }
    uint64_t name = word_at(info + 8);
    if (!info || !name || safe_peek_string(name, text, sizeof text) <= 0)
        return;
    safe_text_copy(ret->type, sizeof ret->type, text[0] == '*' ? text + 1 : text);
    find_bases(info, ret->object, 0, &b);
    if (b.is_ambiguous || !b.exception)
        return;
    ret->standard = b.exception;
    if (b.with_text && has_plain_what(b.with_text)) {
        uint64_t at = word_at(b.with_text + 8); /* behind the vtable: a string that is shared */
        text[0] = '\0';
        if (at && safe_peek_string(at, text, sizeof text) > 0)
            safe_text_copy(ret->what, sizeof ret->what, text);
    }
}

bool safe_exception_find(uint64_t fs_base, struct safe_exception *ret)
{
    struct safe_object o;
    for (bool more = fs_base && safe_symbols_first(&o); more; more = safe_symbols_next(&o)) {
        uint64_t function = safe_symbols_find(&o, "__cxa_get_globals_fast", NULL);
        uint64_t globals = function ? safe_exception_globals(function, fs_base) : 0;
        uint64_t caught = globals ? word_at(globals) : 0;
        if (!caught || !safe_exception_is_gnu(word_at(caught + TYPE_BEFORE)))
            continue;
        safe_exception_read(caught + TYPE_BEFORE, ret);
        if (ret->type[0])
            return true;
    }
    return false;
}

void safe_exception_tell(const struct safe_exception *e, const char *what)
{
    int tid = safe_gettid();
    for (int i = 0; i < TOLD; i++) {
        int free = 0;
        if (__atomic_load_n(&told[i].tid, __ATOMIC_ACQUIRE) != tid &&
            !__atomic_compare_exchange_n(&told[i].tid, &free, tid, false, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE))
            continue;
        __atomic_store_n(&told[i].ready, 0, __ATOMIC_RELEASE);
        told[i].object = e->object;
        safe_text_copy(told[i].what, sizeof told[i].what, what);
        __atomic_store_n(&told[i].ready, 1, __ATOMIC_RELEASE);
        return;
    }
}

void safe_exception_recall(int tid, struct safe_exception *e)
{
    for (int i = 0; i < TOLD && !e->what[0]; i++)
        if (__atomic_load_n(&told[i].tid, __ATOMIC_ACQUIRE) == tid &&
            __atomic_load_n(&told[i].ready, __ATOMIC_ACQUIRE) && told[i].object == e->object)
            safe_text_copy(e->what, sizeof e->what, told[i].what);
}
