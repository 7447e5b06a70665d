/* SPDX-License-Identifier: MIT */
#include "options/options.h"

#include <ctype.h>
#include <errno.h>
#include <getopt.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/say.h"
#include "crumple_format.h"
#include "crumple_hold.h"
#include "crumple_options.h"
#include "crumple_run_options.h"
#include "options/help.h"
#include "options/table.h"
#include "options/values.h"

#define VALUE_HELP    256 /* getopt's: after the rows of the tables */
#define VALUE_VERSION 257
#define VALUE_ROWS    1000

/* Stores a value of an option of our own. NULL, or what the value is not. */
static const char *store(const struct run_row *row, struct run_settings *settings, const char *text)
{
    static const char *const go_words[] = {
        [RUN_GO_AUTO] = "auto", [RUN_GO_ALL] = "all", [RUN_GO_KEEP] = "keep", NULL};
    static const char *const restart_words[] = {
        [RUN_RESTART_NO] = "no", [RUN_RESTART_ON_CRASH] = "on-crash", [RUN_RESTART_ALWAYS] = "always", NULL};
    void *member = (char *)settings + row->offset;
    long status;
    bool flag;
    int place;
    switch (row->kind) {
    case FLAG:
        return value_flag(text, member) ? NULL : "neither 0 nor 1";
    case SWITCH:
        if (!value_flag(text, &flag))
            return "neither 0 nor 1";
        *(enum run_switch *)member = flag ? RUN_ON : RUN_OFF;
        return NULL;
    case GO_TRACEBACK:
        if (!value_word(text, go_words, &place))
            return "neither auto, all nor keep";
        *(enum run_go_traceback *)member = (enum run_go_traceback)place;
        return NULL;
    case SIGNAL:
        return value_signal(text, member) ? NULL : "not a signal such as TERM or 15";
    case TEXT:
        *(const char **)member = text;
        return NULL;
    case TIME:
        return value_time(text, member) ? NULL : "not a time such as 20s, 500ms or 2m";
    case RESTART:
        if (!value_word(text, restart_words, &place))
            return "neither no, on-crash nor always";
        *(enum run_restart *)member = (enum run_restart)place;
        return NULL;
    case BACKOFF:
        return value_backoff(text, &settings->backoff_first_us, &settings->backoff_most_us)
                   ? NULL
                   : "not of the form 100ms..30s";
    case RATE:
        return value_rate(text, &settings->restart_limit.count, &settings->restart_limit.period_us)
                   ? NULL
                   : "not of the form 5/60s";
    case STATUS:
        for (const char *at = text; at; at = strchr(at, ',') ? strchr(at, ',') + 1 : NULL) {
            char word[8];
            snprintf(word, sizeof word, "%.*s", (int)strcspn(at, ","), at);
            if (!value_number(word, 0, 255, &status))
                return "not a status from 0 to 255";
            settings->remap[status / 32] |= UINT32_C(1) << (status % 32);
        }
        return NULL;
    }
    return "unknown";
}

/* That a crumple-run above this one has set. */
static bool is_own(const char *variable)
{
    return strncmp(variable, CRUMPLE_RUN_ID_VARIABLE "=", sizeof CRUMPLE_RUN_ID_VARIABLE) == 0 ||
           strncmp(variable, CRUMPLE_RUN_FINISHES_VARIABLE "=", sizeof CRUMPLE_RUN_FINISHES_VARIABLE) == 0 ||
           strncmp(variable, CRUMPLE_RUN_HOLD_VARIABLE "=", sizeof CRUMPLE_RUN_HOLD_VARIABLE) == 0;
}

static void warn_unknown(void)
{
    extern char **environ;
    for (char **at = environ; *at; at++) {
        size_t n = strcspn(*at, "="), i = 0;
        char name[64];
        if (strncmp(*at, CRUMPLE_RUN_PREFIX, sizeof CRUMPLE_RUN_PREFIX - 1) != 0)
            continue;
        for (; i < run_row_count; i++) {
            run_row_variable(&run_rows[i], name, sizeof name);
            if (strlen(name) == n && strncmp(*at, name, n) == 0)
                break;
        }
        if (i == run_row_count && !is_own(*at))
            say("%.*s: no such variable; ignored", (int)n, *at);
    }
}

