/* SPDX-License-Identifier: MIT */
/* crumple show: one crash for people, for programs, as a core, or in gdb. */
#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/confine.h"
#include "read/bundle.h"
#include "read/extract.h"
#include "read/secrets.h"
#include "screen/apart.h"
#include "screen/out.h"
#include "screen/pager.h"
#include "show/show.h"
#include "verbs/show_gdb.h"
#include "verbs/show_locals.h"
#include "places/filter.h"
#include "places/open_bundle.h"
#include "places/sources_options.h"
#include "verbs/verbs.h"

#define DEFAULT_FRAMES 32

struct frame_limit {
    bool given;
    size_t count;
};

struct settings {
    struct rows_filter filter;
    bool no_pager, json, all, no_demangle, gdb, locals, secrets;
    struct frame_limit frames;
    const char *core, *dir;
    struct sources sources;
    enum options_color color;
};

static int read_frame_limit(const char *argument, void *ret)
{
    struct frame_limit *limit = ret;

    limit->given = true;
    return options_read_count(argument, &limit->count);
}

static const struct options_row options[] = {
    {0, "json", NULL, "Print the report as JSON.", options_read_flag, offsetof(struct settings, json)},
    {'a', "all", NULL, "Show every thread separately, with every frame, registers and untruncated values.",
     options_read_flag, offsetof(struct settings, all)},
    {0, "frames", "N", "Show the N innermost frames of a stack (32; 0 shows all).", read_frame_limit,
     offsetof(struct settings, frames)},
    {0, "locals", NULL,
     "Show arguments and local variables of the faulting thread's frames, by the core and debug information.",
     options_read_flag, offsetof(struct settings, locals)},
    {0, "secrets", NULL, "Show values that are secret, too.", options_read_flag,
     offsetof(struct settings, secrets)},
    {0, "no-demangle", NULL, "Show names as the linker sees them.", options_read_flag,
     offsetof(struct settings, no_demangle)},
    {0, "core", "FILE", "Write the core to FILE; '-' writes to stdout, unless it is a terminal.",
     options_read_string, offsetof(struct settings, core)},
    {0, "gdb", NULL, "Run gdb on the core; words after '--' are options of gdb.", options_read_flag,
     offsetof(struct settings, gdb)},
    SOURCES_OPTIONS(struct settings, sources),
    FILTER_OPTIONS_BUT_EXE(struct settings, filter),
    {0, "dir", "DIR", "Look for the crash in DIR instead of the crash directory.", options_read_string,
     offsetof(struct settings, dir)},
    OPTIONS_COLOR_ROW(struct settings, color),
    OPTIONS_PAGER_ROW(struct settings, no_pager),
    {0, NULL, NULL, NULL, NULL, 0},
};

/* What writes a core, and where to. */
struct core_work {
    const char *word, *to;
    const struct show_places *places;
    int fd;
};

/* In a child: it reads the bundle, and can write nothing but what is open. */
static int fill_core(void *context)
{
    const struct core_work *work = context;
    const struct show_purpose purpose = {.modules = false};
    struct show_bundle bundle;

    extract_forget();
    int status = show_load(work->word, work->places, &purpose, &bundle);
    if (status == VERB_OK) {
        int error = bundle_copy_core(bundle.reader, work->fd);
        if (close(work->fd) < 0 && error == 0)
            error = -errno;
        status = show_core_status(&bundle, work->to, error);
    }
    show_unload(&bundle);
    return status;
}

static int say_unwritten(const char *to, int error)
{
    say("cannot write '%s': %s; no core was written", to, strerror(-error));
    return VERB_DAMAGED;
}

static int write_core(const char *word, const struct show_places *places, const char *to)
{
    const bool is_stdout = strcmp(to, "-") == 0;
    struct core_work work = {word, is_stdout ? "stdout" : to, places, -1};
    char *made = NULL;

    if (is_stdout && isatty(STDOUT_FILENO)) {
        say("refusing to write a core to a terminal; name a file or redirect stdout");
        return VERB_USAGE;
    }
    work.fd = is_stdout ? fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3) : extract_open(to, &made);
    if (work.fd < 0)
        return say_unwritten(work.to, is_stdout ? -errno : work.fd);
    int status = apart_run(fill_core, &work);
    close(work.fd);
    int error = made ? extract_commit(made, to, status == VERB_OK ? 0 : -ECANCELED) : 0;
    return status == VERB_OK && error < 0 ? say_unwritten(to, error) : status;
}

static size_t frames_wanted(const struct settings *settings)
{
    return settings->frames.given ? settings->frames.count : settings->all ? 0 : DEFAULT_FRAMES;
}

static int print_text(const struct show_bundle *bundle, const struct settings *settings,
                      const struct sources *sources, json_t *locals, json_t *secrets)
{
    struct show show = {
        .report = bundle->report,
        .bundle = bundle->path,
        .all = settings->all,
        .demangle = !settings->no_demangle,
        .frames = frames_wanted(settings),
        .secrets = settings->secrets,
        .secret_values = secrets,
        .group = bundle->group,
        .locals = locals,
        .sources = sources,
        .colors = out_colors(settings->color),
    };
    const char *reason;

    if (show_report(&show, &reason) < 0) {
        say("out of memory");
        return VERB_DAMAGED;
    }
    if (reason)
        say("some names and source lines are missing: %s", reason);
    return VERB_OK;
}

/* They stand before the core, which the variables need. */
static json_t *find_secrets(struct show_bundle *bundle, int *ret_status)
{
    json_t *secrets = NULL;
    int error = secrets_read(bundle->reader, &secrets);

    if (error < 0 && error != -ENODATA) {
        say("no secrets: '%s' is damaged: its secrets.json cannot be read", bundle->path);
        *ret_status = VERB_DAMAGED;
    }
    return secrets;
}

