/* SPDX-License-Identifier: MIT */
#include "watch/dump_filter.h"

#include <string.h>

#include "watch/dump_line.h"

/* One line of the text, with its end, and what it is done with. */
struct step {
    struct dump_filter *filter;
    const struct dump_sink *sink;
    int64_t now_ms;
    size_t from, to;
    enum go_line_kind kind;
    bool is_running; /* the head of a goroutine that runs */
    bool is_whole;   /* nobody else's text is in it */
};

static void flush(struct dump_filter *f, const struct dump_sink *sink)
{
    const size_t from = f->passed_to;
    f->passed_to =
        f->may_pass; /* before the write: who takes the place of a killed guard must not repeat it */
    if (f->may_pass > from)
        sink->pass(sink->context, f->text + from, f->may_pass - from);
}

/* All passes, in order. */
static void release(struct dump_filter *f)
{
    f->may_pass = f->size;
    f->is_held = f->has_rest = false;
    f->others_size = 0;
}

/* What passes in any case: at once, or behind what is held back. */
static void let_pass(struct dump_filter *f, size_t from, size_t to)
{
    if (!f->is_held) {
        f->may_pass = to;
    } else if (to - from <= DUMP_OTHERS_BYTES - f->others_size) {
        memcpy(f->others + f->others_size, f->text + from, to - from);
        f->others_size += to - from;
    } else { /* more is written by others than by Go */
        release(f);
        f->state = DUMP_WHOLE;
    }
}

static void begin(struct dump_filter *f, enum go_line_kind kind, int64_t now_ms)
{
    f->state = DUMP_MESSAGE;
    f->begun_by = f->last = kind;
    f->is_sure = f->has_signal = f->is_held = f->has_rest = f->is_declined = false;
    f->begun_ms = f->seen_ms = now_ms;
    f->lost = 0;
    f->start = f->next = f->others_size = 0;
    f->seen = f->size;
}

/* What was before was only a word. */
static void begin_again(const struct step *step)
{
    struct dump_filter *f = step->filter;
    release(f);
    flush(f, step->sink);
    memmove(f->text, f->text + step->from, step->to - step->from);
    f->size = f->line = f->passed_to = f->may_pass = step->to - step->from;
    f->is_line = true;
    begin(f, step->kind, step->now_ms);
}

/* A line that begins a dump. The tab stands before a panic that came while another one was handled. */
static bool is_begin(const struct step *step)
{
    return step->kind == GO_LINE_FATAL || step->kind == GO_LINE_SIGNAL ||
           (step->kind == GO_LINE_PANIC && step->filter->text[step->from] != '\t');
}

static void message(const struct step *step)
{
    struct dump_filter *f = step->filter;
    /* Of several threads that find the same error, each says so first. */
    const bool is_same = step->kind == GO_LINE_FATAL && f->begun_by == GO_LINE_FATAL && step->from == f->seen;
    if (is_begin(step) && !f->is_sure && !is_same) {
        begin_again(step);
        return;
    }
    if (is_same)
        f->seen = step->to;
    let_pass(f, step->from, step->to);
    if (is_begin(step) && step->kind != GO_LINE_SIGNAL)
        f->begun_by = step->kind;
    const bool is_head = step->kind == GO_LINE_GOROUTINE || step->kind == GO_LINE_RUNTIME_STACK;
    if (!is_head || f->begun_by == GO_LINE_SIGNAL) /* a signal's is sure with its PC= alone */
        return;
    f->is_sure = true;
    if (f->begun_by == GO_LINE_FATAL)
        f->state = DUMP_WHOLE;
    else if (step->is_running) /* else it is in the message, or its head was broken by a line of others */
        f->state = f->holds_back ? DUMP_FIRST : DUMP_WHOLE;
}

/* From here on it is told line by line what passes. A process prints the others once, however many of its threads panic: who prints
 * them again is another process. */
static void hold(struct dump_filter *f, enum dump_state state)
{
    f->is_held = true;
    f->state = state;
    if (state != DUMP_REST)
        return;
    f->has_rest = true;
    if (f->next)
        f->start = f->next;
}

/* Of several threads that panic, each has its say: the next one's message and goroutine, not the others a second time. */
static void next_message(const struct step *step)
{
    let_pass(step->filter, step->from, step->to);
    step->filter->begun_by = step->kind;
    step->filter->state = DUMP_MESSAGE;
    step->filter->next = step->from;
}

static void first(const struct step *step)
{
    struct dump_filter *f = step->filter;
    f->blank = step->from;
    if (step->kind == GO_LINE_BLANK)
        hold(f, DUMP_BLANK);
    else if (step->kind == GO_LINE_GOROUTINE)
        hold(f, step->is_running ? DUMP_HEAD : DUMP_REST);
    else if (is_begin(step) && step->kind != GO_LINE_SIGNAL)
        next_message(step);
    else
        let_pass(f, step->from, step->to);
}

