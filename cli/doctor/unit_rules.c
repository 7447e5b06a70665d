/* SPDX-License-Identifier: MIT */
#include "doctor/unit_rules.h"

#include <string.h>

#include "facts/unit_calls.h"

#define TOPIC "unit"

static void judge_calls(const struct unit *unit, struct verdicts *ret)
{
    char word[64];
    bool kills;
    if (!unit->settings[UNIT_SYSTEM_CALLS])
        return;
    if (!unit_refuses_calls(unit, word, sizeof word, &kills)) {
        verdicts_add(ret, VERDICT_OK, TOPIC, "SystemCallFilter= lets the capture through");
    } else if (strcmp(word, "mincore") == 0) {
        verdicts_add(
            ret, VERDICT_WARN, TOPIC,
            "SystemCallFilter=@system-service lacks mincore, and kills at it: the writer dies, and a crash leaves a core for 'crumple collect'");
        verdicts_advise(ret, "SystemCallFilter=mincore");
    } else if (kills) {
        verdicts_add(
            ret, VERDICT_WARN, TOPIC,
            "SystemCallFilter=%s refuses calls of the capture, and kills at them: a crash may leave no report",
            word);
        verdicts_advise(ret, "SystemCallErrorNumber=EPERM");
    } else {
        verdicts_add(
            ret, VERDICT_NOTE, TOPIC,
            "SystemCallFilter=%s refuses calls of the capture; docs/surroundings.md says what each costs",
            word);
        verdicts_advise(ret, "try it: systemctl kill -s SEGV %s", unit->name);
    }
}

static size_t covers_words(const char *words, const char *path)
{
    struct unit unit = {.path = NULL};
    unit.settings[UNIT_READ_ONLY] = (char *)words;
    return unit_covers(&unit, UNIT_READ_ONLY, path);
}

/* StateDirectory=a b/c: names below a folder. */
static bool is_in_own(const struct unit *unit, enum unit_setting setting, const char *folder,
                      const char *path)
{
    size_t n = strlen(folder);
    for (const char *at = unit_text(unit, setting, ""); *at && strncmp(path, folder, n) == 0;) {
        at += strspn(at, " \t");
        size_t word = strcspn(at, " \t"), name = strcspn(at, " \t:");
        if (name && strncmp(path + n, at, name) == 0 && (!path[n + name] || path[n + name] == '/'))
            return true;
        at += word;
    }
    return false;
}

bool unit_may_write(const struct unit *unit, const char *path)
{
    const char *protect =
        unit_is_on(unit, UNIT_DYNAMIC_USER) ? "strict" : unit_text(unit, UNIT_PROTECT_SYSTEM, "no");
    size_t read_only = unit_covers(unit, UNIT_READ_ONLY, path),
           hidden = unit_covers(unit, UNIT_INACCESSIBLE, path), protected = 0;
    if (strcmp(protect, "strict") == 0)
    protected = !covers_words("/dev /proc /sys", path);
    else if (strcmp(protect, "full") == 0) protected = covers_words("/usr /boot /efi /etc", path);
    else if (unit_is_on(unit, UNIT_PROTECT_SYSTEM)) protected = covers_words("/usr /boot /efi", path);
    if (is_in_own(unit, UNIT_STATE, "/var/lib/", path) || is_in_own(unit, UNIT_LOGS, "/var/log/", path) ||
        is_in_own(unit, UNIT_CACHE, "/var/cache/", path) || is_in_own(unit, UNIT_RUNTIME, "/run/", path))
        return true;
    size_t most = read_only > hidden ? read_only : hidden;
    most = most > protected ? most : protected;
    return most == 0 || unit_covers(unit, UNIT_READ_WRITE, path) > most;
}

static bool is_home(const char *path)
{
    return covers_words("/home /root /run/user", path);
}

/* Why the service cannot load or run the file; NULL: it can. */
static const char *why_no_exec(const struct unit *unit, const char *path)
{
    if (unit_covers(unit, UNIT_NO_EXEC, path) > unit_covers(unit, UNIT_EXEC, path))
        return "NoExecPaths=";
    if (unit_covers(unit, UNIT_INACCESSIBLE, path))
        return "InaccessiblePaths=";
    const char *home = unit_text(unit, UNIT_PROTECT_HOME, "no");
    if (is_home(path) && (unit_is_on(unit, UNIT_PROTECT_HOME) || strcmp(home, "tmpfs") == 0))
        return "ProtectHome=";
    return NULL;
}

static void judge_files(const struct unit *unit, const struct unit_needs *needs, struct verdicts *ret)
{
    const char *why = why_no_exec(unit, needs->object);
    const bool is_object = why != NULL;
    if (!why)
        why = why_no_exec(unit, needs->writer);
    if (!why)
        return;
    if (is_object)
        verdicts_add(ret, VERDICT_FAIL, TOPIC, "%s forbids to load %s: the service runs without crumple", why,
                     needs->object);
    else
        verdicts_add(ret, VERDICT_WARN, TOPIC,
                     "%s forbids to run %s: a crash leaves a core for 'crumple collect'", why, needs->writer);
    const char *slash = strrchr(needs->object, '/');
    if (strcmp(why, "NoExecPaths=") == 0)
        verdicts_advise(ret, "ExecPaths=%.*s", (int)(slash ? slash - needs->object : 1), needs->object);
    else
        verdicts_advise(ret, "crumple install /opt/crumple");
}

