/* SPDX-License-Identifier: MIT */
/* crumple extract: the files in a bundle, without tar and zstd. */
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/confine.h"
#include "base/text.h"
#include "crumple_format.h"
#include "rewrite/members.h"
#include "screen/apart.h"
#include "screen/out.h"
#include "places/open_bundle.h"
#include "verbs/verbs.h"

struct settings {
    const char *dir;
};

static const struct options_row options[] = {
    {0, "dir", "DIR", "Look for the crash in DIR instead of the crash directory.", options_read_string,
     offsetof(struct settings, dir)},
    {0, NULL, NULL, NULL, NULL, 0},
};

/* Where the files go. */
struct folder {
    char *path;
    int fd;
    bool is_new;
};

/* NAME of NAME.tar.zst, in the current directory; to be freed. NULL: there is none, or memory is short. */
static char *name_of(const char *bundle)
{
    const char *base = text_base_name(bundle);
    const size_t length = strlen(base), suffix = strlen(CRUMPLE_BUNDLE_SUFFIX);

    if (length <= suffix || strcmp(base + length - suffix, CRUMPLE_BUNDLE_SUFFIX) != 0)
        return NULL;
    return strndup(base, length - suffix);
}

static int open_folder(const char *bundle, const char *wanted, struct folder *ret_folder)
{
    char *path = wanted ? strdup(wanted) : name_of(bundle);

    *ret_folder = (struct folder){path, -1, false};
    if (!path || !*path) {
        say("where to? 'crumple extract %s DIR'", strcmp(bundle, "-") == 0 ? "-" : "BUNDLE");
        return VERB_USAGE;
    }
    ret_folder->is_new = mkdir(path, 0700) == 0;
    if (!ret_folder->is_new && errno == EEXIST && !wanted) {
        say("'%s' exists; name a directory: 'crumple extract BUNDLE DIR'", path);
        return VERB_DAMAGED;
    }
    if (ret_folder->is_new || errno == EEXIST)
        ret_folder->fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (ret_folder->fd >= 0)
        return VERB_OK;
    say("cannot make the directory '%s': %s", path, strerror(errno));
    return VERB_DAMAGED;
}

static void put_path(const char *name, void *context)
{
    const struct folder *folder = context;
    const size_t n = strlen(folder->path);

    text_put(stdout, folder->path);
    printf("%s%s\n", n && folder->path[n - 1] == '/' ? "" : "/", name);
}

struct work {
    struct show_bundle *bundle;
    const struct folder *folder;
};

/* In a child, so that a directory that stays empty can be removed, which nobody can in the sandbox. */
static int extract(void *context)
{
    const struct work *work = context;
    struct show_bundle *bundle = work->bundle;
    const struct folder *folder = work->folder;
    const char *reason = NULL;
    char name[128] = "";

    confine_to_showing(false, folder->path, NULL, 0);
    int error = bundle_open(bundle->fd, &bundle->reader);
    if (error == 0)
        error =
            members_extract(bundle->reader, folder->fd, put_path, (void *)(uintptr_t)folder, name, &reason);
    if (error == -EBADMSG)
        say("'%s' is damaged: %s; only whole members were written", bundle->path,
            reason ? reason : bundle_reason(bundle->reader));
    else if (error == -EEXIST)
        say("'%s/%s' exists; nothing is written over it", folder->path, name);
    else if (error < 0)
        say("cannot write '%s/%s': %s", folder->path, name, strerror(-error));
    return error == 0 ? VERB_OK : VERB_DAMAGED;
}

static int run(const void *given, const struct options_operands *operands)
{
    const struct settings *settings = given;
    char *dir = (char *)(uintptr_t)settings->dir;
    const struct show_places places = {.operands = {.words = &dir, .count = dir ? 1 : 0}};
    struct show_bundle bundle = {.fd = -1};
    struct folder folder = {.fd = -1};

    if (operands->count == 0) {
        say("which bundle? 'crumple extract last' takes the newest");
        return VERB_USAGE;
    }
    int status = show_find(operands->words[0], &places, &bundle);
    if (status == VERB_OK)
        status = open_folder(bundle.path, options_operand(operands, 1), &folder);
    if (status == VERB_OK)
        status = apart_run(extract, &(struct work){&bundle, &folder});
    if (status != VERB_OK && folder.is_new)
        (void)rmdir(folder.path); /* unless a member is in it */
    if (folder.fd >= 0)
        close(folder.fd);
    free(folder.path);
    show_unload(&bundle);
    return status;
}

const struct verb verbs_extract_verb = {
    .name = "extract",
    .operands = "BUNDLE [DIR]",
    .summary = "the files in a bundle, without tar and zstd",
    .about =
        "Writes the members of BUNDLE, whose word is that of 'crumple show', into DIR, and prints their paths. "
        "Without DIR they go into a new directory NAME in the current one. "
        "The directory is closed to others, as are the files: a core is the memory of a process. "
        "Nothing is written over. 'crumple show --core FILE' writes the core alone.",
    .examples =
        (const struct verb_example[]){
            {"crumple extract last", "the newest crash, into a directory of its name"},
            {"crumple extract 20261120T18 /tmp/crash", "into that directory"},
            {"ssh host cat /var/crash/crumple/33/ID.tar.zst | crumple extract - /tmp/crash",
             "from elsewhere"},
            {NULL, NULL},
        },
    .options = options,
    .exits =
        (const struct verb_exit_text[]){
            {VERB_OK, "All members were written."},
            {VERB_NOTHING, "No bundle matched."},
            {VERB_USAGE, "Wrong usage, or more than one bundle matched."},
            {VERB_DAMAGED,
             "The bundle is unreadable or damaged, or a file exists or cannot be written; what was written before stays."},
            {0, NULL},
        },
    .settings_size = sizeof(struct settings),
    .operands_max = 2,
    .run = run,
};
