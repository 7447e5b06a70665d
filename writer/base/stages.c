/* SPDX-License-Identifier: MIT */
#include "base/stages.h"

#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "crumple_format.h"
#include "base/inject.h"

static const struct {
    const char *name, *lack;
} stages[] = {
#define STAGES_ROW(constant, name, lack) {name, lack},
    STAGES(STAGES_ROW)
#undef STAGES_ROW
};

static struct {
    const char *why; /* NULL: it is not left out. Ends at a comma or at the end */
} left_out[STAGE_COUNT];

static int told_fd = -1;
static enum stage current;
static _Thread_local int thread_stage = -1;
static atomic_flag is_telling = ATOMIC_FLAG_INIT; /* whoever dies keeps it: what it told is the last word */

static void tell(enum stage stage)
{
    char line[40];
    int length = snprintf(line, sizeof line, CRUMPLE_STAGE " %s\n", stages[stage].name);
    while (atomic_flag_test_and_set(&is_telling))
        (void)sched_yield();
    if (told_fd >= 0)
        (void)!write(told_fd, line, (size_t)length); /* whoever has started us may be gone */
}

/* The signal comes again, with its default action. */
static void tell_and_die(int number)
{
    if (thread_stage >= 0) /* beside the main thread, whose stage is told already */
        tell((enum stage)thread_stage);
    (void)raise(number);
}

void stages_tell(int fd)
{
    static const int fatal[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGTRAP, SIGSYS};
    struct sigaction action = {.sa_handler = tell_and_die, .sa_flags = (int)(SA_RESETHAND | SA_NODEFER)};
    told_fd = fd;
    for (size_t i = 0; fd >= 0 && i < sizeof fatal / sizeof fatal[0]; i++)
        (void)sigaction(fatal[i], &action, NULL);
}

static void leave_out(const char *name, size_t size)
{
    const char *colon = memchr(name, ':', size);
    size_t name_size = colon ? (size_t)(colon - name) : size;
    for (int i = 0; i < STAGE_COUNT; i++)
        if (strlen(stages[i].name) == name_size && memcmp(stages[i].name, name, name_size) == 0)
            left_out[i].why = colon ? colon + 1 : "";
}

void stages_leave_out(const char *list)
{
    for (size_t size; *list; list += size + (list[size] == ',')) {
        size = strcspn(list, ",");
        leave_out(list, size);
    }
}

bool stage_is_left_out(enum stage stage)
{
    return left_out[stage].why != NULL;
}

bool stage_begin(enum stage stage)
{
    if (stage_is_left_out(stage))
        return false;
    current = stage;
    tell(stage);
    atomic_flag_clear(&is_telling);
    inject_at(stages[stage].name);
    return true;
}

enum stage stage_current(void)
{
    return current;
}

void stage_of_thread(enum stage stage)
{
    thread_stage = (int)stage;
    inject_at("thread");
}

static void explain_why(const char *why, struct buffer *out)
{
    size_t size = strcspn(why, ",");
    int number = atoi(why);
    const char *abbreviation = sigabbrev_np(number);
    if (size == 4 && memcmp(why, "hang", size) == 0)
        buffer_add_text(out, "crumple-writer did not come to an end there");
    else if (size == 6 && memcmp(why, "memory", size) == 0)
        buffer_add_text(out, "memory was short there");
    else if (size == 4 && memcmp(why, "exit", size) == 0)
        buffer_add_text(out, "crumple-writer ended there by itself");
    else if (abbreviation)
        buffer_format(out, "crumple-writer was ended by SIG%s there", abbreviation);
    else if (number > 0)
        buffer_format(out, "crumple-writer was ended by signal %d there", number);
    else
        buffer_add_text(out, "left out");
}

void stage_explain(enum stage stage, struct buffer *out)
{
    buffer_format(out, "%s: ", stages[stage].name);
    explain_why(left_out[stage].why ? left_out[stage].why : "", out);
    if (stages[stage].lack)
        buffer_format(out, "; %s", stages[stage].lack);
}

void stages_explain(struct buffer *out)
{
    for (int i = 0; i < STAGE_COUNT; i++) {
        if (!left_out[i].why)
            continue;
        stage_explain((enum stage)i, out);
        buffer_add_char(out, '\n');
    }
}

enum stage stages_needed(void)
{
    int i = 0;
    while (i < STAGE_COUNT && !(left_out[i].why && !stages[i].lack))
        i++;
    return (enum stage)i;
}

void stages_print(void)
{
    for (int i = 0; i < STAGE_COUNT; i++)
        printf("%-8s %s\n", stages[i].name, stages[i].lack ? stages[i].lack : "nothing goes without it");
}
