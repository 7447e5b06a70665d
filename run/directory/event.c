/* SPDX-License-Identifier: MIT */
#include "directory/event.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/say.h"
#include "crumple_text.h"
#include "directory/directory.h"
#include "ndjson.h"
#include "program_preload.h"

#define LIMIT_S 10 /* for the metrics, which nobody waits for */

/* Who owns crumple-run can do all that a writer could. */
static bool is_trusted(const char *path)
{
    struct stat writer, self = {0};
    if (stat("/proc/self/exe", &self) < 0)
        self.st_uid = geteuid();
    return stat(path, &writer) == 0 &&
           (writer.st_uid == 0 || writer.st_uid == geteuid() || writer.st_uid == self.st_uid) &&
           !(writer.st_mode & S_IWOTH);
}

int event_writer_path(const struct crumple_settings *given, char ret_path[PATH_MAX])
{
    if (given->writer[0])
        snprintf(ret_path, PATH_MAX, "%s", given->writer);
    else if (!program_beside("crumple-writer", ret_path, PATH_MAX))
        return -ENOENT;
    if (access(ret_path, X_OK) < 0)
        return -errno;
    return is_trusted(ret_path) ? 0 : -EPERM;
}

/* Writes one character. Returns how many bytes of the text it took. */
static size_t put(FILE *to, const char *at, size_t left)
{
    char escape[CRUMPLE_TEXT_ESCAPE];
    uint32_t c = 0;
    size_t n = crumple_text_decode(at, left, &c);
    if (n == 0) {
        fputs("\xef\xbf\xbd", to);
        return 1;
    }
    if (crumple_text_is_unsafe(c)) {
        const size_t length = crumple_text_escape(c, escape);
        fwrite(escape, 1, length, to);
        return n;
    }
    if (c == '"' || c == '\\')
        fputc('\\', to);
    fwrite(at, 1, n, to);
    return n;
}

void event_member(FILE *to, const char *key, const char *value)
{
    size_t left = strlen(value);
    fprintf(to, ",\"%s\":\"", key);
    while (left) {
        size_t taken = put(to, value, left);
        value += taken;
        left -= taken;
    }
    fputc('"', to);
}

_Noreturn void event_write(const struct crumple_settings *given, const char *lines, size_t size)
{
    static char *const no_environment[] = {NULL};
    char name[PATH_MAX], path[PATH_MAX], option[PATH_MAX + 16];
    (void)alarm(LIMIT_S); /* exec keeps it */
    int directory = directory_open(given->dir, name);
    int error = directory < 0 ? directory : ndjson_append(directory, lines, size);
    if (error < 0) {
        say("an event could not be written to '%s': %s", name, strerror(-error));
        _exit(1);
    }
    snprintf(option, sizeof option, "--metrics=%s", name);
    const char *const words[] = {"crumple-writer", option, NULL};
    if (event_writer_path(given, path) == 0)
        (void)execve(path, (char *const *)words, no_environment);
    _exit(1); /* the next report says what is wrong with the writer */
}
