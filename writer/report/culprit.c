/* SPDX-License-Identifier: MIT */
#include "report/culprit.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/json.h"

#define WHY_BYTES 160

bool culprit_is_found(const struct crash *crash)
{
    const char *state = crash->notes.culprit.state;
    return state && strcmp(state, "found") == 0;
}

/* Why there is none, or why its peer is not struck; "" for neither. */
static const char *why(const struct crash *crash, char buffer[WHY_BYTES])
{
    const struct notes_culprit *c = &crash->notes.culprit;
    if (culprit_is_found(crash) && !c->why)
        return c->shared ? "other connections from its address live, or did within the last hour"
               : c->peer ? ""
                         : "its connection has no address";
    if (c->why)
        return c->why;
    snprintf(buffer, WHY_BYTES, "requests of %" PRIu64 " connections were open", c->open);
    return buffer;
}

static int64_t number(uint64_t value)
{
    return (int64_t)(value & INT64_MAX);
}

void culprit_json(const struct crash *crash, struct buffer *out)
{
    const struct notes_culprit *c = &crash->notes.culprit;
    char buffer[WHY_BYTES];
    const char *reason = why(crash, buffer);
    if (!c->state)
        return;
    json_open(out, "culprit", '{');
    json_string(out, "state", culprit_is_found(crash) ? "found" : "none");
    json_string(out, "why", reason[0] ? reason : NULL);
    if (culprit_is_found(crash)) {
        json_string(out, "peer", c->peer);
        json_number(out, "port", number(c->port));
        json_number(out, "fd", number(c->fd));
        json_number(out, "bytes", number(c->bytes));
        json_bool(out, "strike", c->strike == 1);
        json_bool(out, "shared", c->shared == 1);
    }
    json_close(out, '}');
}

static void add_clean(struct buffer *out, const char *text)
{
    buffer_add_clean(out, text, strlen(text));
}

void culprit_words(const struct crash *crash, struct buffer *out)
{
    const struct notes_culprit *c = &crash->notes.culprit;
    char buffer[WHY_BYTES];
    const char *reason = why(crash, buffer);
    if (!c->state)
        return;
    if (!culprit_is_found(crash)) {
        buffer_add_text(out, "none: ");
        add_clean(out, reason);
        return;
    }
    if (c->peer) {
        add_clean(out, c->peer);
        buffer_format(out, " port %" PRIu64 " (fd %" PRIu64 ")", c->port, c->fd);
    } else {
        buffer_format(out, "the connection at fd %" PRIu64, c->fd);
    }
    buffer_format(out, ", %" PRIu64 " bytes read, not answered", c->bytes);
    if (reason[0]) {
        buffer_add_text(out, "; not counted: ");
        add_clean(out, reason);
    }
}
