/* SPDX-License-Identifier: MIT */
/* The package of an executable: see lookup/package.h. */
#include <errno.h>
#include <fcntl.h>
#include <gelf.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/text.h"
#include "lookup/child.h"
#include "lookup/package.h"
#include "read/build_id.h"
#include "read/find.h"
#include "read/report.h"

#define DPKG          "/var/lib/dpkg"
#define NOTE_TYPE     0xcafe1a7e
#define FILE_MAX      (64 << 20)
#define NAME_MAX_DPKG 200
#define TEXT_MAX      400

struct file {
    const char *text;
    size_t size;
};

/* Maps a regular file. Returns 0 or a negative errno. */
static int map_file(const char *path, struct file *ret)
{
    struct stat st;
    int fd = find_open_regular(path, 0), error = 0;

    *ret = (struct file){"", 0};
    if (fd < 0)
        return fd;
    if (fstat(fd, &st) < 0 || st.st_size > FILE_MAX)
        error = -EFBIG;
    else if (st.st_size > 0) {
        void *text = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);

        if (text == MAP_FAILED)
            error = -errno;
        else
            *ret = (struct file){text, (size_t)st.st_size};
    }
    close(fd);
    return error;
}

static void unmap_file(const struct file *file)
{
    if (file->size)
        munmap((void *)(uintptr_t)file->text, file->size);
}

/* Whether the text has the path as a line. */
static bool has_line(const struct file *file, const char *path)
{
    const size_t n = strlen(path);
    const char *end = file->text + file->size;

    for (const char *at = file->text; (at = memmem(at, (size_t)(end - at), path, n)) != NULL; at += n)
        if ((at == file->text || at[-1] == '\n') && (at + n == end || at[n] == '\n'))
            return true;
    return false;
}

/* --- dpkg ------------------------------------------------------------------------------------------------ */

/* Of a stanza of 'status': whatever is missing is "". */
struct stanza {
    char name[NAME_MAX_DPKG], version[NAME_MAX_DPKG], architecture[40];
    bool is_installed;
};

static bool take_field(const char *line, size_t n, const char *field, char *to, size_t size)
{
    const size_t k = strlen(field);

    if (n <= k || memcmp(line, field, k) != 0)
        return false;
    snprintf(to, size, "%.*s", (int)(n - k), line + k);
    return true;
}

/* Reads lines up to the empty one. Returns where the next stanza begins. */
static const char *read_stanza(const char *at, const char *end, struct stanza *ret)
{
    char status[80] = "";

    *ret = (struct stanza){.is_installed = false};
    while (at < end) {
        const char *next = memchr(at, '\n', (size_t)(end - at));
        const size_t n = (size_t)((next ? next : end) - at);

        if (n && !take_field(at, n, "Package: ", ret->name, sizeof ret->name) &&
            !take_field(at, n, "Version: ", ret->version, sizeof ret->version) &&
            !take_field(at, n, "Architecture: ", ret->architecture, sizeof ret->architecture))
            (void)take_field(at, n, "Status: ", status, sizeof status);
        at = next ? next + 1 : end;
        if (!n)
            break;
    }
    const char *last = strrchr(status, ' ');
    ret->is_installed = ret->name[0] && !strchr(ret->name, '/') && last && strcmp(last, " installed") == 0;
    return at;
}

/* Whether the package has one of the paths. */
static bool owns(const char *root, const struct stanza *package, const char *const paths[2])
{
    char name[600];
    struct file list;
    bool found = false;

    snprintf(name, sizeof name, "%s/info/%s.list", root, package->name);
    if (map_file(name, &list) < 0) {
        snprintf(name, sizeof name, "%s/info/%s:%s.list", root, package->name, package->architecture);
        if (strchr(package->architecture, '/') || map_file(name, &list) < 0)
            return false;
    }
    for (size_t i = 0; i < 2 && paths[i] && !found; i++)
        found = has_line(&list, paths[i]);
    unmap_file(&list);
    return found;
}

