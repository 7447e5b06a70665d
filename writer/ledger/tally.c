/* SPDX-License-Identifier: MIT */
#include "ledger/tally.h"

#include <errno.h>
#include <stdlib.h>

/* Most names of each label. Peers are what an attacker chooses; the others are what programs have in them. */
static const uint32_t limits[TALLY_LABELS] = {
    [TALLY_OF] = 32,   [TALLY_ACTION] = 16,  [TALLY_EXE] = 64,  [TALLY_SIGNAL] = 64, [TALLY_ROUTINE] = 128,
    [TALLY_PEER] = 20, [TALLY_REASON] = 128, [TALLY_SCOPE] = 8, [TALLY_TO] = 8,      [TALLY_HOW] = 16,
};

int tally_init(struct tally *tally)
{
    *tally = (struct tally){0};
    for (int label = 0; label < TALLY_LABELS; label++)
        if (names_init(&tally->labels[label], limits[label]) < 0)
            return -ENOMEM;
    if (names_init(&tally->things, UINT16_MAX) < 0 || names_init(&tally->keys, UINT32_MAX - 8) < 0 ||
        names_init(&tally->state_keys, UINT32_MAX - 8) < 0)
        return -ENOMEM;
    return live_init(&tally->live);
}

static struct tally_key key_of(struct tally *tally, const struct event_line *line)
{
    const struct span texts[TALLY_LABELS] = {
        [TALLY_OF] = line->event,
        [TALLY_ACTION] = line->action,
        [TALLY_EXE] = line->exe,
        [TALLY_SIGNAL] = line->signal,
        [TALLY_ROUTINE] = line->routine,
        [TALLY_PEER] = line->peer,
        [TALLY_REASON] = line->decision.bytes ? line->decision : line->reason,
        [TALLY_SCOPE] = line->scope,
        [TALLY_TO] = line->to,
        [TALLY_HOW] = line->how,
    };
    struct tally_key key;
    for (int label = 0; label < TALLY_LABELS; label++)
        key.names[label] = names_add(&tally->labels[label], texts[label]);
    return key;
}

static struct tally_entry *entry_of(struct tally *tally, const struct tally_key *key)
{
    uint32_t number = names_add(&tally->keys, (struct span){(const char *)key, sizeof *key});
    if (tally->keys.failed)
        return NULL;
    size_t index = number - (NAMES_OTHER + 1);
    if (index < tally->count)
        return &tally->entries[index];
    if (index >= tally->room) {
        size_t room = tally->room ? tally->room * 2 : 64;
        struct tally_entry *grown = realloc(tally->entries, room * sizeof *grown);
        if (!grown)
            return NULL;
        tally->entries = grown;
        tally->room = room;
    }
    tally->entries[tally->count] = (struct tally_entry){.key = *key, .last_us = -1};
    return &tally->entries[tally->count++];
}

static void count_line(struct tally *tally, const struct tally_key *key, const struct event_line *line)
{
    struct tally_entry *entry = entry_of(tally, key);
    if (!entry) {
        tally->failed = true;
        return;
    }
    entry->count += line->count;
    entry->suppressed += line->is_suppressed ? line->count : 0;
    entry->bundles += line->has_bundle;
    entry->sockets += line->sockets;
    entry->backlog_full += line->backlog_full;
    if (line->time_us > entry->last_us)
        entry->last_us = line->time_us;
}

static struct tally_state *state_of(struct tally *tally, const struct tally_state_key *key)
{
    uint32_t number = names_add(&tally->state_keys, (struct span){(const char *)key, sizeof *key});
    if (tally->state_keys.failed)
        return NULL;
    size_t index = number - (NAMES_OTHER + 1);
    if (index < tally->state_count)
        return &tally->states[index];
    if (index >= tally->state_room) {
        size_t room = tally->state_room ? tally->state_room * 2 : 64;
        struct tally_state *grown = realloc(tally->states, room * sizeof *grown);
        if (!grown)
            return NULL;
        tally->states = grown;
        tally->state_room = room;
    }
    tally->states[tally->state_count] = (struct tally_state){.key = *key, .time_us = -1};
    return &tally->states[tally->state_count++];
}