static void judge_directory(const struct unit *unit, const struct unit_needs *needs, struct verdicts *ret)
{
    const bool is_tmp = covers_words("/tmp /var/tmp", needs->dir);
    if (is_tmp && (unit_is_on(unit, UNIT_PRIVATE_TMP) || unit_is_on(unit, UNIT_DYNAMIC_USER))) {
        verdicts_add(ret, VERDICT_WARN, TOPIC,
                     "PrivateTmp=yes: bundles in %s are deleted when the service stops", needs->dir);
        verdicts_advise(ret, "Environment=CRUMPLE_DIR=/var/crash/crumple, ReadWritePaths=/var/crash/crumple");
    } else if (!unit_may_write(unit, needs->dir)) {
        verdicts_add(
            ret, VERDICT_WARN, TOPIC,
            "%s is read-only for the service (ProtectSystem=%s): bundles go to /tmp%s", needs->dir,
            unit_is_on(unit, UNIT_DYNAMIC_USER) ? "strict" : unit_text(unit, UNIT_PROTECT_SYSTEM, "no"),
            unit_is_on(unit, UNIT_PRIVATE_TMP) ? ", which is private and deleted when it stops" : "");
        verdicts_advise(ret, "ReadWritePaths=%s", needs->dir);
    } else {
        verdicts_add(ret, VERDICT_OK, TOPIC, "the service may write to %s", needs->dir);
    }
    if (unit->settings[UNIT_ROOT_DIRECTORY] || unit->settings[UNIT_ROOT_IMAGE]) {
        verdicts_add(
            ret, VERDICT_WARN, TOPIC,
            "RootDirectory= or RootImage=: crumple and the crash directory must lie inside that root");
        verdicts_advise(ret, "BindReadOnlyPaths= for crumple, BindPaths= for the crash directory");
    }
}

/* ExecStart=/bin/sh -c '...': the server is another program. */
static bool is_shell(const char *exec_start)
{
    static const char *const shells[] = {"sh", "bash", "dash", "env"};
    bool is_one = false;
    const char *at = exec_start + strspn(exec_start, "@-:+!"), *name = at;
    const size_t n = strcspn(at, " \t");
    for (size_t i = 0; i < n; i++)
        name = at[i] == '/' ? at + i + 1 : name;
    for (size_t i = 0; i < sizeof shells / sizeof *shells; i++)
        is_one |= strlen(shells[i]) == (size_t)(at + n - name) &&
                  memcmp(shells[i], name, (size_t)(at + n - name)) == 0;
    return is_one;
}

static void judge_start(const struct unit *unit, const struct unit_needs *needs, struct verdicts *ret)
{
    const char *type = unit_text(unit, UNIT_TYPE, "simple"),
               *access = unit_text(unit, UNIT_NOTIFY_ACCESS, "main");
    const bool by_run = strstr(unit_text(unit, UNIT_EXEC_START, ""), "crumple-run") != NULL;
    const bool notifies = strncmp(type, "notify", 6) == 0;
    if (!needs->preload && !by_run) {
        verdicts_add(ret, VERDICT_WARN, TOPIC, "%s does not preload crumple", unit->name);
        verdicts_advise(ret, "systemctl edit %s: [Service] Environment=LD_PRELOAD=%s", unit->name,
                        needs->object);
    }
    if (needs->is_exec_start && is_shell(unit_text(unit, UNIT_EXEC_START, ""))) {
        verdicts_add(ret, VERDICT_NOTE, TOPIC, "ExecStart= is a shell, which the verdicts are about");
        verdicts_advise(ret, "crumple doctor --unit %s PROGRAM", unit->name);
    }
    if (by_run && notifies && strcmp(access, "all") != 0) {
        verdicts_add(
            ret, VERDICT_WARN, TOPIC,
            "Type=%s with crumple-run: systemd ignores the server's message, since it comes from a child (NotifyAccess=%s)",
            type, access);
        verdicts_advise(ret, "NotifyAccess=all");
    }
    if (by_run && strcmp(unit_text(unit, UNIT_KILL_MODE, "control-group"), "mixed") != 0) {
        verdicts_add(ret, VERDICT_WARN, TOPIC, "KillMode=%s with crumple-run: the server gets SIGTERM twice",
                     unit_text(unit, UNIT_KILL_MODE, "control-group"));
        verdicts_advise(ret, "KillMode=mixed");
    }
    const char *restart = unit_text(unit, UNIT_RESTART, "no");
    if (by_run && strncmp(restart, "on-", 3) == 0 && strcmp(restart, "on-failure") != 0 &&
        strcmp(restart, "on-success") != 0 &&
        !strstr(unit_text(unit, UNIT_EXEC_START, ""), "--exit-by-signal")) {
        verdicts_add(
            ret, VERDICT_WARN, TOPIC,
            "Restart=%s with crumple-run: a death by a signal is a status for systemd, and the service is not restarted",
            restart);
        verdicts_advise(ret, "ExecStart=.../crumple-run --exit-by-signal -- ...");
    }
    if (strcmp(type, "forking") == 0)
        verdicts_add(
            ret, by_run ? VERDICT_WARN : VERDICT_NOTE, TOPIC,
            "Type=forking: crumple's reports are not affected, but crumple-run would see the end of the first process, not of the server");
}

void unit_judge(const struct unit *unit, const struct unit_needs *needs, struct verdicts *ret)
{
    verdicts_add(ret, VERDICT_OK, TOPIC, "%s, with %zu drop-in%s", unit->path, unit->drop_ins,
                 unit->drop_ins == 1 ? "" : "s");
    judge_start(unit, needs, ret);
    judge_directory(unit, needs, ret);
    judge_files(unit, needs, ret);
    judge_calls(unit, ret);
}