/* Lines of others come between: what a line is depends on what Go printed before it. */
static bool follows(enum go_line_kind last, enum go_line_kind kind)
{
    switch (kind) {
    case GO_LINE_FILE:
        return last == GO_LINE_FUNCTION || last == GO_LINE_CREATED;
    case GO_LINE_FUNCTION:
        return last == GO_LINE_GOROUTINE || last == GO_LINE_FILE || last == GO_LINE_ELIDED ||
               last == GO_LINE_RUNTIME;
    case GO_LINE_CREATED:
        return last != GO_LINE_FUNCTION && last != GO_LINE_CREATED;
    case GO_LINE_ELIDED:
        return last == GO_LINE_FILE;
    case GO_LINE_UNAVAILABLE:
        return last == GO_LINE_GOROUTINE;
    case GO_LINE_BLANK:
        return last != GO_LINE_BLANK;
    default:
        return true;
    }
}

static void rest(const struct step *step)
{
    struct dump_filter *f = step->filter;
    if (step->is_running)
        hold(f, DUMP_HEAD);
    else if (is_begin(step) && step->kind != GO_LINE_SIGNAL)
        next_message(step);
    else if (!step->is_whole || !follows(f->last, step->kind))
        let_pass(f, step->from, step->to);
}

static void after_blank(const struct step *step)
{
    struct dump_filter *f = step->filter;
    if (step->kind == GO_LINE_GOROUTINE) {
        hold(f, step->is_running ? DUMP_HEAD : DUMP_REST);
    } else if (step->kind == GO_LINE_OTHER && !f->has_rest) {
        let_pass(f, step->from, step->to);
    } else { /* the empty line was of another writer */
        if (f->has_rest)
            let_pass(f, f->blank, step->from);
        else
            release(f);
        f->state = DUMP_FIRST;
        first(step);
    }
}

/* Go has no frames of another goroutine that runs. So this one is the one that panics, and what was before it was its message,
 * which holds the text of goroutines. */
static void after_head(const struct step *step)
{
    struct dump_filter *f = step->filter;
    if (step->kind == GO_LINE_UNAVAILABLE) {
        hold(f, DUMP_REST);
        if (!step->is_whole)
            let_pass(f, step->from, step->to);
    } else if (step->kind == GO_LINE_OTHER) {
        let_pass(f, step->from, step->to);
    } else {
        release(f);
        f->state = DUMP_FIRST;
    }
}

static void whole(const struct step *step)
{
    struct dump_filter *f = step->filter;
    let_pass(f, step->from, step->to);
    if (is_begin(step) && step->kind != GO_LINE_SIGNAL)
        f->next = step->from;
    else if (f->next && step->kind == GO_LINE_GOROUTINE && !step->is_running)
        f->start = f->next;
}

static void look_at(const struct step *step)
{
    static void (*const of_state[])(const struct step *) = {
        [DUMP_WHOLE] = whole, [DUMP_MESSAGE] = message,   [DUMP_FIRST] = first,
        [DUMP_REST] = rest,   [DUMP_BLANK] = after_blank, [DUMP_HEAD] = after_head};
    struct dump_filter *f = step->filter;
    if (step->kind == GO_LINE_PC && f->last == GO_LINE_SIGNAL) {
        f->is_sure = f->has_signal = true;
        f->begun_by = GO_LINE_SIGNAL;
        f->state = DUMP_WHOLE;
    }
    of_state[f->state](step);
    if (step->kind == GO_LINE_OTHER)
        return;
    f->last = step->kind;
    if (f->is_sure && step->kind != GO_LINE_BLANK) {
        f->seen_ms = step->now_ms;
        f->seen = step->to;
    }
}

static void look_at_line(struct dump_filter *f, int64_t now_ms, const struct dump_sink *sink)
{
    struct go_line_goroutine head;
    const char *bytes = f->text + f->line;
    size_t size = f->size - f->line;
    if (size && bytes[size - 1] == '\n')
        size--;
    if (size && bytes[size - 1] == '\r') /* a terminal's line */
        size--;
    struct step step = {f, sink, now_ms, f->line, f->size, go_line_kind(bytes, size), false, false};
    step.is_running = step.kind == GO_LINE_GOROUTINE && go_line_goroutine(bytes, size, &head) &&
                      strncmp(head.state, "running", sizeof "running" - 1) == 0;
    step.is_whole = dump_line_is_whole(step.kind, bytes, size);
    f->line = f->size;
    look_at(&step);
}

static void close_dump(struct dump_filter *f, const struct dump_sink *sink)
{
    release(f);
    flush(f, sink);
    f->state = DUMP_NONE;
    f->begin.size = 0;
    f->begin.is_cut = true;
    if (!f->is_sure)
        f->size = f->seen = f->passed_to = f->may_pass = 0;
}

/* Returns how many of the bytes it has used. */
static size_t feed_before(struct dump_filter *f, const char *bytes, size_t size, int64_t now_ms,
                          const struct dump_sink *sink)
{
    const char *text;
    size_t text_size;
    enum go_line_kind kind;
    const size_t used = dump_begin_find(&f->begin, bytes, size, &text, &text_size, &kind);
    sink->pass(sink->context, bytes, used);
    if (kind == GO_LINE_OTHER || text_size > sizeof f->text)
        return used;
    memcpy(f->text, text, text_size);
    f->size = f->passed_to = f->may_pass = text_size;
    f->line = text[text_size - 1] == '\n' ? text_size : 0;
    f->is_line = f->begin.is_first;
    begin(f, kind, now_ms);
    return used;
}

