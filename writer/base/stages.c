/* SPDX-License-Identifier: MIT */
#include "base/stages.h"

#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/inject.h"

static const struct {
    const char *name, *lack;
} stages[] = {
#define STAGES_ROW(constant, name, lack) {name, lack},
    STAGES(STAGES_ROW)
#undef STAGES_ROW
};

static int left_out[STAGE_COUNT]; /* why; 0: it is not */

static struct stages_progress own = {.stage = -1};
struct stages_progress *stages_progress = &own;

static _Thread_local int thread_stage = -1;
static atomic_flag is_telling = ATOMIC_FLAG_INIT; /* kept by a thread that dies: its stage is the last word */

int64_t stages_now_ms(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

int64_t stages_time_for(int64_t most_ms)
{
    const int64_t end_ms = stages_progress->end_ms, left = end_ms - stages_now_ms();
    if (!end_ms || left / 4 > most_ms)
        return most_ms;
    return left > 0 ? left / 4 : 0;
}

static void tell(int stage)
{
    while (atomic_flag_test_and_set(&is_telling))
        (void)sched_yield();
    stages_progress->stage = stage;
    stages_progress->begun_ms = stages_now_ms();
}

/* The signal comes again, with its default action. */
static void tell_and_die(int number)
{
    if (thread_stage >= 0) /* beside the main thread, whose stage is told already */
        tell(thread_stage);
    (void)raise(number);
}

void stages_tell_deaths(void)
{
    static const int fatal[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGTRAP, SIGSYS};
    struct sigaction action = {.sa_handler = tell_and_die, .sa_flags = (int)(SA_RESETHAND | SA_NODEFER)};
    for (size_t i = 0; i < sizeof fatal / sizeof fatal[0]; i++)
        (void)sigaction(fatal[i], &action, NULL);
}

void stages_note(_Atomic bool *mark)
{
    stages_progress->begun_ms = stages_now_ms();
    *mark = true;
}

void stage_leave_out(enum stage stage, int why)
{
    left_out[stage] = why;
}

bool stage_is_left_out(enum stage stage)
{
    return left_out[stage] != 0;
}

bool stage_begin(enum stage stage)
{
    if (stage_is_left_out(stage))
        return false;
    tell(stage);
    atomic_flag_clear(&is_telling);
    inject_at(stages[stage].name);
    return true;
}

enum stage stage_current(void)
{
    return (enum stage)stages_progress->stage;
}

void stage_of_thread(enum stage stage)
{
    thread_stage = (int)stage;
    inject_at("thread");
}

static void explain_why(int why, struct buffer *out)
{
    const char *abbreviation = why > 0 ? sigabbrev_np(why) : NULL;
    if (why == STAGE_HUNG)
        buffer_add_text(out, "crumple-writer hung there");
    else if (why == STAGE_SHORT)
        buffer_add_text(out, "crumple-writer ran out of memory there");
    else if (why == STAGE_LEFT)
        buffer_add_text(out, "crumple-writer exited there");
    else if (abbreviation)
        buffer_format(out, "crumple-writer was killed by SIG%s there", abbreviation);
    else
        buffer_format(out, "crumple-writer was killed by signal %d there", why);
}

void stage_explain(enum stage stage, struct buffer *out)
{
    buffer_format(out, "%s: ", stages[stage].name);
    explain_why(left_out[stage], out);
    if (stages[stage].lack)
        buffer_format(out, "; %s", stages[stage].lack);
}

void stages_explain(struct buffer *out)
{
    for (int i = 0; i < STAGE_COUNT; i++) {
        if (!left_out[i])
            continue;
        stage_explain((enum stage)i, out);
        buffer_add_char(out, '\n');
    }
}

enum stage stages_needed(void)
{
    int i = 0;
    while (i < STAGE_COUNT && !(left_out[i] && !stages[i].lack))
        i++;
    return (enum stage)i;
}

void stages_print(void)
{
    for (int i = 0; i < STAGE_COUNT; i++)
        printf("%-8s %s\n", stages[i].name, stages[i].lack ? stages[i].lack : "cannot be left out");
}
