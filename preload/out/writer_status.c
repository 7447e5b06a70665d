/* SPDX-License-Identifier: MIT */
/* Safe file: runs in the helper process and in the keeper. See out/writer_status.h. */
#include "out/writer_status.h"

#include "crumple_format.h"
#include "base/text.h"

#define KILLED "9" /* SIGKILL comes from outside: it need not be the stage's fault */

void safe_status_begin(struct safe_status *s)
{
    s->used = 0;
    s->stage[0] = '\0';
    s->has_ok = false;
}

/* A whole line, ended by a newline and NUL. Returns true for that of a stage. */
static bool take_line(struct safe_status *s)
{
    if (safe_starts(s->line, CRUMPLE_STAGE " ")) {
        s->line[s->used - 1] = '\0';
        safe_text_copy(s->stage, sizeof s->stage, s->line + sizeof CRUMPLE_STAGE);
        return true;
    }
    s->has_ok |= safe_starts(s->line, "ok ");
    s->has_verdict |= safe_starts(s->line, CRUMPLE_VERDICT " ");
    if (s->heard)
        s->heard(s->line, s->used);
    return false;
}

bool safe_status_take(struct safe_status *s, const char *text, size_t n)
{
    bool is_stage = false;
    size_t i;
    for (i = 0; i < n; i++) {
        /* What is too long for a line is cut. */
        if (s->used + 2 < sizeof s->line || text[i] == '\n')
            s->line[s->used++] = text[i];
        if (text[i] != '\n')
            continue;
        s->line[s->used] = '\0';
        is_stage |= take_line(s);
        s->used = 0;
    }
    return is_stage;
}

/* Whether the list has an entry of that name. */
static bool has(const char *list, const char *name)
{
    size_t n = safe_strlen(name);
    while (*list) {
        if (safe_starts(list, name) && (list[n] == ':' || list[n] == ',' || !list[n]))
            return true;
        while (*list && *list++ != ',')
            ;
    }
    return false;
}

bool safe_status_again(struct safe_status *s, const char *why)
{
    struct safe_text t = {s->without, safe_strlen(s->without), sizeof s->without, false};
    if (!s->has_repeated && (!s->stage[0] || safe_equal(why, KILLED))) {
        s->has_repeated = true;
        return true;
    }
    if (!s->stage[0] || has(s->without, s->stage) ||
        t.used + safe_strlen(s->stage) + safe_strlen(why) + 3 > t.size)
        return false;
    if (t.used)
        safe_text_add(&t, ",");
    safe_text_add(&t, s->stage);
    safe_text_add(&t, ":");
    safe_text_add(&t, why);
    return true;
}
