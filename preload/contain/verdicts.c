/* SPDX-License-Identifier: MIT */
/* Safe file: runs in a faulting thread, with the claim. See contain/verdicts.h. */
#include "contain/verdicts.h"

#include <stddef.h>

#include "track/code_ranges.h"
#include "proc/loading.h"
#include "base/text.h"

#define STACK_MAX UINT64_C(65536)
#define SLOTS     128u

static struct safe_verdict verdict[SLOTS];
static uint32_t known_generation;

static bool is_code(uint64_t word, uint64_t low, uint64_t high)
{
    if (word < low || word >= high)
        return false;
    for (uint32_t i = 0; i < safe_code.count; i++)
        if (word >= safe_code.range[i].start && word < safe_code.range[i].end)
            return true;
    return false;
}

/* FNV-1a over words, with a final mix. */
static uint64_t add(uint64_t hash, uint64_t word)
{
    hash = (hash ^ word) * UINT64_C(0x100000001b3);
    return hash ^ hash >> 29;
}

uint64_t safe_verdicts_hash(const ucontext_t *uc, uint64_t high, unsigned salt)
{
    uint64_t sp = (uint64_t)uc->uc_mcontext.gregs[REG_RSP] & ~UINT64_C(7);
    uint64_t hash = UINT64_C(0xcbf29ce484222325), low = UINT64_MAX, top = 0;
    uint32_t generation = __atomic_load_n(&safe_code.generation, __ATOMIC_ACQUIRE);

    if (!generation || (generation & 1) || sp >= high || high - sp > STACK_MAX ||
        safe_code.fingerprint != safe_loading_fingerprint())
        return 0;
    for (uint32_t i = 0; i < safe_code.count; i++) {
        low = safe_code.range[i].start < low ? safe_code.range[i].start : low;
        top = safe_code.range[i].end > top ? safe_code.range[i].end : top;
    }
    hash = add(add(hash, salt), (uint64_t)uc->uc_mcontext.gregs[REG_RIP]);
    for (const uint64_t *word = (const uint64_t *)sp; word < (const uint64_t *)high; word++)
        if (is_code(*word, low, top))
            hash = add(hash, *word);
    if (generation != __atomic_load_n(&safe_code.generation, __ATOMIC_ACQUIRE))
        return 0;
    return hash ? hash : 1;
}

static void forget_stale(void)
{
    uint32_t generation = __atomic_load_n(&safe_code.generation, __ATOMIC_ACQUIRE);
    if (generation == known_generation)
        return;
    known_generation = generation;
    for (uint32_t i = 0; i < SLOTS; i++)
        verdict[i].hash = 0;
}

struct safe_verdict *safe_verdicts_find(uint64_t hash)
{
    forget_stale();
    for (uint32_t i = 0; hash && i < 4; i++)
        if (verdict[(hash + i) % SLOTS].hash == hash)
            return &verdict[(hash + i) % SLOTS];
    return NULL;
}

struct safe_verdict *safe_verdicts_add(uint64_t hash)
{
    struct safe_verdict *place = &verdict[hash % SLOTS];
    for (uint32_t i = 0; i < 4 && place->hash; i++)
        place = &verdict[(hash + i) % SLOTS];
    safe_zero(place, sizeof *place);
    place->hash = hash;
    return place;
}