static char *words(const char *name, const char *version)
{
    char *text;

    return asprintf(&text, "%s%s%s", name, version[0] ? " " : "", version) < 0 ? NULL : text;
}

char *package_of_path(const char *root, const char *path)
{
    /* Where /bin is a link to /usr/bin, lists have either. */
    const char *const paths[2] = {path, strncmp(path, "/usr/", 5) == 0 ? path + 4 : NULL};
    char name[600], *found = NULL;
    struct stanza package;
    struct file status;

    snprintf(name, sizeof name, "%s/status", root);
    if (path[0] != '/' || strchr(path, '\n') || map_file(name, &status) < 0)
        return NULL;
    for (const char *at = status.text, *end = at + status.size; at < end && !found;) {
        at = read_stanza(at, end, &package);
        if (package.is_installed && owns(root, &package, paths))
            found = words(package.name, package.version);
    }
    unmap_file(&status);
    return found;
}

char *package_of_file(const char *path)
{
    char *real = realpath(path, NULL), *found = real ? package_of_path(DPKG, real) : NULL;

    free(real);
    return found;
}

/* --- the note -------------------------------------------------------------------------------------------- */

char *package_of_note(const char *text, size_t size)
{
    json_t *note = json_loadb(text, strnlen(text, size), 0, NULL);
    const char *name = report_string(note, "name"), *version = report_string(note, "version");
    char *found = name ? words(name, version ? version : "") : NULL;

    json_decref(note);
    return found;
}

static char *note_of_section(Elf_Scn *section)
{
    Elf_Data *data = elf_getdata(section, NULL);
    size_t at = 0, name_at, text_at;
    GElf_Nhdr note;
    char *found = NULL;

    while (!found && data && (at = gelf_getnote(data, at, &note, &name_at, &text_at)) > 0)
        if (note.n_type == NOTE_TYPE && note.n_namesz == sizeof "FDO" &&
            memcmp((const char *)data->d_buf + name_at, "FDO", sizeof "FDO") == 0)
            found = package_of_note((const char *)data->d_buf + text_at, note.n_descsz);
    return found;
}

static char *read_note(const char *path)
{
    int fd = find_open_regular(path, 0);
    char *found = NULL;

    if (fd < 0)
        return NULL;
    elf_version(EV_CURRENT);
    Elf *elf = elf_begin(fd, ELF_C_READ_MMAP, NULL);
    GElf_Shdr header;
    for (Elf_Scn *section = elf ? elf_nextscn(elf, NULL) : NULL; section && !found;
         section = elf_nextscn(elf, section))
        if (gelf_getshdr(section, &header) && header.sh_type == SHT_NOTE)
            found = note_of_section(section);
    elf_end(elf);
    close(fd);
    return found;
}

/* --- the executable of a report -------------------------------------------------------------------------- */

/* The first module is the executable. */
static const json_t *executable(const json_t *report)
{
    return json_array_get(json_object_get(report, "modules"), 0);
}

static void look(FILE *to, void *context)
{
    const json_t *report = context, *module = executable(report);
    const char *path = report_string(module, "path"), *wanted = report_string(module, "build_id");
    const char *exe = report_string(report, "exe");
    char id[ELF_ID_BYTES];

    if (!path || !wanted || elf_id_read(path, id) < 0 || strcmp(id, wanted) != 0)
        return;
    char *found = read_note(path);
    /* By the name it was started with first: redis-server is a link to a program of another package. */
    if (!found && exe)
        found = package_of_path(DPKG, exe);
    if (!found)
        found = package_of_path(DPKG, path);
    if (found)
        fprintf(to, "%s\n", found);
    free(found);
}

static int take(const char *line, size_t len, void *context)
{
    char **ret = context;

    free(*ret);
    *ret = strndup(line, len < TEXT_MAX ? len : TEXT_MAX);
    return *ret ? 0 : -ENOMEM;
}

char *package_find(const json_t *report)
{
    const char *reason;
    char *found = NULL;

    if (report_string(executable(report), "build_id"))
        (void)lookup_child_run(look, (void *)(uintptr_t)report, take, &found, &reason);
    return found;
}
