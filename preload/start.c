/* SPDX-License-Identifier: MIT */
/*
 * The constructor's work, before any constructor of the host (-z initfirst). Runs once, single-threaded. In
 * order: configuration, facts of the process, crash directory, the state page, main's
 * alternate stack; last the handlers, when all they need is there.
 */
#include "start.h"

#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "config.h"
#include "facts.h"
#include "loader.h"
#include "routines.h"
#include "safe_dir.h"
#include "safe_helper.h"
#include "safe_io.h"
#include "safe_keeper.h"
#include "safe_peers.h"
#include "safe_routines.h"
#include "safe_say.h"
#include "safe_state.h"
#include "safe_text.h"
#include "threads.h"

#define DEFAULT_DIR "/var/crash/crumple"

#ifndef MADV_WIPEONFORK
#define MADV_WIPEONFORK 18
#endif

const struct crumple_config *crumple_config;

static void *map_memory(size_t bytes)
{
    long p = safe_call(SYS_mmap, 0, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return safe_is_error(p) ? NULL : (void *)p;
}

/* mkdir -p. The last component can be entered by users a server drops to: their own directories lie in it. */
static int make_directories(const char *path)
{
    char part[CONFIG_PATH_BYTES];
    size_t i, n = strlen(path);
    long rc = 0;
    for (i = 1; i <= n; i++)
        if (path[i] == '/' || !path[i]) {
            memcpy(part, path, i);
            part[i] = '\0';
            rc = safe_call(SYS_mkdirat, -1, part, 0755);
            if (rc == 0 && !path[i])
                safe_call(SYS_chmod, part, 0711);
        }
    return rc == -EEXIST ? 0 : (int)rc;
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
    const char *tmp = config_getenv(envp, "TMPDIR");
    bool asked = config->dir[0];
    int rc;
    if (!tmp || tmp[0] != '/' || strlen(tmp) >= sizeof config->fallback_dir)
        tmp = "/tmp";
    strcpy(config->fallback_dir, tmp);
    if (!asked)
        strcpy(config->dir, DEFAULT_DIR);
    rc = try_base(config);
    if (rc == 0)
        return;
    if (asked && !config_is_inherited()) {
        char buffer[CONFIG_PATH_BYTES + 64];
        struct safe_text t = safe_text_on(buffer, sizeof buffer);
        safe_text_add(&t, "cannot use crash directory '");
        safe_text_add_clean(&t, config->dir, strlen(config->dir));
        safe_text_add(&t, "'");
        safe_say_failure(buffer, rc, "bundles will go to a directory 'crumple-UID' in TMPDIR or /tmp");
    }
    config->dir[0] = '\0';
}

static int make_state(void)
{
    struct safe_state *state = map_memory(sizeof *state);
    int rc = safe_helper_prepare();
    if (!state || rc < 0)
        return state ? rc : -ENOMEM;
    safe_call(SYS_madvise, state, (sizeof *state + 4095) & ~UINT64_C(4095), MADV_WIPEONFORK);
    state->pid = safe_getpid();
    safe_state = state;
    return 0;
}

/* What containment needs. Where it cannot be had crashes are reported as ever. */
static void prepare_recovery(struct crumple_config *config)
{
    int rc = loader_find() ? safe_keeper_prepare() : -ENOTSUP;
    if (rc == 0)
        rc = routines_prepare();
    if (rc == 0)
        rc = safe_routines_prepare();
    if (rc == 0 && config->breaker_peers)
        rc = safe_peers_prepare();
    if (rc == 0)
        return;
    safe_say_failure("cannot prepare for CRUMPLE_RECOVER", rc, "no thread is contained");
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

/* Fills the configuration. False when crumple is to take no part in this program. */
static bool configure(struct crumple_config *config, const struct start_libc *libc, char **argv, char **envp)
{
    /* Whoever starts a setuid program chooses its environment, and may send it signals. */
    if (facts_is_privileged())
        return false;
    facts_find_exe(config, envp); /* first: warnings of the configuration name the program */
    config_parse(config, envp);
    if (!config->enabled || is_on_valgrind() || fnmatch(config->only, config->exe_name, 0) != 0)
        return false;
    facts_find(config, libc, argv, envp);
    crumple_config = config;
    choose_dir(config, envp);
    safe_identify_path(config->writer, &config->writer_id);
    safe_identify_path("/", &config->root_id);
    if (safe_call(SYS_access, config->writer, 1 /* X_OK */) < 0 && !config_is_inherited()) {
        char buffer[CONFIG_PATH_BYTES + 64];
        struct safe_text t = safe_text_on(buffer, sizeof buffer);
        safe_text_add(&t, "no writer '");
        safe_text_add_clean(&t, config->writer, strlen(config->writer));
        safe_text_add(&t, "'");
        safe_say_failure(buffer, safe_call(SYS_access, config->writer, 1),
                         "crashes will leave cores for 'crumple collect' to finish");
    }
    return true;
}

void start_up(const struct start_libc *libc, char **argv, char **envp)
{
    struct crumple_config *config = map_memory(sizeof *config);
    int rc;
    if (!config)
        return;
    if (!configure(config, libc, argv, envp)) {
        safe_call(SYS_munmap, config, sizeof *config);
        crumple_config = NULL;
        return;
    }
    rc = make_state();
    if (rc == 0)
        rc = threads_adopt();
    if (rc < 0) {
        safe_say_failure("cannot prepare", rc, "disabled, the program runs without it");
        crumple_config = NULL;
        safe_state = NULL;
        return;
    }
    if (config->recover)
        prepare_recovery(config);
    safe_call(SYS_mprotect, config, sizeof *config, PROT_READ);
    go_runtime_prepare(libc->find_object);
    disposition_take_over();
}
