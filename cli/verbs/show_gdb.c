/* SPDX-License-Identifier: MIT */
/* show --gdb: see verbs/show_gdb.h. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lookup/elf_file.h"
#include "read/build_id.h"
#include "read/extract.h"
#include "verbs/gdb.h"
#include "screen/out.h"
#include "verbs/show_gdb.h"
#include "places/open_bundle.h"
#include "screen/verb.h"

/* What the report says of the executable: two strings, each ended by NUL, as the child sends them. */
struct facts {
    char bytes[8192];
    const char *exe, *build_id; /* "": unknown */
};

/* In the child. */
static int send_facts(const struct show_bundle *bundle, int to)
{
    struct facts facts;
    const char *build_id, *exe = gdb_executable(bundle->report, &build_id);
    int n =
        snprintf(facts.bytes, sizeof facts.bytes, "%s%c%s", exe ? exe : "", '\0', build_id ? build_id : "");

    if (n >= (int)sizeof facts.bytes) {
        say("'%s' is damaged: the path of its executable is too long; no core was written", bundle->path);
        return VERB_DAMAGED;
    }
    return write(to, facts.bytes, (size_t)n + 1) == n + 1 ? VERB_OK : VERB_DAMAGED;
}

/* In the child: read the bundle named by word, give its facts and its core. Returns the exit status. */
static int read_bundle(const char *word, const struct show_places *places, int to, int core)
{
    const struct show_purpose purpose = {.modules = false};
    struct show_bundle bundle;
    int status = show_load(word, places, &purpose, &bundle);

    if (status == VERB_OK)
        status = send_facts(&bundle, to);
    if (status == VERB_OK)
        status = show_core_status(&bundle, "the temporary core", bundle_copy_core(bundle.reader, core));
    show_unload(&bundle);
    return status;
}

/* Read what the child sends. */
static bool receive(int from, struct facts *facts)
{
    size_t len = 0;
    ssize_t n;

    while ((n = read(from, facts->bytes + len, sizeof facts->bytes - 1 - len)) != 0) {
        if (n < 0 && errno != EINTR)
            break;
        len += n > 0 ? (size_t)n : 0;
    }
    facts->bytes[len] = '\0';
    facts->exe = facts->bytes;
    facts->build_id = facts->exe + strlen(facts->exe) + 1;
    return facts->build_id < facts->bytes + len;
}

/* Have a child fill core and *ret_facts. Returns VERB_OK or the exit status, which has been said. */
static int run_child(const char *word, const struct show_places *places, int core, struct facts *ret_facts)
{
    int ends[2], status = 0;
    pid_t child;

    if (pipe2(ends, O_CLOEXEC) < 0 || (child = fork()) < 0) {
        say("cannot read the bundle: %s", strerror(errno));
        return VERB_DAMAGED;
    }
    if (child == 0) {
        (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
        extract_forget();
        _exit(read_bundle(word, places, ends[1], core));
    }
    close(ends[1]);
    bool whole = receive(ends[0], ret_facts);
    close(ends[0]);
    while (waitpid(child, &status, 0) < 0 && errno == EINTR)
        ;
    if (WIFSIGNALED(status))
        say("cannot read the bundle: its reader ended with '%s'", strsignal(WTERMSIG(status)));
    if (!WIFEXITED(status) || (WEXITSTATUS(status) == VERB_OK && !whole))
        return VERB_DAMAGED;
    return WEXITSTATUS(status);
}

struct search {
    const struct sources *sources;
    const char *build_id;
    char *path; /* of PATH_MAX bytes */
};

static bool take_exe(const char *path, void *context)
{
    const struct search *search = context;
    int fd = elf_file_open(path, search->build_id, ELF_FILE_CODE);

    if (fd < 0)
        return false;
    close(fd);
    return sources_shown(search->sources, path, search->path, PATH_MAX); /* gdb has not what is held */
}

/* The file that ran, or else what is at its path now. room: of PATH_MAX bytes, for the result. */
static const char *find_exe(const struct sources *sources, const struct facts *facts, char *room)
{
    struct search search = {sources, facts->build_id, room};
    char own[PATH_MAX];

    if (strlen(facts->build_id) > 2 && sources_each(sources, facts->exe, facts->build_id, take_exe, &search))
        return room;
    return *facts->exe && sources_own(sources, facts->exe, own, sizeof own) &&
                   sources_shown(sources, own, room, PATH_MAX)
               ? room
               : facts->exe;
}

/* Warn where the executable is not the one that ran. Returns VERB_OK or the exit status: it cannot be read.
 */
static int check_exe(const char *exe, const char *build_id)
{
    char found[ELF_ID_BYTES];

    if (!*exe) {
        say("the report names no executable; name one with --exe");
        return VERB_DAMAGED;
    }
    int error = elf_id_read(exe, found);
    if (error < 0 && error != -ENODATA) {
        say("cannot read the executable '%s': %s; name another with --exe", exe,
            error == -EINVAL ? "not a regular file" : strerror(-error));
        return VERB_DAMAGED;
    }
    if (*build_id && (error < 0 || strcmp(found, build_id) != 0))
        say("warning: '%s' is not the executable that crashed: its build-id is %s, not %s; names and lines may be wrong",
            exe, error < 0 ? "none" : found, build_id);
    return VERB_OK;
}

int show_gdb(const struct options_operands *operands, const struct show_places *places,
             const struct sources *sources)
{
    struct facts facts = {.exe = ""};
    const char *exe = sources->exe;
    char *path, own[PATH_MAX];
    int core = extract_make_temporary(&path), error;

    if (core < 0) {
        say("cannot write the temporary core: %s; no core was written", strerror(-core));
        return VERB_DAMAGED;
    }
    int status = run_child(operands->words[0], places, core, &facts);
    close(core);
    if (status == VERB_OK && !exe)
        exe = find_exe(sources, &facts, own);
    if (status == VERB_OK)
        status = check_exe(exe, facts.build_id);
    if (status == VERB_OK) {
        error = gdb_run(exe, path, sources, operands->rest, operands->rest_count,
                        strcmp(operands->words[0], "-") == 0);
        if (error < 0)
            say("cannot run gdb: %s", strerror(-error));
        status = error < 0 ? VERB_DAMAGED : error;
    }
    extract_remove(path);
    return status;
}
