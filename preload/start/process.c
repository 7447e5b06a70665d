/* SPDX-License-Identifier: MIT */
#include "start/process.h"

#include <fcntl.h>
#include <limits.h>
#include <link.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/stat.h>
#include <sys/utsname.h>

#include "state/config.h"
#include "state/altstack.h"
#include "crumple_format.h"
#include "crumple_hold.h"
#include "crumple_run_options.h"
#include "base/io.h"
#include "hold/variable.h"
#include "loader/go_runtime.h"
#include "libc/calls/lookup.h"
#include "loader/real.h"
#include "start/config.h"
#include "base/sys.h"
#include "base/text.h"

/* Our own dynamic section: how we find ourselves among the link maps. */
extern Elf64_Dyn _DYNAMIC[] __attribute__((visibility("hidden")));

static uint64_t auxiliary(const Elf64_auxv_t *auxv, uint64_t type)
{
    for (; auxv->a_type != AT_NULL; auxv++)
        if (auxv->a_type == type)
            return auxv->a_un.a_val;
    return 0;
}

/* _r_debug by the executable's DT_DEBUG, as gdb finds it: needs no symbol of ld.so. Of a program that was started as an
 * argument of musl's loader AT_PHDR is the loader's (ldso/dynlink.c): that has neither PT_PHDR nor DT_DEBUG. */
static uint64_t find_r_debug(const Elf64_auxv_t *auxv)
{
    const Elf64_Phdr *phdr = (const Elf64_Phdr *)auxiliary(auxv, AT_PHDR);
    uint64_t n = auxiliary(auxv, AT_PHNUM), bias = 0;
    const Elf64_Dyn *dyn = NULL;
    bool is_based = false;
    for (uint64_t i = 0; phdr && i < n; i++) {
        if (phdr[i].p_type == PT_PHDR) {
            bias = (uint64_t)phdr - phdr[i].p_vaddr;
            is_based = true;
        }
        if (phdr[i].p_type == PT_LOAD && phdr[i].p_offset == 0 &&
            !is_based) /* the table is in its first page */
            bias = ((uint64_t)phdr & ~(uint64_t)4095) - phdr[i].p_vaddr;
        if (phdr[i].p_type == PT_DYNAMIC)
            dyn = (const Elf64_Dyn *)phdr[i].p_vaddr;
    }
    if (!dyn)
        return libc_r_debug();
    dyn = (const Elf64_Dyn *)((uint64_t)dyn + bias);
    for (; dyn->d_tag != DT_NULL; dyn++)
        if (dyn->d_tag == DT_DEBUG)
            return dyn->d_un.d_ptr;
    return libc_r_debug();
}

static const char *own_path(uint64_t r_debug)
{
    const struct link_map *map = r_debug ? ((const struct r_debug *)r_debug)->r_map : NULL;
    for (; map; map = map->l_next)
        if (map->l_ld == _DYNAMIC)
            return map->l_name;
    return NULL;
}

static uint32_t owner_of(const char *path)
{
    struct stat st;
    return path && safe_call(SYS_newfstatat, AT_FDCWD, path, &st, 0) == 0 ? st.st_uid : 0;
}

/* The writer lies beside us or, where we are the object of another libc, in the folder above (musl/libcrumple.so). */
static void look_for_writer(struct safe_text *folder)
{
    static const char name[] = "crumple-writer";
    char last[NAME_MAX + 2]; /* component of the folder, with its slash */
    const size_t used = folder->used;
    size_t above = used ? used - 1 : 0;
    safe_text_add(folder, name);
    if (safe_call(SYS_access, folder->data, 0 /* F_OK */) == 0)
        return;
    while (above && folder->data[above - 1] != '/')
        above--;
    if (!above || used - above > sizeof last)
        return;
    memcpy(last, folder->data + above, used - above);
    folder->used = above;
    safe_text_add(folder, name);
    if (safe_call(SYS_access, folder->data, 0) == 0)
        return;
    folder->used = above;
    safe_text_add_n(folder, last, used - above);
    safe_text_add(folder, name);
}

/* Unless CRUMPLE_WRITER says otherwise. */
static void find_writer(struct crumple_config *config)
{
    struct safe_text t = safe_text_on(config->writer, sizeof config->writer);
    const char *own = own_path(config->r_debug);
    if (!own)
        return;
    if (own[0] != '/') {
        long n = safe_call(SYS_getcwd, config->writer, sizeof config->writer);
        if (n <= 0)
            return;
        t.used = (size_t)n - 1;
        safe_text_add(&t, "/");
    }
    const char *slash = strrchr(own, '/');
    safe_text_add_n(&t, own, slash ? (size_t)(slash - own) + 1 : 0);
    look_for_writer(&t);
}

/* True when both paths lead to one file. */
static bool same_file(const char *a, const char *b)
{
    struct stat sa, sb;
    return safe_call(SYS_newfstatat, -1, a, &sa, 0) == 0 && safe_call(SYS_newfstatat, -1, b, &sb, 0) == 0 &&
           sa.st_dev == sb.st_dev && sa.st_ino == sb.st_ino;
}

/*
 * The executable's path: the one it was started by, where that is the same file. Debian's redis-server is a
 * link to redis-check-rdb, and nobody would look for a crash of that. The name is reduced to what a file name
 * may hold.
 */
