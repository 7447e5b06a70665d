/* SPDX-License-Identifier: MIT */
/*
 * The constructor's work, before any constructor of the host (-z initfirst). Runs once, single-threaded. In
 * order: configuration, facts of the process, crash directory, the state page, main's
 * alternate stack; last the handlers, when all they need is there.
 */
#include "start/start.h"

#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "state/config.h"
#include "start/config.h"
#include "start/process.h"
#include "libc/calls/loader_locks.h"
#include "libc/calls/lookup.h"
#include "routines/table.h"
#include "hold/hold.h"
#include "out/dir.h"
#include "capture/helper.h"
#include "base/io.h"
#include "contain/keeper.h"
#include "track/peers.h"
#include "track/routine_runs.h"
#include "out/say.h"
#include "state/fault.h"
#include "state/signals.h"
#include "state/told.h"
#include "fault/entry.h"
#include "fault/handler.h"
#include "fault/limit.h"
#include "base/text.h"
#include "out/writer_exec.h"
#include "calls/disposition.h"
#include "calls/dumps.h"
#include "calls/threads.h"

#define DEFAULT_DIR "/var/crash/crumple"

#ifndef MADV_WIPEONFORK
#define MADV_WIPEONFORK 18
#endif

static void *map_memory(size_t bytes)
{
    long p = safe_call(SYS_mmap, 0, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return safe_is_error(p) ? NULL : (void *)p;
}

/*
 * The kernel makes one mapping of neighbours that are alike, and the program's TLS may lie behind our .bss. A
 * program that works through its mappings (redis tests its memory in its crash handler) would then take
 * megabytes of ours for one with the TLS. A hint that means nothing to such memory keeps them apart.
 */
static void keep_memory_apart(void)
{
    extern char __bss_start[] __attribute__((visibility("hidden"))),
        _end[] __attribute__((visibility("hidden")));
    uint64_t start = ((uint64_t)__bss_start + 4095) & ~UINT64_C(4095);
    uint64_t end = ((uint64_t)_end + 4095) & ~UINT64_C(4095);
    safe_call(SYS_madvise, start, end - start, MADV_RANDOM);
}

/* The last component was made just now: users a server drops to may enter it, for their own directories lie
 * in it. Whatever the umask; and the mode of what was opened, not of what the name leads to by now. */
static void open_to_users(int parent, const char *name)
{
    struct stat st;
    int fd = safe_open(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW, 0);
    if (fd >= 0 && safe_fstat(fd, &st) == 0 && st.st_uid == (uint32_t)safe_call(SYS_geteuid))
        safe_call(SYS_fchmod, fd, 0711);
    safe_close(fd);
}

/* mkdir -p, each component below the descriptor of the one before. */
static int make_directories(const char *path)
{
    char name[CONFIG_PATH_BYTES];
    int at = safe_open(-1, "/", O_PATH | O_DIRECTORY, 0);
    long result = 0;
    while (at >= 0 && *(path += strspn(path, "/"))) {
        size_t n = strcspn(path, "/");
        memcpy(name, path, n);
        name[n] = '\0';
        path += n;
        result = safe_call(SYS_mkdirat, at, name, 0755);
        if (result == 0 && !path[strspn(path, "/")])
            open_to_users(at, name);
        int below = safe_open(at, name, O_PATH | O_DIRECTORY | (result == 0 ? O_NOFOLLOW : 0), 0);
        safe_close(at);
        at = below;
    }
    safe_close(at);
    return at >= 0 ? 0 : result < 0 && result != -EEXIST ? (int)result : at;
}

/* Whether this user can have its directory there; makes it. */
static int try_base(const struct crumple_config *config)
{
    char name[CONFIG_PATH_BYTES];
    uint32_t uid = (uint32_t)safe_call(SYS_geteuid);
    int fd = safe_dir_open(SAFE_DIR_PATH, uid, name, sizeof name);
    if (fd == -ENOENT) {
        fd = make_directories(config->dir);
        fd = fd < 0 ? fd : safe_dir_open(SAFE_DIR_PATH, uid, name, sizeof name);
    }
    safe_close(fd);
    return fd < 0 ? fd : 0;
}

static void choose_dir(struct crumple_config *config, char **envp)
{
    const char *tmp = settings_getenv(envp, "TMPDIR");
    bool asked = config->dir[0];
    if (!tmp || tmp[0] != '/' || strlen(tmp) >= sizeof config->fallback_dir)
        tmp = "/tmp";
    strcpy(config->fallback_dir, tmp);
    if (!asked)
        strcpy(config->dir, DEFAULT_DIR);
    int error = try_base(config);
    if (error == 0)
        return;
    if (asked && !config_is_inherited() && safe_told_first(config->dir, 0))
        safe_dir_complain((uint32_t)safe_call(SYS_geteuid), error);
    /* One that is another user's may be right once the process has become this user. */
    if (error != -EPERM || !asked)
        config->dir[0] = '\0';
}

static int make_state(void)
{
    struct safe_state *state = map_memory(sizeof *state);
    int error = safe_helper_prepare();
    if (!state || error < 0)
        return state ? error : -ENOMEM;
    safe_call(SYS_madvise, state, (sizeof *state + 4095) & ~UINT64_C(4095), MADV_WIPEONFORK);
    state->pid = safe_getpid();
    safe_state = state;
    safe_handler = safe_fatal_handler;
    safe_abort_restorer = (uint64_t)safe_restore_abort;
    safe_limit_restorer = (uint64_t)safe_restore_limited;
    return 0;
}

/* Prepares containment. If that fails, crashes are still reported. */
static void prepare_recovery(struct crumple_config *config)
{
    int error = loader_find() ? safe_keeper_prepare() : -ENOTSUP;
    if (error == 0)
        error = routines_prepare();
    if (error == 0)
        error = safe_routines_prepare();
    if (error == 0 && config->breaker_peers)
        error = safe_peers_prepare();
    if (error == 0)
        return;
    safe_say_failure("cannot prepare for CRUMPLE_RECOVER", error, "no thread is contained");
    config->recover = false;
}

/*
 * Valgrind's client request RUNNING_ON_VALGRIND: rotations that come to nothing on a processor and are a
 * question to valgrind's. It cannot run the helper (clone with CLONE_VM) and would end the process with a
 * status of its own; its report of a fault is the better one anyway.
 */
static bool is_on_valgrind(void)
{
    const uint64_t request[6] = {0x1001};
    uint64_t result = 0;
    __asm__ volatile("rolq $3, %%rdi; rolq $13, %%rdi; rolq $61, %%rdi; rolq $51, %%rdi; xchgq %%rbx, %%rbx"
                     : "+d"(result)
                     : "a"(request)
                     : "cc", "memory");
    return result != 0;
}

/* Says what is wrong with the writer, now and not at the first crash. */
static void check_writer(const struct crumple_config *config)
{
    static const char instead[] = "crashes will leave cores for 'crumple collect' to finish";
    long result = safe_call(SYS_access, config->writer, 1 /* X_OK */);
    bool is_there = result == 0;
    char buffer[CONFIG_PATH_BYTES + 256];
    struct safe_text t = safe_text_on(buffer, sizeof buffer);
    if (is_there && safe_writer_path_is_trusted())
        return;
    safe_text_add(&t, is_there ? "will not run writer '" : "no writer '");
    safe_text_add_clean(&t, config->writer, strlen(config->writer));
    safe_text_add(&t, "'");
    if (!is_there) {
        safe_say_failure(buffer, result, instead);
        return;
    }
    safe_text_add(&t, ": another user can change it; ");
    safe_text_add(&t, instead);
    safe_say_line(buffer);
}

/* The process has the other libc: says so, in the form that the configuration asks for. */
static void refuse(struct crumple_config *config)
{
    config->has_stderr = safe_identify(2, &config->stderr_id) == 0;
    crumple_config = config;
    safe_say_line(libc_not_ours);
}

/* Fills the configuration. False when crumple is to take no part in this program. */
static bool configure(struct crumple_config *config, char **argv, char **envp)
{
    /* The user who starts a setuid program chooses its environment, and may send it signals. */
    if (process_is_privileged())
        return false;
    process_find_exe(config, envp); /* first: warnings of the configuration name the program */
    config_parse(config, envp);
    if (!config->enabled || is_on_valgrind() || fnmatch(config->only, config->exe_name, 0) != 0)
        return false;
    if (!libc_is_ours()) {
        refuse(config);
        return false;
    }
    process_find(config, argv, envp);
    crumple_config = config;
    (void)safe_told_prepare();
    choose_dir(config, envp);
    safe_identify_path(config->writer, &config->writer_id);
    safe_identify_path("/", &config->root_id);
    if (!config_is_inherited())
        check_writer(config);
    return true;
}

void start_up(char **argv, char **envp)
{
    struct crumple_config *config = map_memory(sizeof *config);
    if (!config)
        return;
    if (!configure(config, argv, envp)) {
        safe_call(SYS_munmap, config, sizeof *config);
        crumple_config = NULL;
        return;
    }
    keep_memory_apart();
    int error = make_state();
    if (error == 0)
        error = threads_adopt();
    if (error < 0) {
        safe_say_failure("cannot prepare", error, "crumple is disabled, and the program runs without it");
        crumple_config = NULL;
        safe_state = NULL;
        return;
    }
    if (config->recover)
        prepare_recovery(config);
    safe_call(SYS_mprotect, config, sizeof *config, PROT_READ);
    disposition_take_over();
    dumps_listen();
    safe_hold_begin();
}
