/* SPDX-License-Identifier: MIT */
#include "doctor/gather.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "base/text.h"
#include "facts/place.h"
#include "doctor/setting_rules.h"
#include "program_preload.h"
#include "program_process.h"

#define ANCESTORS_MAX 16
#define RUN           "crumple-run"

__attribute__((format(printf, 2, 3))) static bool refuse(struct examination *e, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    vsnprintf(e->refusal, sizeof e->refusal, format, args);
    va_end(args);
    return false;
}

static bool gather_process(const struct examine_request *request, struct gathered *f, struct examination *e)
{
    char *end;
    long pid = request->pid ? strtol(request->pid, &end, 10) : 1;
    if (request->pid && (*end || end == request->pid || pid <= 0))
        return refuse(e, "'%s' is no number of a process", request->pid);
    f->is_running = request->pid != NULL;
    int error = process_read(f->root, request->pid ? request->pid : "self", &f->process);
    if (error && f->is_running)
        return refuse(e, error == -ENOENT ? "there is no process %s" : "process %s cannot be examined: %s",
                      request->pid, strerror(-error));
    if (f->is_running) {
        char path[64];
        snprintf(path, sizeof path, "/proc/%s/root", request->pid);
        int fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
        f->place = fd < 0 ? f->root : fd;
    }
    return true;
}

static bool gather_unit(const struct examine_request *request, struct gathered *f, struct examination *e)
{
    char name[UNIT_NAME_BYTES];
    if (request->unit)
        snprintf(name, sizeof name, "%s", request->unit);
    else if (!f->is_running || !f->process.cgroup || !unit_of_cgroup(f->process.cgroup, name))
        return true;
    f->has_unit = unit_read(f->root, name, &f->unit) == 0;
    if (f->has_unit)
        f->unit_environ = unit_environ(f->root, &f->unit);
    return f->has_unit || !request->unit || refuse(e, "there is no unit file of '%s'", request->unit);
}

static bool gather_user(const struct examine_request *request, struct gathered *f, struct examination *e)
{
    const char *who = request->user;
    if (!who && f->has_unit && !f->is_running)
        who = unit_text(&f->unit, UNIT_USER, "0");
    if (who)
        return user_find(f->place, who, &e->user) == 0 || refuse(e, "there is no user '%s'", who);
    if (!f->is_running) {
        user_self(f->root, &e->user);
        return true;
    }
    e->user = (struct user){.uid = f->process.euid, .groups = {f->process.egid}, .group_count = 1};
    for (size_t i = 0; i < f->process.group_count && e->user.group_count < USER_GROUPS_MAX; i++)
        e->user.groups[e->user.group_count++] = f->process.groups[i];
    user_add_name(f->place, &e->user);
    return true;
}

/* Of the file that would be executed: fs/exec.c, security/commoncap.c. Mounts with nosuid and no_new_privs make all of
 * that ineffective. */
static enum privilege find_privilege(const struct gathered *f, const struct user *user)
{
    struct stat status;
    struct statvfs system;
    if (f->is_running)
        return f->process.is_secure ? PRIVILEGE_SECURE : PRIVILEGE_NONE;
    if (f->file < 0 || fstat(f->file, &status) < 0 || f->process.no_new_privs ||
        (fstatvfs(f->file, &system) == 0 && (system.f_flag & ST_NOSUID)))
        return PRIVILEGE_NONE;
    if ((status.st_mode & S_ISUID && status.st_uid != user->uid) ||
        ((status.st_mode & (S_ISGID | S_IXGRP)) == (S_ISGID | S_IXGRP) &&
         (!user->group_count || status.st_gid != user->groups[0])))
        return PRIVILEGE_SETUID;
    return user->uid != 0 && fgetxattr(f->file, "security.capability", NULL, 0) > 0 ? PRIVILEGE_CAPABILITIES
                                                                                    : PRIVILEGE_NONE;
}

static bool is_below_run(pid_t pid)
{
    struct program_process process = {.ppid = pid};
    for (int i = 0; i < ANCESTORS_MAX && process.ppid > 0; i++) {
        if (program_process_read(process.ppid, 0, &process) < 0)
            return false;
        if (i > 0 && strcmp(process.name, RUN) == 0)
            return true;
    }
    return false;
}

static bool gather_running(struct gathered *f, struct examination *e)
{
    char path[96];
    snprintf(path, sizeof path, "/proc/%s/exe", f->process.name);
    ssize_t n = readlink(path, e->program.path, sizeof e->program.path - 1);
    e->program.path[n > 0 ? n : 0] = '\0';
    memcpy(e->program.loaded, e->program.path, sizeof e->program.loaded);
    f->file = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    f->marks.is_below_run = is_below_run((pid_t)strtol(f->process.name, NULL, 10));
    if (f->file >= 0)
        return program_file_read(f->file, &e->program.facts) == 0;
    return refuse(e,
                  errno == ENOENT ? "process %s has no program: a thread of the kernel, or a zombie"
                                  : "the program of process %s cannot be read: %s; try as root",
                  f->process.name, strerror(errno));
}

