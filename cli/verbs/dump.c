/* SPDX-License-Identifier: MIT */
/* crumple dump: a bundle of a process that runs, and goes on. */
#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/text.h"
#include "program_process.h"
#include "program_quit.h"
#include "screen/out.h"
#include "verbs/verbs.h"

#define TIMEOUT_S 30

struct settings {
    const char *reason;
    size_t timeout_s;
    bool force, quit;
};

static const struct options_row options[] = {
    {0, "reason", "TEXT", "Say in the report why the dump was taken.", options_read_string,
     offsetof(struct settings, reason)},
    {0, "timeout", "SECONDS", "Wait so long for the bundle. Default: 30.", options_read_count,
     offsetof(struct settings, timeout_s)},
    {'f', "force", NULL, "Also a process that has a system call filter of its own, which may kill it.",
     options_read_flag, offsetof(struct settings, force)},
    {0, "quit", NULL,
     "End a Go program by SIGQUIT, which makes it print its goroutines. Below crumple-run they are in a bundle.",
     options_read_flag, offsetof(struct settings, quit)},
    {0, NULL, NULL, NULL, NULL, 0},
};

static int status_of(int error)
{
    return error == -ESRCH ? VERB_NOTHING : VERB_DAMAGED;
}

static int ask(pid_t pid, const struct settings *s, char words[PROGRAM_DUMP_WORDS])
{
    const int timeout_ms = (int)(s->timeout_s && s->timeout_s < 86400 ? s->timeout_s : TIMEOUT_S) * 1000;
    const struct program_dump_request request = {
        .pid = pid, .reason = s->reason, .timeout_ms = timeout_ms, .is_forced = s->force};
    const bool has_goroutines = !s->quit && program_process_is_go(pid);
    int error = s->quit ? program_quit(pid, timeout_ms, words) : program_dump(&request, words);
    if (error)
        say("%s", words);
    if (has_goroutines)
        say("process %d is a Go program: a dump does not show its goroutines. Only SIGQUIT makes Go print them, and it "
            "ends the process: crumple dump --quit %d",
            (int)pid, (int)pid);
    return error;
}

static int run(const void *settings, const struct options_operands *operands)
{
    const char *word = options_operand(operands, 0);
    char words[PROGRAM_DUMP_WORDS], *end = NULL;
    long pid = word ? strtol(word, &end, 10) : 0;
    if (!word || *end || pid <= 0 || pid > INT_MAX) {
        say("%s%s%s; 'crumple dump PID' takes the number of a process", word ? "'" : "",
            word ? word : "no process is named", word ? "' is not a pid" : "");
        return VERB_USAGE;
    }
    int error = ask((pid_t)pid, settings, words);
    if (error)
        return status_of(error);
    if (*words == '/') {
        text_put(stdout, words);
        putchar('\n');
    } else {
        say("%s", words);
    }
    return VERB_OK;
}

const struct verb verbs_dump_verb = {
    .name = "dump",
    .operands = "PID",
    .summary = "capture all threads of a process that runs; it goes on",
    .about =
        "Asks a process that has libcrumple.so for a bundle of all its threads, and prints the bundle's path. The threads "
        "are stopped for some milliseconds; the report says for how long. Needs no debugger and no ptrace; only the "
        "process's own user and root may ask. A process without crumple is never sent anything. Goroutines are not in "
        "it: only SIGQUIT makes a Go program print them, and ends it, which --quit does. (coredumpctl's 'dump' writes the "
        "core of a crash; here that is 'crumple show --core FILE BUNDLE'.)",
    .examples =
        (const struct verb_example[]){
            {"crumple dump 4711", "what is this server doing?"},
            {"crumple dump --reason 'the queue is stuck' 4711", "the report will say why"},
            {"crumple dump --quit 4711", "what do the goroutines of this Go server wait for? It ends"},
            {NULL, NULL},
        },
    .options = options,
    .exits =
        (const struct verb_exit_text[]){
            {VERB_OK, "The bundle is there, its path was printed; or SIGQUIT was sent (--quit)."},
            {VERB_NOTHING, "There is no such process, or it has ended."},
            {VERB_USAGE, "Wrong usage."},
            {VERB_DAMAGED,
             "The process cannot be dumped, or has made no bundle in time; a message says why."},
            {0, NULL},
        },
    .settings_size = sizeof(struct settings),
    .operands_max = 1,
    .run = run,
};