static void find_exe(struct crumple_config *config, const char *started_as)
{
    long n = safe_call(SYS_readlink, "/proc/self/exe", config->exe_file, sizeof config->exe_file - 1);
    config->exe_file[n > 0 ? n : 0] = '\0';
    if (n <= 0 && started_as && strlen(started_as) < sizeof config->exe_file)
        strcpy(config->exe_file, started_as); /* no /proc */
    strcpy(config->exe, config->exe_file);
    if (started_as && started_as[0] == '/' && strlen(started_as) < sizeof config->exe &&
        same_file(started_as, "/proc/self/exe"))
        strcpy(config->exe, started_as);
    char *deleted = strstr(config->exe, " (deleted)"); /* a memory file (memfd_create) */
    if (deleted && !deleted[sizeof " (deleted)" - 1])
        *deleted = '\0';
    const char *name = strrchr(config->exe, '/');
    name = name ? name + 1 : config->exe[0] ? config->exe : "unknown";
    for (size_t i = 0; i < CRUMPLE_NAME_EXE && *name; i++) {
        char c = *name++;
        bool fine =
            (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || strchr("._+-", c);
        config->exe_name[i] = fine ? c : '_';
    }
}

/* glibc's own trampoline: outer signal frames are found by it. An unused signal is set and restored. */
static uint64_t find_restorer(void)
{
    struct sigaction ignore = {.sa_handler = SIG_IGN};
    struct safe_sigaction before, now = {0};
    if (safe_sigaction(SIGSTKFLT, NULL, &before) < 0 || before.handler != (void *)SIG_DFL)
        return 0;
    real.sigaction(SIGSTKFLT, &ignore, NULL);
    safe_sigaction(SIGSTKFLT, NULL, &now);
    safe_sigaction(SIGSTKFLT, &before, NULL);
    return (uint64_t)now.restorer;
}

/* The auxiliary vector lies behind the environment. */
static const Elf64_auxv_t *find_auxv(char **envp)
{
    while (*envp)
        envp++;
    return (const Elf64_auxv_t *)(envp + 1);
}

/* Asked of libc: the loader has taken variables out of such a program's environment, and the auxiliary vector
 * is no longer where it ends. */
bool process_is_privileged(void)
{
    return getauxval(AT_SECURE) != 0;
}

void process_find_exe(struct crumple_config *config, char **envp)
{
    find_exe(config, (const char *)auxiliary(find_auxv(envp), AT_EXECFN));
}

/* Where the strings of the environment are: secrets, of which no memory leaves the process. */
static void find_environ(struct crumple_config *config, char **argv, char **envp)
{
    const char *first = *envp, *last = first;
    if (!first || !*argv || first < *argv)
        return;
    for (; *envp; envp++)
        if (*envp > last)
            last = *envp;
    config->args = (uint64_t)*argv;
    config->environ_start = (uint64_t)first;
    config->environ_end = (uint64_t)last + strlen(last) + 1;
    memcpy(&config->environ_head, (const void *)config->environ_start, sizeof config->environ_head);
}

/* Who finishes the core of an abort, and whose: "PID UID SERVER". */
static void find_run(struct crumple_config *config, char *const *envp)
{
    const char *text = settings_getenv(envp, CRUMPLE_RUN_FINISHES_VARIABLE);
    uint32_t numbers[3] = {0};
    for (size_t i = 0; i < 3 && text; i++) {
        const char *const begin = text;
        while (*text >= '0' && *text <= '9' && numbers[i] < UINT32_MAX / 10)
            numbers[i] = numbers[i] * 10 + (uint32_t)(*text++ - '0');
        text = text > begin && *text == (i < 2 ? ' ' : '\0') ? text + 1 : NULL;
    }
    if (!text)
        return;
    config->run_pid = (int)numbers[0];
    config->run_uid = numbers[1];
    config->run_server = (int)numbers[2];
}

/* Of a Go program nothing is held: its runtime binds and accepts by system calls of its own, and would find the address taken. */
static void find_hold(struct crumple_config *config, const Elf64_auxv_t *auxv, char *const *envp)
{
    const char *text = settings_getenv(envp, CRUMPLE_RUN_HOLD_VARIABLE);
    if (text)
        safe_hold_parse(text, &config->hold);
    if (config->hold.run_pid && go_runtime_is_program((const void *)auxiliary(auxv, AT_PHDR)))
        config->hold = (struct config_hold){0};
}

void process_find(struct crumple_config *config, char **argv, char **envp)
{
    const Elf64_auxv_t *auxv = find_auxv(envp), *end = auxv;
    struct utsname uts;
    while (end->a_type != AT_NULL)
        end++;
    config->auxv = (uint64_t)auxv;
    config->auxv_bytes = (uint64_t)(end + 1) - config->auxv;
    config->vdso = auxiliary(auxv, AT_SYSINFO_EHDR);
    config->r_debug = find_r_debug(auxv);
    config->stack_end = (uint64_t)(argv - 1); /* where argc is */
    config->abort_msg = (uint64_t)libc_find("__abort_msg");
    config->stderr_file = (uint64_t)libc_find("_IO_2_1_stderr_");
    config->environ_variable = (uint64_t)libc_find("environ");
    config->libc_restorer = find_restorer();
    config->rseq_offset = real.__rseq_offset ? *real.__rseq_offset : 0;
    if (safe_call(SYS_uname, &uts) == 0) {
        memcpy(config->hostname, uts.nodename, sizeof config->hostname - 1);
        memcpy(config->kernel, uts.release, sizeof config->kernel - 1);
    }
    config->has_stderr = safe_identify(2, &config->stderr_id) == 0;
    safe_altstack_prepare(auxiliary(auxv, 51 /* AT_MINSIGSTKSZ, since Linux 5.14 */));
    config_redact_environ(config, envp);
    find_environ(config, argv, envp);
    find_run(config, envp);
    find_hold(config, auxv, envp);
    config->own_uid = owner_of(own_path(config->r_debug));
    if (!config->writer[0])
        find_writer(config);
}
