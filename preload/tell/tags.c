/* SPDX-License-Identifier: MIT */
/* Safe file: runs in the hooks of crumple.h; reading also in the helper. See tell/tags.h. */
#include "tell/tags.h"

#include <errno.h>

#define NOWHERE     SAFE_TAGS_MAX
#define REFUSED_MAX 64 /* calls, then whoever was at work has left it by a jump */

__thread struct safe_tags *safe_tags_own;

/*
 * A signal handler that comes in the midst of a change finds the table busy, and is refused. If it leaves by siglongjmp,
 * nobody ends the change: the mark lasts for so many calls.
 */
static bool begin(struct safe_tags *tags)
{
    if (__builtin_expect(__atomic_load_n(&tags->is_busy, __ATOMIC_RELAXED), 0) &&
        ++tags->refused < REFUSED_MAX)
        return false;
    __atomic_store_n(&tags->is_busy, true, __ATOMIC_RELAXED);
    __atomic_signal_fence(__ATOMIC_SEQ_CST);
    return true;
}

static int end(struct safe_tags *tags, int error)
{
    tags->refused = 0;
    __atomic_store_n(&tags->is_busy, false, __ATOMIC_RELEASE);
    return error;
}

void safe_tags_settle(struct safe_tags *tags)
{
    (void)end(tags, 0);
}

static bool is_named(const struct safe_tag *tag, const char *name)
{
    const char *own = tag->name;
    for (; *own && *own == *name; own++)
        name++;
    return *own == *name;
}

/* The visible tag of that name, or NOWHERE. */
static uint32_t find(const struct safe_tags *tags, const char *name)
{
    uint32_t found = NOWHERE;
    uint8_t level = 0;
    if (tags->latest < tags->used && tags->tag[tags->latest].level &&
        is_named(&tags->tag[tags->latest], name))
        return tags->latest;
    for (uint32_t i = 0; i < tags->used; i++)
        if (tags->tag[i].level > level && is_named(&tags->tag[i], name)) {
            found = i;
            level = tags->tag[i].level;
        }
    return found;
}

static bool is_name(const char *name)
{
    uint32_t n = 0;
    for (; name[n]; n++) {
        const char c = name[n];
        const bool is_letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
        if (n == SAFE_TAG_NAME_BYTES - 1 || !(is_letter || c == '_' || (c >= '-' && c <= '/') || c == ':'))
            return false;
    }
    return n > 0;
}

uint8_t safe_tags_depth(const struct safe_tags *tags)
{
    uint8_t depth = 0;
    for (uint32_t i = 0; i < tags->used; i++)
        if (tags->tag[i].level && tags->tag[i].depth > depth)
            depth = tags->tag[i].depth;
    return depth;
}

/* Eight bytes at once: the text was composed with as much room as there is here. Not by vector registers: they would keep a
 * secret, and are in a core. */
static void copy_value(char *to, const char *from)
{
    for (size_t i = 0; i < SAFE_TAG_VALUE_BYTES; i += sizeof(uint64_t)) {
        uint64_t word;
        __builtin_memcpy(&word, from + i, sizeof word);
        __asm__ volatile("" : "+r"(word));
        __builtin_memcpy(to + i, &word, sizeof word);
    }
}

static int add(struct safe_tags *tags, const char *name, bool is_secret, const char *value, uint8_t level,
               bool push)
{
    uint32_t at = 0, n = 0;
    if (!is_name(name))
        return -EINVAL;
    while (at < tags->used && tags->tag[at].level)
        at++;
    if (at == SAFE_TAGS_MAX || level == UINT8_MAX)
        return -ENOSPC;
    struct safe_tag *tag = &tags->tag[at];
    const uint32_t turns = tag->turns + 2; /* who reads the former tag here sees that it has changed */
    __atomic_store_n(&tag->turns, turns, __ATOMIC_RELEASE);
    __atomic_thread_fence(__ATOMIC_RELEASE);
    for (; name[n]; n++)
        tag->name[n] = name[n];
    tag->name[n] = '\0';
    copy_value(tag->value[turns % 2], value);
    tag->is_secret = is_secret;
    tag->depth = push ? (uint8_t)(safe_tags_depth(tags) + 1) : 0;
    tags->used = tags->used > at ? tags->used : at + 1;
    tags->latest = at;
    __atomic_store_n(&tag->level, level, __ATOMIC_RELEASE);
    return 0;
}