/* What kind of state an event changes; 0: none. */
static uint32_t state_kind(const struct event_line *line)
{
    if (span_is(line->event, "parked") || span_is(line->event, "unparked"))
        return TALLY_PARKED;
    if (span_is(line->event, "breaker"))
        return TALLY_BREAKER;
    return span_is(line->event, "contained") && line->sockets ? TALLY_SOCKETS : 0;
}

static void change_state(struct tally *tally, struct tally_state *state, const struct event_line *line)
{
    if (line->time_us > state->time_us)
        state->time_us = line->time_us;
    if (span_is(line->event, "unparked"))
        state->value -= state->value < line->count ? state->value : line->count;
    else if (state->key.kind == TALLY_PARKED || state->key.kind == TALLY_WOUNDED)
        state->value += line->count;
    else if (state->key.kind == TALLY_SOCKETS)
        state->value += line->sockets;
    else
        state->value = names_add(&tally->labels[TALLY_TO], line->to);
}

static void note_state(struct tally *tally, const struct tally_key *key, const struct event_line *line,
                       uint32_t kind)
{
    struct tally_state_key state_key;
    memset(&state_key, 0, sizeof state_key);
    state_key.pid = line->pid;
    state_key.kind = kind;
    state_key.exe = key->names[TALLY_EXE];
    if (kind == TALLY_BREAKER)
        state_key.scope = key->names[TALLY_SCOPE];
    if (kind == TALLY_BREAKER || kind == TALLY_PARKED)
        state_key.name = names_add(&tally->things, kind == TALLY_BREAKER ? line->name : line->routine);
    struct tally_state *state = state_of(tally, &state_key);
    if (state)
        change_state(tally, state, line);
    else
        tally->failed = true;
}

/* Only processes that still run have a state: an event of one that is gone changes nothing. */
static void note_states(struct tally *tally, const struct tally_key *key, const struct event_line *line)
{
    if (span_is(line->event, "crash") || span_is(line->event, "escalated") || span_is(line->event, "exit") ||
        span_is(line->event, "died")) {
        live_end(&tally->live, line->pid, line->time_us);
        return;
    }
    const uint32_t kind = state_kind(line);
    const bool is_wound = span_is(line->event, "contained") && span_is(line->action, "contain");
    if ((!kind && !is_wound) || !live_holds(&tally->live, line->pid, line->time_us))
        return;
    if (kind)
        note_state(tally, key, line, kind);
    if (is_wound)
        note_state(tally, key, line, TALLY_WOUNDED);
}

void tally_add(struct tally *tally, const struct event_line *line)
{
    struct tally_key key = key_of(tally, line);
    count_line(tally, &key, line);
    note_states(tally, &key, line);
}

void tally_reset_counts(struct tally *tally)
{
    for (size_t i = 0; i < tally->count; i++) {
        struct tally_entry *entry = &tally->entries[i];
        entry->count = entry->suppressed = entry->bundles = entry->sockets = entry->backlog_full = 0;
    }
}

static int check(const struct tally *tally)
{
    bool failed = tally->failed || tally->things.failed || tally->live.pids.failed;
    for (int label = 0; label < TALLY_LABELS; label++)
        failed |= tally->labels[label].failed;
    return failed ? -ENOMEM : 0;
}

int tally_add_text(struct tally *tally, const char *text, size_t size)
{
    const char *end = text + size, *newline;
    char *scratch = malloc(size + 1);
    if (!scratch)
        return -ENOMEM;
    for (; text < end && (newline = memchr(text, '\n', (size_t)(end - text))); text = newline + 1) {
        struct event_line line;
        if (event_line_parse(text, (size_t)(newline - text), scratch, &line) == 0)
            tally_add(tally, &line);
    }
    free(scratch);
    return check(tally);
}

bool tally_state_holds(struct tally *tally, const struct tally_state *state)
{
    return live_holds(&tally->live, state->key.pid, state->time_us);
}

void tally_release(struct tally *tally)
{
    for (int label = 0; label < TALLY_LABELS; label++)
        names_release(&tally->labels[label]);
    names_release(&tally->things);
    names_release(&tally->keys);
    names_release(&tally->state_keys);
    free(tally->entries);
    free(tally->states);
    live_release(&tally->live);
    *tally = (struct tally){0};
}
