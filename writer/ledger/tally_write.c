/* SPDX-License-Identifier: MIT */
/* The lines of totals that a tally becomes: see ledger/tally.h. */
#include "base/date.h"
#include "base/json.h"
#include "ledger/tally.h"

static const char *const label_members[TALLY_LABELS] = {
    [TALLY_OF] = "of",         [TALLY_ACTION] = "action",
    [TALLY_EXE] = "exe",       [TALLY_SIGNATURE] = "signature",
    [TALLY_SIGNAL] = "signal", [TALLY_ROUTINE] = "routine",
    [TALLY_PEER] = "peer",     [TALLY_REASON] = "reason",
    [TALLY_SCOPE] = "scope",   [TALLY_TO] = "to",
};

static void write_time(struct buffer *out, const char *key, int64_t us)
{
    char text[40];
    if (us >= 0)
        date_format(us, text, sizeof text);
    json_string(out, key, us >= 0 ? text : NULL);
}

static void write_label(const struct tally *tally, enum tally_label label, uint32_t name, struct buffer *out)
{
    const struct names *names = &tally->labels[label];
    if (name != NAMES_NONE)
        json_bytes(out, label_members[label], names->items[name], names->sizes[name]);
}

static void write_entry(const struct tally *tally, const struct tally_entry *entry, struct buffer *out)
{
    json_open(out, NULL, '{');
    json_string(out, "event", "totals");
    for (int label = 0; label < TALLY_LABELS; label++)
        write_label(tally, label, entry->key.names[label], out);
    json_number(out, "count", (int64_t)entry->count);
    if (entry->suppressed)
        json_number(out, "suppressed", (int64_t)entry->suppressed);
    if (entry->bundles)
        json_number(out, "bundles", (int64_t)entry->bundles);
    if (entry->sockets)
        json_number(out, "sockets", (int64_t)entry->sockets);
    write_time(out, "first", entry->first_us);
    write_time(out, "last", entry->last_us);
    json_close(out, '}');
    buffer_add_char(out, '\n');
}

static void write_state(const struct tally *tally, const struct tally_state *state, struct buffer *out)
{
    static const char *const of[] = {"", "parked", "breaker", "contained"};
    const struct names *things = &tally->things;
    uint32_t name = state->key.name;
    json_open(out, NULL, '{');
    json_string(out, "event", "totals");
    json_string(out, "of", of[state->key.kind]);
    json_bool(out, "state", true);
    write_label(tally, TALLY_EXE, state->key.exe, out);
    json_number(out, "pid", state->key.pid);
    if (state->key.kind == TALLY_BREAKER) {
        write_label(tally, TALLY_SCOPE, state->key.scope, out);
        json_bytes(out, "name", name == NAMES_NONE ? NULL : things->items[name], things->sizes[name]);
        write_label(tally, TALLY_TO, (uint32_t)state->value, out);
    } else if (state->key.kind == TALLY_PARKED) {
        json_bytes(out, "routine", name == NAMES_NONE ? NULL : things->items[name], things->sizes[name]);
        json_number(out, "count", (int64_t)state->value);
    } else {
        json_number(out, "sockets", (int64_t)state->value);
    }
    write_time(out, "last", state->time_us);
    json_close(out, '}');
    buffer_add_char(out, '\n');
}

/* What is worth a line: not a peer's breaker that is closed again, of which there may be any number. */
static bool is_worth_a_line(struct tally *tally, const struct tally_state *state)
{
    const struct names *scopes = &tally->labels[TALLY_SCOPE], *states = &tally->labels[TALLY_TO];
    if (!tally_state_holds(tally, state))
        return false;
    return state->key.kind != TALLY_BREAKER || strcmp(names_text(scopes, state->key.scope), "peer") != 0 ||
           strcmp(names_text(states, (uint32_t)state->value), "closed") != 0;
}

void tally_write(struct tally *tally, struct buffer *out)
{
    for (size_t i = 0; i < tally->count; i++)
        write_entry(tally, &tally->entries[i], out);
    for (size_t i = 0; i < tally->state_count; i++)
        if (is_worth_a_line(tally, &tally->states[i]))
            write_state(tally, &tally->states[i], out);
}