/* Of the file that is started, not of its interpreter. */
static void look_at_head(const char *path, struct program_marks *ret)
{
    char head[256];
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    ssize_t n = fd < 0 ? -1 : pread(fd, head, sizeof head, 0);
    ret->has_line = n >= 2 && memcmp(head, "#!", 2) == 0;
    ret->is_binary = n > 0 && memchr(head, '\0', (size_t)n);
    if (fd >= 0)
        (void)close(fd);
}

static bool gather_program(const struct examine_request *request, struct gathered *f, struct examination *e)
{
    char from_unit[UNIT_PROGRAM_BYTES];
    const char *command = request->command ? request->command
                          : f->has_unit    ? unit_program(&f->unit, from_unit)
                                           : NULL;
    if (f->is_running)
        return gather_running(f, e);
    f->is_exec_start = command && !request->command;
    f->marks.is_below_run = f->is_exec_start && strstr(unit_text(&f->unit, UNIT_EXEC_START, ""), RUN);
    if (!command)
        return refuse(e, "the unit has no ExecStart=: name the program");
    int error = program_find(command, getenv("PATH"), &e->program);
    if (error)
        return refuse(e, "'%s' cannot be started: %s", command, strerror(-error));
    look_at_head(e->program.path, &f->marks);
    f->file = open(e->program.loaded, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    return true;
}

static void gather_environ(struct gathered *f, const struct program *program)
{
    extern char **environ;
    if (f->is_running)
        f->environ = process_environ(&f->process);
    else
        f->environ = f->has_unit ? f->unit_environ : environ;
    if (program->facts.kind != PROGRAM_MUSL) /* its loader does not read it */
        f->preloads = place_read(f->place, NULL, "/etc/ld.so.preload");
}

/* As the shim names the program (preload/start/process.c): by the path it is started with, unless that is a script's. */
static const char *exe_name(const struct gathered *f, const struct program *program, char ret[PATH_MAX])
{
    if (f->is_running || program->is_script || program->path[0] != '/' || !realpath(program->path, ret))
        snprintf(ret, PATH_MAX, "%s", program->loaded);
    if (!f->is_running && !program->is_script && program->path[0] == '/')
        snprintf(ret, PATH_MAX, "%s", program->path);
    char *deleted = strstr(ret, " (deleted)");
    if (deleted)
        *deleted = '\0';
    return text_base_name(ret);
}

static void gather_shim(struct gathered *f, const struct program *program, const struct user *user)
{
    const char *module = process_module(&f->process, "libcrumple.so"),
               *list = settings_getenv(f->environ, "LD_PRELOAD");
    struct shim_facts *shim = &f->shim;
    shim->is_preloaded = true;
    shim->is_for_musl = program->facts.kind == PROGRAM_MUSL;
    if (f->is_running && module)
        snprintf(shim->object, sizeof shim->object, "%.*s", (int)strcspn(module, " "), module);
    else if (!shim_in_list(list, shim->object) && !shim_in_list(f->preloads, shim->object)) {
        shim->is_preloaded = false;
        if (!program_preload_find(program, shim->object, sizeof shim->object))
            shim->object[0] = '\0';
    }
    shim->is_relative = shim->object[0] != '/';
    shim_read(f->place, user, f->settings.writer, shim);
    f->object = place_open(f->place, shim->object, O_RDONLY | O_NOCTTY | O_NONBLOCK);
}

static void gather_rest(struct gathered *f, struct examination *e)
{
    char name[PATH_MAX];
    gather_environ(f, &e->program);
    setting_judge(f->environ, exe_name(f, &e->program, name), &f->settings, &f->about_variables);
    f->marks.privilege = find_privilege(f, &e->user);
    gather_shim(f, &e->program, &e->user);
    directory_read(f->place, &e->user, f->settings.dir, settings_getenv(f->environ, "TMPDIR"), &f->directory);
    f->directory.keep_free_percent = f->settings.keep_free_percent;
    surroundings_read(f->root, &f->process, &f->surroundings);
}

bool gather(const struct examine_request *request, struct gathered *ret, struct examination *examination)
{
    *ret = (struct gathered){.file = -1, .object = -1};
    ret->root = ret->place = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (!gather_process(request, ret, examination) || !gather_unit(request, ret, examination) ||
        !gather_user(request, ret, examination) || !gather_program(request, ret, examination))
        return false;
    gather_rest(ret, examination);
    return true;
}

void gather_clear(struct gathered *f)
{
    if (f->is_running)
        free(f->environ);
    unit_free_environ(f->unit_environ);
    free(f->preloads);
    free(f->package);
    if (f->file >= 0)
        close(f->file);
    if (f->object >= 0)
        close(f->object);
    if (f->place != f->root)
        close(f->place);
    if (f->root >= 0)
        close(f->root);
    process_clear(&f->process);
    unit_clear(&f->unit);
    elf_clear(&f->elf);
    libraries_clear(&f->libraries);
    verdicts_clear(&f->about_watch);
    verdicts_clear(&f->about_variables);
}
