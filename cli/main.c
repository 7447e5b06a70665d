/* SPDX-License-Identifier: MIT */
/*
 * crumple: reads what a crash left behind. It only reads; the one verb that writes into a crash directory is
 * collect, which starts crumple-writer for it.
 *
 *   main -> screen/verb -> verbs/NAME -> show/, lookup/  what is shown, from
 *                                        read/           files that anybody may have damaged
 *
 * Results go to stdout, everything else to stderr. Code below the verbs returns errors and prints nothing.
 */
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "crumple_format.h"
#include "base/self.h"
#include "screen/out.h"
#include "screen/pager.h"
#include "verbs/verbs.h"

static const struct verb *find_verb(const char *name)
{
    for (const struct verb *const *verb = verbs_all; *verb; verb++)
        if (strcmp((*verb)->name, name) == 0)
            return *verb;
    return NULL;
}

static int unknown_verb(const char *name)
{
    char list[256] = "";
    size_t length = 0;

    for (const struct verb *const *verb = verbs_all; *verb && *name; verb++)
        if (strncmp((*verb)->name, name, strlen(name)) == 0) {
            say("'%s' is not a verb; did you mean '%s'?", name, (*verb)->name);
            return VERB_USAGE;
        }
    for (const struct verb *const *verb = verbs_all; *verb && length < sizeof list; verb++)
        length += (size_t)snprintf(list + length, sizeof list - length, "%s%s", verb > verbs_all ? ", " : "",
                                   (*verb)->name);
    say("'%s' is not a verb; the verbs are %s", name, list);
    return VERB_USAGE;
}

/* Become the program of a verb, with the words after the verb. Returns the exit status if that fails. */
static int run_program(const struct verb *verb, int argc, char **argv)
{
    char *path = self_beside(verb->program), **words = calloc((size_t)argc + 2, sizeof *words);

    if (!path || !words) {
        say("cannot start %s: %s", verb->program, strerror(errno));
    } else {
        words[0] = (char *)verb->program;
        for (int i = 0; i < argc; i++)
            words[i + 1] = argv[i];
        execv(path, words);
        say("cannot start '%s': %s; 'crumple install' puts it beside crumple", path, strerror(errno));
    }
    free(words);
    free(path);
    return VERB_DAMAGED;
}

static int run_verb(const struct verb *verb, int argc, char **argv)
{
    return verb->program ? run_program(verb, argc, argv) : verb_run(verb, argc, argv);
}

static void help_all(void)
{
    static const struct verb_example examples[] = {
        {"crumple", "what happened in the last 24 hours"},
        {"crumple list", "list the crashes in the crash directory, newest last"},
        {"crumple show last", "show the newest crash"},
        {"crumple 20261130T101500.123456Z-server-77.tar.zst", "show this one"},
        {"crumple group --since 7d", "count a week's crashes by signature"},
        {NULL, NULL},
    };

    printf("Usage: crumple [VERB] [OPTION]... [ARGUMENT]...\n"
           "       crumple BUNDLE | DIR...\n"
           "       crumple help VERB\n\n"
           "Reads the crash bundles that libcrumple.so leaves behind.\n");
    verb_put_examples(examples);
    printf("\nVerbs:\n");
    for (const struct verb *const *verb = verbs_all; *verb; verb++)
        printf("  %-10s%s%s\n", (*verb)->name, (*verb)->summary, verb == verbs_all ? " (the default)" : "");
    printf("\nOptions:\n");
    verb_put_option('h', "help", NULL, "Show this help, or the help of the verb.");
    verb_put_option('V', "version", NULL, "Show the version.");
    printf("\nThe crash directory is $CRUMPLE_DIR, else /var/crash/crumple if it exists, else\n"
           "${TMPDIR:-/tmp}/crumple-UID.\n"
           "\nExit status: 0 success, 1 nothing matched, 2 wrong usage, 3 unreadable or\n"
           "damaged.\n");
}

static int run_help(int argc, char **argv)
{
    static char help_word[] = "--help", *help[] = {help_word, NULL};
    const struct verb *verb = argc > 0 ? find_verb(argv[0]) : NULL;

    if (argc > 0 && !verb)
        return unknown_verb(argv[0]);
    if (verb)
        return run_verb(verb, 1, help);
    help_all();
    return VERB_OK;
}

static bool ends_with(const char *word, const char *suffix)
{
    const size_t length = strlen(word), wanted = strlen(suffix);

    return length > wanted && strcmp(word + length - wanted, suffix) == 0;
}

static bool is_bundle_name(const char *word)
{
    return ends_with(word, CRUMPLE_BUNDLE_SUFFIX) || ends_with(word, CRUMPLE_CORE_SUFFIX);
}

/* A word that only show understands: last, -1, an id, a pid, a group's id, a signature, '-'. No verb looks like one. */
static bool is_crash_word(const char *word)
{
    return strcmp(word, "last") == 0 || strcmp(word, "-") == 0 || strspn(word, "0123456789") > 0 ||
           (word[0] == '-' && word[1] >= '1' && word[1] <= '9') || strstr(word, " | ") != NULL ||
           (word[0] == 'g' && strlen(word) > 3 && strspn(word + 1, "0123456789abcdef") == strlen(word + 1));
}

static bool is_path(const char *word)
{
    return strchr(word, '/') != NULL || strcmp(word, ".") == 0 || strcmp(word, "..") == 0 ||
           access(word, F_OK) == 0;
}

/* The verb of a command line that begins with none: 'crumple BUNDLE' shows it, 'crumple DIR' and several bundles are a
 * list. NULL: the word is none of these. */
static const struct verb *implied_verb(int argc, char **argv)
{
    int bundles = 0;

    if (argc == 0)
        return verbs_all[0];
    for (int i = 0; i < argc; i++)
        bundles += is_bundle_name(argv[i]);
    if (is_path(argv[0]) && (bundles != 1 || !is_bundle_name(argv[0])))
        return &verbs_list_verb;
    if (is_crash_word(argv[0]) || is_bundle_name(argv[0]))
        return &verbs_show_verb;
    return argv[0][0] == '-' ? &verbs_list_verb : NULL;
}

static int run(int argc, char **argv)
{
    const char *word = argc > 0 ? argv[0] : "";

    if (strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0)
        return run_help(0, NULL);
    if (strcmp(word, "help") == 0)
        return run_help(argc - 1, argv + 1);
    if (strcmp(word, "--version") == 0 || strcmp(word, "-V") == 0) {
        printf("crumple %s (bundle format %d)\n", CRUMPLE_VERSION, CRUMPLE_FORMAT_VERSION);
        return VERB_OK;
    }
    if (find_verb(word))
        return run_verb(find_verb(word), argc - 1, argv + 1);
    const struct verb *implied = implied_verb(argc, argv);
    return implied ? run_verb(implied, argc, argv) : unknown_verb(word);
}

int main(int argc, char **argv)
{
    out_begin();
    int status = run(argc > 0 ? argc - 1 : 0, argv + 1);
    status = out_end() ? status : VERB_DAMAGED;
    pager_end();
    return status;
}
