/* SPDX-License-Identifier: MIT */
#include "report/show_command.h"

#include <limits.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#define NAME    "crumple"
#define LIB_DIR "/lib/" NAME /* below a prefix; then the command is in PREFIX/bin */

/* Not the server's PATH: who reads stderr has another one. */
static const char *const usual_dirs[] = {"/usr/local/bin", "/usr/bin", "/bin", NULL};

void show_command_quote(const char *text, struct buffer *out)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_@%+=:,./-";
    struct buffer clean = {0};
    buffer_add_clean(&clean, text, strlen(text));
    out->failed |= clean.failed;
    buffer_add_char(&clean, '\0');
    if (clean.failed || (*clean.data && clean.data[strspn(clean.data, plain)] == '\0')) {
        buffer_add_text(out, clean.failed ? "" : clean.data);
    } else {
        buffer_add_char(out, '\'');
        for (const char *at = clean.data; *at; at++)
            buffer_add(out, *at == '\'' ? "'\\''" : at, *at == '\'' ? 4 : 1);
        buffer_add_char(out, '\'');
    }
    buffer_release(&clean);
}

static bool is_program(const char *path, struct stat *ret_status)
{
    return stat(path, ret_status) == 0 && S_ISREG(ret_status->st_mode) && (ret_status->st_mode & 0111);
}

/* PREFIX/bin/crumple for PREFIX/lib/crumple/crumple-writer, else DIR/crumple beside DIR/crumple-writer. */
static bool find_own(const char *writer, char *ret_path, size_t size, struct stat *ret_status)
{
    const char *slash = strrchr(writer, '/');
    if (!slash)
        return false;
    const int length = (int)(slash - writer), suffix = (int)strlen(LIB_DIR);
    if (length >= suffix && strncmp(slash - suffix, LIB_DIR, (size_t)suffix) == 0) {
        snprintf(ret_path, size, "%.*s/bin/" NAME, length - suffix, writer);
        if (is_program(ret_path, ret_status))
            return true;
    }
    snprintf(ret_path, size, "%.*s/" NAME, length, writer);
    return is_program(ret_path, ret_status);
}

void show_command_find(const char *writer, const char *const *shell_dirs, char *ret_crumple, size_t size)
{
    char path[PATH_MAX];
    struct stat own, other;
    if (!find_own(writer, ret_crumple, size, &own)) {
        snprintf(ret_crumple, size, NAME);
        return;
    }
    for (size_t i = 0; shell_dirs[i]; i++) {
        snprintf(path, sizeof path, "%s/" NAME, shell_dirs[i]);
        if (!is_program(path, &other))
            continue;
        /* A shell takes the first. Another version may not know this bundle's format. */
        if (other.st_dev == own.st_dev && other.st_ino == own.st_ino)
            snprintf(ret_crumple, size, NAME);
        return;
    }
}

void show_command_add(const char *bundle, struct buffer *out)
{
    static char crumple[PATH_MAX];
    char writer[PATH_MAX];
    if (!crumple[0]) {
        const ssize_t length = readlink("/proc/self/exe", writer, sizeof writer - 1);
        writer[length > 0 ? length : 0] = '\0';
        show_command_find(writer, usual_dirs, crumple, sizeof crumple);
    }
    show_command_quote(crumple, out);
    buffer_add_text(out, " show ");
    show_command_quote(bundle, out);
}