static size_t feed_line(struct dump_filter *f, const char *bytes, size_t size, int64_t now_ms,
                        const struct dump_sink *sink)
{
    const char *end = memchr(bytes, '\n', size);
    const size_t used = end ? (size_t)(end - bytes) + 1 : size;
    if (!f->is_sure && f->size + used > DUMP_MESSAGE_MAX) {
        close_dump(f, sink);
        return 0;
    }
    if (used > sizeof f->text - f->size) {
        release(f);
        flush(f, sink);
        f->state = DUMP_FULL;
        return 0;
    }
    memcpy(f->text + f->size, bytes, used);
    f->size += used;
    if (end)
        look_at_line(f, now_ms, sink);
    return used;
}

/* The rest of a dump that found no room: its lines are not looked at one by one. */
static void feed_rest(struct dump_filter *f, const char *bytes, size_t size, int64_t now_ms,
                      const struct dump_sink *sink)
{
    static const char head[] = "\ngoroutine ";
    f->lost += size;
    if (memmem(bytes, size, head, sizeof head - 1))
        f->seen_ms = now_ms;
    sink->pass(sink->context, bytes, size);
}

static bool is_quiet(const struct dump_filter *f, int64_t now_ms)
{
    return f->state != DUMP_NONE && now_ms - f->seen_ms >= DUMP_QUIET_MS;
}

static bool is_late(const struct dump_filter *f, int64_t now_ms)
{
    return f->is_held && now_ms - f->begun_ms >= DUMP_MS_MAX;
}

bool dump_filter_is_long(const struct dump_filter *f, int64_t now_ms)
{
    const bool is_full = sizeof f->text - f->size < DUMP_ROOM_MIN;
    return f->long_ms && f->is_held && f->has_rest && !f->is_off && !f->is_declined &&
           (is_full || now_ms - f->begun_ms >= f->long_ms);
}

void dump_filter_feed(struct dump_filter *f, const char *bytes, size_t size, int64_t now_ms,
                      const struct dump_sink *sink)
{
    dump_filter_tick(f, now_ms, sink);
    while (size) {
        size_t used = size;
        if (f->is_off)
            sink->pass(sink->context, bytes, size);
        else if (f->state == DUMP_FULL)
            feed_rest(f, bytes, size, now_ms, sink);
        else if (f->state == DUMP_NONE)
            used = feed_before(f, bytes, size, now_ms, sink);
        else
            used = feed_line(f, bytes, size, now_ms, sink);
        bytes += used;
        size -= used;
    }
    /* A line that is not complete yet: in the goroutine that panics, it may be the head of the next one. */
    if (!f->is_held && (f->state == DUMP_MESSAGE || f->state == DUMP_WHOLE))
        f->may_pass = f->size;
    flush(f, sink);
}

int dump_filter_wait(const struct dump_filter *f, int64_t now_ms)
{
    if (f->state == DUMP_NONE || f->is_off)
        return -1;
    int64_t until = f->seen_ms + DUMP_QUIET_MS;
    if (f->is_held && until > f->begun_ms + DUMP_MS_MAX)
        until = f->begun_ms + DUMP_MS_MAX;
    return until > now_ms ? (int)(until - now_ms) : 0;
}

void dump_filter_tick(struct dump_filter *f, int64_t now_ms, const struct dump_sink *sink)
{
    if (f->is_off)
        return;
    if (is_quiet(f, now_ms)) {
        close_dump(f, sink);
    } else if (is_late(f, now_ms)) {
        release(f);
        flush(f, sink);
        f->state = DUMP_WHOLE;
    }
}

void dump_filter_end(struct dump_filter *f, bool is_go_end, int64_t now_ms, const struct dump_sink *sink)
{
    if (f->is_off)
        return;
    dump_filter_tick(f, now_ms, sink);
    if (f->state != DUMP_NONE && f->state != DUMP_FULL && f->line < f->size && !(f->is_ended && is_go_end))
        look_at_line(f, now_ms, sink);
    f->is_last = f->is_sure && (f->state != DUMP_NONE || now_ms - f->seen_ms < DUMP_LAST_MS);
    /* With GOTRACEBACK=all a panic has goroutines. A fatal error may have none left. */
    const bool may_be_bare = f->begun_by == GO_LINE_FATAL || (f->begun_by == GO_LINE_PANIC && !f->holds_back);
    f->is_bare = f->state == DUMP_MESSAGE && !f->is_sure && may_be_bare && f->is_line;
    if (f->has_rest && is_go_end) {
        flush(f, sink);
        f->passed_to = f->may_pass = f->size;
        sink->pass(sink->context, f->others, f->others_size);
    } else if (f->state != DUMP_NONE) {
        release(f);
        flush(f, sink);
    }
    f->is_off = true;
}