int safe_tags_set(struct safe_tags *tags, const char *name, const char *value, bool push)
{
    const bool is_secret = *name == '!';
    name += is_secret;
    if (!begin(tags))
        return -EAGAIN;
    const uint32_t at = find(tags, name);
    if (at == NOWHERE || push) {
        const uint8_t below = at == NOWHERE ? 0 : tags->tag[at].level;
        const bool was_secret = at != NOWHERE && tags->tag[at].is_secret;
        return end(tags, add(tags, name, is_secret || was_secret, value, (uint8_t)(below + 1), push));
    }
    struct safe_tag *tag = &tags->tag[at];
    const uint32_t turns = tag->turns + 1;
    /* What a reader still copies is the other value, unless it has slept over a whole turn: it looks at 'turns' again. */
    copy_value(tag->value[turns % 2], value);
    tag->is_secret |= is_secret;
    __atomic_store_n(&tag->turns, turns, __ATOMIC_RELEASE);
    tags->latest = at;
    return end(tags, 0);
}

static int take_away(struct safe_tags *tags, const char *name, bool only_pushed)
{
    name += *name == '!';
    if (!begin(tags))
        return -EAGAIN;
    const uint32_t at = find(tags, name);
    if (at == NOWHERE || (only_pushed && !tags->tag[at].depth))
        return end(tags, -ENOENT);
    __atomic_store_n(&tags->tag[at].level, 0, __ATOMIC_RELEASE);
    tags->latest = NOWHERE;
    return end(tags, 0);
}

int safe_tags_pop(struct safe_tags *tags, const char *name)
{
    return take_away(tags, name, true);
}

int safe_tags_remove(struct safe_tags *tags, const char *name)
{
    return take_away(tags, name, false);
}

void safe_tags_unwind(struct safe_tags *tags, uint8_t depth)
{
    for (uint32_t i = 0; i < tags->used; i++)
        if (tags->tag[i].depth > depth)
            __atomic_store_n(&tags->tag[i].level, 0, __ATOMIC_RELEASE);
    tags->latest = NOWHERE;
    (void)end(tags, 0);
}

void safe_tags_clear(struct safe_tags *tags)
{
    for (uint32_t i = 0; i < SAFE_TAGS_MAX; i++)
        __atomic_store_n(&tags->tag[i].level, 0, __ATOMIC_RELEASE);
    tags->latest = NOWHERE;
    tags->used = 0;
    end(tags, 0);
}

static bool is_hidden(const struct safe_tags *tags, const struct safe_tag *tag)
{
    for (uint32_t i = 0; i < SAFE_TAGS_MAX; i++)
        if (__atomic_load_n(&tags->tag[i].level, __ATOMIC_ACQUIRE) > tag->level &&
            is_named(&tags->tag[i], tag->name))
            return true;
    return false;
}

bool safe_tags_read(const struct safe_tags *tags, uint32_t at, struct safe_tag *ret)
{
    const struct safe_tag *tag = &tags->tag[at];
    const uint8_t level = __atomic_load_n(&tag->level, __ATOMIC_ACQUIRE);
    for (int try = 0; level && try < 3; try++) {
        const uint32_t turns = __atomic_load_n(&tag->turns, __ATOMIC_ACQUIRE);
        __builtin_memcpy(ret, tag, sizeof *ret);
        if (turns % 2)
            copy_value(ret->value[0], tag->value[1]);
        ret->name[sizeof ret->name - 1] = ret->value[0][SAFE_TAG_VALUE_BYTES - 1] = '\0';
        ret->level = level;
        __atomic_thread_fence(__ATOMIC_ACQUIRE);
        if (__atomic_load_n(&tag->turns, __ATOMIC_RELAXED) == turns &&
            __atomic_load_n(&tag->level, __ATOMIC_RELAXED) == level)
            return !is_hidden(tags, ret);
    }
    return false;
}
