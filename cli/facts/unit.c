/* SPDX-License-Identifier: MIT */
#include "facts/unit.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "facts/place.h"

#define DROP_INS_MAX 64
#define SUFFIX       ".service"

/* A file in an earlier folder hides the same name in a later one (systemd.unit(5), "Unit File Load Path"). */
static const char *const folders[] = {"/etc/systemd/system", "/run/systemd/system",
                                      "/usr/local/lib/systemd/system", "/usr/lib/systemd/system",
                                      "/lib/systemd/system"};
enum { FOLDERS = sizeof folders / sizeof *folders };

static const struct row {
    const char *name;
    enum unit_setting setting;
} rows[] = {
    {"Type", UNIT_TYPE},
    {"NotifyAccess", UNIT_NOTIFY_ACCESS},
    {"KillMode", UNIT_KILL_MODE},
    {"Restart", UNIT_RESTART},
    {"User", UNIT_USER},
    {"DynamicUser", UNIT_DYNAMIC_USER},
    {"PrivateTmp", UNIT_PRIVATE_TMP},
    {"ProtectSystem", UNIT_PROTECT_SYSTEM},
    {"ProtectHome", UNIT_PROTECT_HOME},
    {"RootDirectory", UNIT_ROOT_DIRECTORY},
    {"RootImage", UNIT_ROOT_IMAGE},
    {"ReadWritePaths", UNIT_READ_WRITE},
    {"ReadWriteDirectories", UNIT_READ_WRITE},
    {"ReadOnlyPaths", UNIT_READ_ONLY},
    {"ReadOnlyDirectories", UNIT_READ_ONLY},
    {"InaccessiblePaths", UNIT_INACCESSIBLE},
    {"InaccessibleDirectories", UNIT_INACCESSIBLE},
    {"NoExecPaths", UNIT_NO_EXEC},
    {"ExecPaths", UNIT_EXEC},
    {"StateDirectory", UNIT_STATE},
    {"LogsDirectory", UNIT_LOGS},
    {"CacheDirectory", UNIT_CACHE},
    {"RuntimeDirectory", UNIT_RUNTIME},
    {"SystemCallFilter", UNIT_SYSTEM_CALLS},
    {"SystemCallErrorNumber", UNIT_ERROR_NUMBER},
    {"Environment", UNIT_ENVIRONMENT},
    {"EnvironmentFile", UNIT_ENVIRONMENT_FILE},
    {"ExecStart", UNIT_EXEC_START},
};

/* An empty value empties a list (systemd.syntax(7)); other settings are replaced. */
static void store(struct unit *unit, enum unit_setting setting, const char *value)
{
    char **member = &unit->settings[setting], *longer = NULL;
    if (setting < UNIT_READ_WRITE || !*value || !*member) {
        longer = *value ? strdup(value) : NULL;
    } else if (asprintf(&longer, "%s%s%s", *member, setting == UNIT_SYSTEM_CALLS ? ";" : " ", value) < 0) {
        return;
    }
    free(*member);
    *member = longer;
}

static void take_line(struct unit *unit, char *line, bool *is_service)
{
    line += strspn(line, " \t");
    if (*line == '[')
        *is_service = strncmp(line, "[Service]", 9) == 0;
    char *value = strchr(line, '=');
    if (!*is_service || !value || *line == '#' || *line == ';')
        return;
    char *end = value;
    while (end > line && strchr(" \t", end[-1]))
        end--;
    *end = '\0';
    value++;
    value += strspn(value, " \t");
    for (size_t n = strlen(value); n && strchr(" \t\r", value[n - 1]); n--)
        value[n - 1] = '\0';
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (strcmp(line, rows[i].name) == 0)
            store(unit, rows[i].setting, value);
}

/* A line that ends with '\\' goes on in the next one. */
static void take_text(struct unit *unit, char *text)
{
    bool is_service = false;
    for (char *line = text, *next; *line; line = next) {
        char *end = strchrnul(line, '\n');
        while (*end && end > line && end[-1] == '\\' && !strchr("#;", *line)) {
            end[-1] = *end = ' ';
            end = strchrnul(end, '\n');
        }
        next = *end ? end + 1 : end;
        *end = '\0';
        take_line(unit, line, &is_service);
    }
}

/* The file in the first folder that has it. An empty one, or a link to /dev/null, masks the unit. */
static char *find_text(int root, const char *name, char *ret_path, size_t size)
{
    for (int i = 0; i < FOLDERS; i++) {
        char *text = place_read(root, NULL, "%s/%s", folders[i], name);
        if (text) {
            snprintf(ret_path, size, "%s/%s", folders[i], name);
            return text;
        }
    }
    return NULL;
}

struct drop_in {
    char name[UNIT_NAME_BYTES];
    const char *folder;
};

static int compare(const void *a, const void *b)
{
    return strcmp(((const struct drop_in *)a)->name, ((const struct drop_in *)b)->name);
}