/* The report, as text or JSON, with the variables that are wanted. */
static int print_report(struct show_bundle *bundle, const struct settings *settings,
                        const struct sources *sources, int room)
{
    const struct locals_wish wish = {
        .frames = settings->json ? 0 : frames_wanted(settings),
        .secrets = settings->secrets,
        .whole = settings->all,
        .sources = sources,
    };
    int status = VERB_OK, locals_status = VERB_OK;
    json_t *secrets = settings->secrets ? find_secrets(bundle, &status) : NULL;
    json_t *locals = settings->locals ? show_locals_find(bundle, room, &wish, &locals_status) : NULL;

    if (settings->json) {
        show_locals_add(bundle->report, locals);
        if (bundle->group)
            json_object_set(bundle->report, "group_facts", bundle->group);
        if (secrets)
            json_object_set(bundle->report, "secrets", secrets);
        out_json(bundle->report, 2);
    } else {
        int printed = print_text(bundle, settings, sources, locals, secrets);

        status = status == VERB_OK ? printed : status;
    }
    json_decref(locals);
    json_decref(secrets);
    return status == VERB_OK ? locals_status : status;
}

static int check_usage(const struct settings *settings, const struct options_operands *operands)
{
    const char *wrong = NULL;

    if (operands->count == 0)
        wrong = "which bundle? 'crumple show last' shows the newest";
    else if (settings->dir && operands->count > 1)
        wrong = "--dir excludes further directories";
    else if (settings->json + settings->gdb + (settings->core != NULL) > 1)
        wrong = "--json, --core and --gdb exclude each other";
    else if (settings->locals && (settings->core || settings->gdb))
        wrong = "--locals shows no core; gdb has 'info locals'";
    else if (!settings->gdb && operands->rest_count > 0)
        wrong = "words after '--' need --gdb";
    else if (settings->sources.exe && settings->sources.exe[0] == '-')
        wrong = "the path after --exe begins with a dash";
    if (wrong)
        say("%s; see 'crumple show --help'", wrong);
    return wrong ? VERB_USAGE : VERB_OK;
}

static int run(const void *given, const struct options_operands *operands)
{
    const struct settings *settings = given;
    struct sources sources = settings->sources;
    struct show_bundle bundle = {.fd = -1};
    char *dir = (char *)settings->dir;
    struct show_places places = {.filter = &settings->filter};
    const struct show_purpose purpose = {.modules = !settings->json || settings->locals, .sources = &sources};
    int status = check_usage(settings, operands);

    if (status == VERB_OK && !sources_are_there(&sources))
        status = VERB_USAGE;
    if (dir)
        places.operands = (struct options_operands){.words = &dir, .count = 1};
    else if (operands->count > 0)
        places.operands =
            (struct options_operands){.words = operands->words + 1, .count = operands->count - 1};
    if (status == VERB_OK && settings->gdb)
        return show_gdb(operands, &places, &sources);
    if (status == VERB_OK && settings->core)
        return write_core(operands->words[0], &places, settings->core);
    if (status == VERB_OK)
        pager_start(settings->no_pager);
    int room = status == VERB_OK && settings->locals ? show_locals_room() : -1;
    if (status == VERB_OK)
        status = show_load(operands->words[0], &places, &purpose, &bundle);
    if (status == VERB_OK)
        status = print_report(&bundle, settings, &sources, room);
    if (room >= 0)
        close(room);
    sources_clear(&sources);
    show_unload(&bundle);
    return status;
}

const struct verb verbs_show_verb = {
    .name = "show",
    .operands = "BUNDLE|GROUP [DIR|FILE]... [-- GDB-OPTION...]",
    .summary = "one crash: its stacks, its JSON report, its core, or gdb on the core",
    .about =
        "Shows one crash. "
        "BUNDLE is 'last' or -1 for the newest crash in the crash directory (-2 for the one before it), an id or the beginning of one, a pid, the path or the name of a bundle, or '-' for stdin. "
        "GROUP is the id of a group ('crumple group' has them) or a signature, or the beginning of one: its newest bundle is shown, and what its members share against the other events of the program. "
        "With options that pick events, 'last', -N and GROUP mean the newest of these. "
        "Source lines come from debug information that has the module's build-id, on this machine or where the options say; the files may be of another machine.",
    .examples =
        (const struct verb_example[]){
            {"crumple show last", "the newest crash"},
            {"crumple show g3fa9c1d", "a group of equal crashes: how many, since when, and what they share"},
            {"crumple show last --where rpc=join --since 2h", "the newest one with that tag"},
            {"crumple show --locals last", "with the values of arguments and local variables"},
            {"crumple show --gdb last -- -batch -ex 'thread apply all bt'", "every stack as gdb sees it"},
            {"crumple show --core /tmp/core 20261120T18", "the core of the crash in that hour"},
            {"ssh host cat /var/crash/crumple/33/ID.tar.zst | crumple show -", "a bundle from elsewhere"},
            {NULL, NULL},
        },
    .options = options,
    .exits =
        (const struct verb_exit_text[]){
            {VERB_OK, "The bundle was shown. With --gdb, the status is that of gdb."},
            {VERB_NOTHING, "No bundle matched."},
            {VERB_USAGE, "Wrong usage, or more than one bundle matched."},
            {VERB_DAMAGED,
             "The bundle is unreadable, damaged, pending or of a newer format, or gdb or the output failed."},
            {0, NULL},
        },
    .settings_size = sizeof(struct settings),
    .operands_max = 1 + CONFINE_PATHS_MAX,
    .takes_rest = true,
    .run = run,
};
