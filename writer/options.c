/* SPDX-License-Identifier: MIT */
#include "options.h"

#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "crumple_format.h"
#include "base/stages.h"

static const char help[] =
    "usage: crumple-writer [--dir=DIRECTORY] [--stderr=text|json|off] [--status-fd=N]\n"
    "                      [--keep=LIMITS] [--again] [--supervise=MS] [--exe-fd=N] [--sandbox]\n"
    "                      [--sysroot=DIR] NAME.core\n"
    "       crumple-writer --core-fd=N [...] NAME\n"
    "       crumple-writer --metrics=DIRECTORY\n"
    "       crumple-writer --stages\n"
    "\n"
    "Writes the bundle NAME.tar.zst of a pending core beside the core, then removes the core.\n"
    "\n"
    "  --dir=DIRECTORY   name of the directory in messages\n"
    "  --stderr=MODE     summary on stderr: text (default), json (one line) or off\n"
    "  --status-fd=N     write to descriptor N: 'ok NAME.tar.zst' when the bundle is durable ('ok suppressed' if\n"
    "                    the limits allow none), 'fail CODE' if there is none. First, for a thread that is to be\n"
    "                    ended: 'verdict allow unwind|unwind-only|jump SIGNATURE' or 'verdict refuse REASON'\n"
    "  --result-fd=N     the same for a reader that does not wait for a verdict\n"
    "  --supervise=MS    work in a child process, for at most MS milliseconds. If the child dies or hangs, the\n"
    "                    next child leaves that stage out (--stages)\n"
    "  --core-fd=N       read the core from descriptor N: it is in no file, because the process asked not to be\n"
    "                    dumped. NAME.tar.zst gets the stacks, but neither the core nor registers\n"
    "  --exe-fd=N        the process of the core waits, and descriptor N is its executable's file: names come from\n"
    "                    files that were deleted or replaced while they ran\n"
    "  --peek=N,M        the process of the core waits: the helper that shares its memory answers on descriptor N\n"
    "                    what is asked on M (the variables of CRUMPLE_WATCH)\n"
    "  --die-of=SIGNAL:MS\n"
    "                    this process is the crashed one, which could start no other: whatever happens, end by SIGNAL\n"
    "                    without a core, after MS milliseconds at the latest\n"
    "  --again           an earlier crumple-writer was killed while working on this core\n"
    "  --sandbox         the core may be hostile: read only modules, write only beside the core, start no program\n"
    "  --sysroot=DIR     look for modules and debug files below DIR first: the root of the machine that crashed\n"
    "  --keep=LIMITS     'count=500,bytes=256M,free=5%,per_signature=5/1h': number of bundles in the directory,\n"
    "                    their size, free space, bundles per signature in a period; age=30d, signature=20: how old\n"
    "                    they may become, how many of a signature stay. A missing entry is no limit\n"
    "  --metrics=DIR     make no bundle: derive crumple.prom in the crash directory DIR of one user from\n"
    "                    crashes.ndjson there, and rename crashes.ndjson if it is large\n"
    "  --stages          list the stages, and what a bundle lacks without each\n"
    "  --help, --version\n"
    "\n"
    "Exit status: 0 success, 2 wrong usage, 3 the core is damaged, 4 the bundle cannot be written (3, 4: the core\n"
    "stays), 5 the thread must not be ended (the core is removed), 6 out of memory (the core stays).\n"
    "With --supervise: 7 the last child hung, 8 it died (7, 8: the core stays).\n";

static int parse_mode(const char *text, enum summary_mode *ret_mode)
{
    static const char *const names[] = {"off", "text", "json"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (strcmp(text, names[i]) == 0) {
            *ret_mode = (enum summary_mode)i;
            return 0;
        }
    }
    return -EINVAL;
}

static int parse_number(const char *text, int *ret_number)
{
    char *end;
    errno = 0;
    long value = strtol(text, &end, 10);
    if (errno || end == text || *end || value < 0 || value > INT_MAX)
        return -EINVAL;
    *ret_number = (int)value;
    return 0;
}

/* FROM,TO */
static int parse_peek(const char *text, struct options *options)
{
    char from[16];
    const char *comma = strchr(text, ',');
    if (!comma || (size_t)(comma - text) >= sizeof from)
        return -EINVAL;
    snprintf(from, sizeof from, "%.*s", (int)(comma - text), text);
    return parse_number(from, &options->peek_from) || parse_number(comma + 1, &options->peek_to) ? -EINVAL
                                                                                                 : 0;
}