static void read_variables(struct run_settings *settings)
{
    for (size_t i = 0; i < run_row_count; i++) {
        char name[64];
        run_row_variable(&run_rows[i], name, sizeof name);
        if (run_rows[i].kind != FLAG && *run_rows[i].fallback)
            (void)store(&run_rows[i], settings, run_rows[i].fallback);
        const char *value = getenv(name),
                   *problem = value && *value ? store(&run_rows[i], settings, value) : NULL;
        if (problem)
            say("%s='%s': %s; ignored", name, value, problem);
    }
    warn_unknown();
}

static int refuse(const char *option, const char *value, const char *problem)
{
    say("--%s='%s': %s; see crumple-run --help", option, value, problem);
    return -EINVAL;
}

/* Of an option with that number: a row of our own, or behind them one of the preload's. */
static int take(int number, struct run_settings *settings)
{
    size_t at = (size_t)number - VALUE_ROWS;
    if (at < run_row_count) {
        const struct run_row *row = &run_rows[at];
        const char *text = row->argument ? optarg : "1", *problem = store(row, settings, text);
        return problem ? refuse(row->name, text, problem) : 0;
    }
    const char *variable = preload_rows[at - run_row_count].variable;
    return setenv(variable, optarg, 1) < 0 ? -errno : 0;
}

/* A short letter is that of a row. */
static int number_of(int letter)
{
    for (size_t i = 0; i < run_row_count; i++)
        if (run_rows[i].letter == letter)
            return VALUE_ROWS + (int)i;
    return letter == 'h' ? VALUE_HELP : letter == 'V' ? VALUE_VERSION : letter;
}

/* getopt_long's own tables, made of ours. */
struct getopt_tables {
    struct option *rows;
    char letters[64];
    char (*names)[64]; /* of the preload's options */
};

static bool make_tables(struct getopt_tables *t)
{
    size_t count = run_row_count + preload_row_count, used = 1;
    t->rows = calloc(count + 3, sizeof *t->rows);
    t->names = calloc(preload_row_count, sizeof *t->names);
    if (!t->rows || !t->names)
        return false;
    t->letters[0] = '+'; /* the first word that is no option begins the command */
    for (size_t i = 0; i < count; i++) {
        const struct run_row *row = i < run_row_count ? &run_rows[i] : NULL;
        char *name = row ? NULL : t->names[i - run_row_count];
        if (name)
            preload_row_name(&preload_rows[i - run_row_count], name, sizeof *t->names);
        t->rows[i] =
            (struct option){row ? row->name : name, row && !row->argument ? no_argument : required_argument,
                            NULL, VALUE_ROWS + (int)i};
        if (row && row->letter && used < sizeof t->letters - 4) {
            t->letters[used++] = row->letter;
            if (row->argument)
                t->letters[used++] = ':';
        }
    }
    t->letters[used++] = 'h';
    t->letters[used] = 'V';
    t->rows[count] = (struct option){"help", no_argument, NULL, VALUE_HELP};
    t->rows[count + 1] = (struct option){"version", no_argument, NULL, VALUE_VERSION};
    return true;
}

/* Returns as run_options_parse does. */
static int read_options(int argc, char **argv, const struct getopt_tables *t, struct run_settings *settings)
{
    int error = 0;
    opterr = 0;
    for (int number; !error && (number = getopt_long(argc, argv, t->letters, t->rows, NULL)) != -1;) {
        number = number < VALUE_HELP ? number_of(number) : number;
        if (number == VALUE_HELP) {
            run_help();
            return 1;
        }
        if (number == VALUE_VERSION) {
            puts("crumple-run " CRUMPLE_VERSION);
            return 1;
        }
        if (number < VALUE_ROWS) {
            say("'%s' is no option, or lacks its value; see crumple-run --help", argv[optind - 1]);
            return -EINVAL;
        }
        error = take(number, settings);
    }
    return error;
}

int run_options_parse(int argc, char **argv, struct run_settings *ret)
{
    struct getopt_tables tables = {0};
    *ret = (struct run_settings){0};
    read_variables(ret);
    int error = make_tables(&tables) ? read_options(argc, argv, &tables, ret) : -ENOMEM;
    free(tables.rows);
    free(tables.names);
    ret->command = argv + optind;
    if (!error && optind >= argc) {
        say("no command; usage: crumple-run [OPTION]... -- COMMAND [ARGUMENT]...");
        return -EINVAL;
    }
    return error;
}

bool run_options_remaps(const struct run_settings *settings, int status)
{
    return settings->remap[(status & 255) / 32] >> (status & 31) & 1;
}
