/* SPDX-License-Identifier: MIT */
/* Safe file: runs in the helper process. See include/crumple_format.h for the lines. */
#include "capture/told_notes.h"

#include "crumple_format.h"
#include "state/config.h"
#include "base/text.h"
#include "tell/memory.h"
#include "tell/words.h"

#define HEAD_BYTES 64 /* more than a note's header and owner: the text moves down when its length is known */

/* The text of a note that is written where the notes go on. */
static struct safe_text begin(const struct safe_notes *n)
{
    if (n->size - n->used <= HEAD_BYTES)
        return (struct safe_text){0};
    return safe_text_on(n->data + n->used + HEAD_BYTES, n->size - n->used - HEAD_BYTES);
}

/* What the text leaves behind its note is zeroed again, as the notes that follow expect it. */
static void end(struct safe_notes *n, uint32_t type, const struct safe_text *t)
{
    const char *const last = t->data + t->used;
    if (t->truncated)
        n->overflow = true;
    if (t->used)
        safe_note_add(n, CRUMPLE_NOTE_OWNER, type, t->data, t->used);
    char *from = n->data + n->used;
    if (last > from)
        safe_zero(from, (size_t)(last - from) + 1);
}

static void add_table(struct safe_text *t, int tid, const struct safe_tags *tags)
{
    struct safe_tag tag;
    for (uint32_t i = 0; tags && i < SAFE_TAGS_MAX; i++) {
        if (!safe_tags_read(tags, i, &tag))
            continue;
        safe_text_add_u64(t, (uint64_t)tid);
        safe_text_add(t, tag.is_secret ? " !" : " ");
        safe_text_add_line(t, tag.name, safe_strlen(tag.name));
        safe_text_add(t, "=");
        safe_text_add_line(t, tag.value[0], safe_strlen(tag.value[0]));
        safe_text_add(t, "\n");
    }
}

static void add_tags(struct safe_notes *notes, const struct safe_stop *stop)
{
    struct safe_text t = begin(notes);
    if (!t.data)
        return;
    if (crumple_config->tags[0]) {
        safe_text_add(&t, CRUMPLE_TAGS_GIVEN " ");
        safe_text_add_line(&t, crumple_config->tags, safe_strlen(crumple_config->tags));
        safe_text_add(&t, "\n");
    }
    add_table(&t, 0, safe_process_tags());
    for (uint32_t i = 0; i < stop->count; i++) {
        const struct safe_slot *slot = &stop->slot[i];
        const bool is_parked = __atomic_load_n(&slot->state, __ATOMIC_ACQUIRE) == SAFE_SLOT_PARKED;
        add_table(&t, slot->tid, safe_tags_of(slot->tid, slot->fs_base, is_parked && slot->routine));
    }
    end(notes, CRUMPLE_NOTE_TAGS, &t);
}

static void add_events(struct safe_notes *notes)
{
    struct safe_told_event e;
    uint64_t number = 0;
    struct safe_text t = begin(notes);
    while (t.data && safe_told_event_next(&number, &e)) {
        safe_text_add_u64(&t, e.time_ns);
        safe_text_add(&t, " ");
        safe_text_add_u64(&t, (uint64_t)-e.tid);
        safe_text_add(&t, " ");
        safe_text_add_line(&t, e.text, safe_strlen(e.text));
        safe_text_add(&t, "\n");
    }
    if (t.data)
        end(notes, CRUMPLE_NOTE_BREADCRUMBS, &t);
}

void safe_told_notes_add(struct safe_notes *notes, const struct safe_stop *stop)
{
    add_tags(notes, stop);
    add_events(notes);
}