static void list_drop_ins(int root, const char *folder, const char *unit, struct drop_in *list, size_t *count)
{
    char path[PATH_MAX];
    snprintf(path, sizeof path, "%s/%s.d", folder, unit);
    int fd = place_open(root, path, O_RDONLY | O_DIRECTORY);
    DIR *dir = fd < 0 ? NULL : fdopendir(fd);
    for (struct dirent *entry; dir && (entry = readdir(dir));) {
        size_t n = strlen(entry->d_name), i = 0;
        if (n < 6 || n >= UNIT_NAME_BYTES || strcmp(entry->d_name + n - 5, ".conf") != 0)
            continue;
        while (i < *count && strcmp(list[i].name, entry->d_name) != 0)
            i++;
        if (i < *count || *count == DROP_INS_MAX)
            continue;
        memcpy(list[i].name, entry->d_name, n + 1);
        list[i].folder = folder;
        ++*count;
    }
    if (dir)
        (void)closedir(dir);
    else if (fd >= 0)
        (void)close(fd);
}

/* By the names of the files, whatever their folder. */
static void take_drop_ins(int root, struct unit *unit, const char *of)
{
    struct drop_in *list = calloc(DROP_INS_MAX, sizeof *list);
    size_t count = 0;
    for (int i = 0; i < FOLDERS && list; i++)
        list_drop_ins(root, folders[i], of, list, &count);
    if (list)
        qsort(list, count, sizeof *list, compare);
    for (size_t i = 0; list && i < count; i++) {
        char *text = place_read(root, NULL, "%s/%s.d/%s", list[i].folder, of, list[i].name);
        if (text) {
            take_text(unit, text);
            unit->drop_ins++;
        }
        free(text);
    }
    free(list);
}

int unit_read(int root, const char *name, struct unit *ret)
{
    char path[PATH_MAX], template[UNIT_NAME_BYTES] = "";
    size_t n = strlen(name), suffix = sizeof SUFFIX - 1;
    *ret = (struct unit){.path = NULL};
    bool has_suffix = n > suffix && strcmp(name + n - suffix, SUFFIX) == 0;
    if (n + suffix >= sizeof ret->name || strchr(name, '/'))
        return -ENOENT;
    snprintf(ret->name, sizeof ret->name, "%s%s", name, has_suffix ? "" : SUFFIX);
    char *text = find_text(root, ret->name, path, sizeof path);
    const char *at = strchr(ret->name, '@');
    if (at)
        snprintf(template, sizeof template, "%.*s@" SUFFIX, (int)(at - ret->name), ret->name);
    if (!text && at)
        text = find_text(root, template, path, sizeof path);
    if (!text)
        return -ENOENT;
    ret->path = strdup(path);
    take_text(ret, text);
    free(text);
    if (at && strcmp(template, ret->name) != 0)
        take_drop_ins(root, ret, template);
    take_drop_ins(root, ret, ret->name);
    return ret->path ? 0 : -ENOMEM;
}

bool unit_of_cgroup(const char *cgroup, char ret_name[UNIT_NAME_BYTES])
{
    for (const char *line = cgroup; line && *line; line = strchr(line, '\n'), line = line ? line + 1 : NULL) {
        const char *end = strchrnul(line, '\n');
        for (const char *part = memchr(line, '/', (size_t)(end - line)); part && part < end;) {
            size_t n = strcspn(++part, "/\n");
            if (n > sizeof SUFFIX - 1 && n < UNIT_NAME_BYTES &&
                memcmp(part + n - (sizeof SUFFIX - 1), SUFFIX, sizeof SUFFIX - 1) == 0 &&
                strncmp(part, "user@", 5) != 0) {
                snprintf(ret_name, UNIT_NAME_BYTES, "%.*s", (int)n, part);
                return true;
            }
            part += n;
        }
    }
    return false;
}

bool unit_is_on(const struct unit *unit, enum unit_setting setting)
{
    const char *text = unit_text(unit, setting, "no");
    return strcasecmp(text, "yes") == 0 || strcasecmp(text, "true") == 0 || strcasecmp(text, "on") == 0 ||
           strcmp(text, "1") == 0;
}

/* ExecStart= begins with flags (systemd.service(5)). */
const char *unit_program(const struct unit *unit, char ret[UNIT_PROGRAM_BYTES])
{
    const char *text = unit_text(unit, UNIT_EXEC_START, ""), *at = text + strspn(text, "@-:+!");
    const size_t n = strcspn(at, " \t"), length = sizeof "crumple-run" - 1;
    const char *rest = strstr(at, " -- ");
    if (rest && n >= length && strncmp(at + n - length, "crumple-run", length) == 0)
        at = rest + 4 + strspn(rest + 4, " \t");
    snprintf(ret, UNIT_PROGRAM_BYTES, "%.*s", (int)strcspn(at, " \t"), at);
    return *ret ? ret : NULL;
}

const char *unit_text(const struct unit *unit, enum unit_setting setting, const char *fallback)
{
    return unit->settings[setting] ? unit->settings[setting] : fallback;
}

size_t unit_covers(const struct unit *unit, enum unit_setting list, const char *path)
{
    size_t longest = 0;
    for (const char *at = unit_text(unit, list, ""); *at;) {
        at += strspn(at, " \t");
        size_t n = strcspn(at, " \t");
        const char *word = at + strspn(at, "-+"), *end = at + n;
        while (end > word + 1 && end[-1] == '/')
            end--;
        size_t size = end > word ? (size_t)(end - word) : 0;
        if (size > longest && strncmp(path, word, size) == 0 &&
            (size == 1 || !path[size] || path[size] == '/'))
            longest = size;
        at += n;
    }
    return longest;
}

void unit_clear(struct unit *unit)
{
    free(unit->path);
    for (int i = 0; i < UNIT_SETTINGS; i++)
        free(unit->settings[i]);
    *unit = (struct unit){.path = NULL};
}