static int refuse(const char *what, const char *value)
{
    fprintf(stderr, "crumple: %s '%s'; see crumple-writer --help\n", what, value);
    return -EINVAL;
}

/* A crash is not lost because of a wrong limit. */
static void parse_keep(const char *text, struct retain_rules *ret_rules)
{
    char complaint[400];
    if (retain_parse(text, ret_rules, complaint, sizeof complaint) == 0)
        return;
    fprintf(stderr, "crumple: --keep: %s; '%s' is used\n", complaint, CRUMPLE_KEEP_DEFAULT);
    (void)retain_parse(CRUMPLE_KEEP_DEFAULT, ret_rules, complaint, sizeof complaint);
}

static int parse_option(int letter, struct options *options)
{
    switch (letter) {
    case 'd':
        options->display_directory = optarg;
        return 0;
    case 'e':
        return parse_mode(optarg, &options->summary) ? refuse("no such mode of --stderr:", optarg) : 0;
    case 's':
    case 'S':
        options->is_asked = letter == 's';
        return parse_number(optarg, &options->status_fd) ? refuse("not a descriptor:", optarg) : 0;
    case 'c':
        return parse_number(optarg, &options->core_fd) ? refuse("not a descriptor:", optarg) : 0;
    case 'o':
        return die_of_parse(optarg, &options->die_of) ? refuse("not SIGNAL:MS:", optarg) : 0;
    case 'x':
        return parse_number(optarg, &options->exe_fd) ? refuse("not a descriptor:", optarg) : 0;
    case 'p':
        return parse_peek(optarg, options) ? refuse("not two descriptors:", optarg) : 0;
    case 'h':
        fputs(help, stdout);
        return 1;
    case 'v':
        puts("crumple-writer " CRUMPLE_VERSION);
        return 1;
    case 'l':
        stages_print();
        return 1;
    case 'a':
        options->is_again = true;
        return 0;
    case 'b':
        options->is_sandboxed = true;
        return 0;
    case 'w':
        return parse_number(optarg, &options->limit_ms) ? refuse("not a number:", optarg) : 0;
    case 'k':
        parse_keep(optarg, &options->keep);
        return 0;
    case 'r':
        options->sysroot = optarg;
        return 0;
    case 'm':
        options->metrics_directory = optarg;
        return 0;
    default:
        fputs("crumple: wrong option; see crumple-writer --help\n", stderr);
        return -EINVAL;
    }
}

int options_parse(int argc, char **argv, struct options *ret_options)
{
    static const struct option table[] = {
        {"dir", required_argument, NULL, 'd'},       {"stderr", required_argument, NULL, 'e'},
        {"status-fd", required_argument, NULL, 's'}, {"help", no_argument, NULL, 'h'},
        {"version", no_argument, NULL, 'v'},         {"keep", required_argument, NULL, 'k'},
        {"metrics", required_argument, NULL, 'm'},   {"result-fd", required_argument, NULL, 'S'},
        {"stages", no_argument, NULL, 'l'},          {"again", no_argument, NULL, 'a'},
        {"supervise", required_argument, NULL, 'w'}, {"sandbox", no_argument, NULL, 'b'},
        {"core-fd", required_argument, NULL, 'c'},   {"exe-fd", required_argument, NULL, 'x'},
        {"peek", required_argument, NULL, 'p'},      {"die-of", required_argument, NULL, 'o'},
        {"sysroot", required_argument, NULL, 'r'},   {NULL, 0, NULL, 0},
    };
    struct options options = {.summary = SUMMARY_TEXT,
                              .status_fd = -1,
                              .core_fd = -1,
                              .exe_fd = -1,
                              .peek_from = -1,
                              .peek_to = -1};
    opterr = 0;
    for (int letter; (letter = getopt_long(argc, argv, "", table, NULL)) != -1;) {
        int result = parse_option(letter, &options);
        if (result != 0) {
            ret_options->die_of = options.die_of;
            return result;
        }
    }
    if (options.metrics_directory && optind < argc)
        return refuse("--metrics takes no core:", argv[optind]);
    if (options.metrics_directory) {
        *ret_options = options;
        return 0;
    }
    if (optind + 1 != argc)
        return refuse(optind == argc ? "no core given:" : "more than one core:",
                      optind == argc ? "" : argv[optind + 1]);
    options.core_path = argv[optind];
    options.is_again |= options.status_fd < 0; /* by hand, or by 'crumple collect' */
    *ret_options = options;
    return 0;
}
