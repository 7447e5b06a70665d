/* SPDX-License-Identifier: MIT */
/*
 * crumple: reads what a crash left behind. It only reads; the one verb that writes into a crash directory is
 * collect, which starts crumple-writer for it.
 *
 *   main -> verbs (table) -> verb_NAME.c -> rows, show_*   what is shown, from
 *                                           find, bundle_read, report   files that anybody may have damaged
 *
 * Results go to stdout, everything else to stderr. Code below the verbs returns errors and prints nothing.
 */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "crumple_format.h"
#include "help.h"
#include "screen/out.h"
#include "screen/say.h"
#include "base/text.h"
#include "verbs.h"

static int unknown_verb(const char *name)
{
    const struct verb *nearest = verbs_nearest(name);

    if (nearest)
        say("'%s' is not a verb; the nearest is '%s'", name, nearest->name);
    else
        say("'%s' is not a verb; see 'crumple --help'", name);
    return VERBS_USAGE;
}

static int run_help(int argc, char **argv)
{
    const struct verb *verb = argc > 0 ? verbs_find(argv[0]) : NULL;

    if (argc > 0 && !verb)
        return unknown_verb(argv[0]);
    if (verb)
        help_verb(verb);
    else
        help_all();
    return VERBS_OK;
}

/* 'crumple DIR' means 'crumple list DIR': no verb has a slash in its name. */
static bool is_directory_word(const char *word)
{
    return strchr(word, '/') != NULL || strcmp(word, ".") == 0 || strcmp(word, "..") == 0;
}

static int run(int argc, char **argv)
{
    const char *word = argc > 0 ? argv[0] : "";

    if (strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0)
        return run_help(0, NULL);
    if (strcmp(word, "help") == 0)
        return run_help(argc - 1, argv + 1);
    if (strcmp(word, "--version") == 0) {
        printf("crumple %s (bundle format %d)\n", CRUMPLE_VERSION, CRUMPLE_FORMAT_VERSION);
        return VERBS_OK;
    }
    if (argc == 0 || word[0] == '-' || is_directory_word(word))
        return verbs_run(verbs_all[0], argc, argv);
    return verbs_find(word) ? verbs_run(verbs_find(word), argc - 1, argv + 1) : unknown_verb(word);
}

/* Whether writing the result failed in a way that matters: a reader that went away does not. */
static bool has_lost_output(void)
{
    struct pollfd out = {.fd = STDOUT_FILENO};

    out_flush();
    if (out_error() == 0 || out_error() == EPIPE)
        return false;
    return poll(&out, 1, 0) <= 0 || !(out.revents & POLLERR);
}

int main(int argc, char **argv)
{
    int status;

    /* 'crumple list | head' ends quietly, with the status of what was found. Programs that crumple starts get
     * the default back. */
    signal(SIGPIPE, SIG_IGN);
    text_init();
    status = run(argc > 0 ? argc - 1 : 0, argv + 1);
    if (has_lost_output()) {
        say("cannot write the result: %s", strerror(out_error()));
        return VERBS_DAMAGED;
    }
    return status;
}
