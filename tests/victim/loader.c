/* SPDX-License-Identifier: MIT */
/*
 * The loader beside crumple: its locks while libraries are closed, its list while the process aborts, the
 * versions of its symbols; processes that it does not know, and programs that take this one's place.
 */
#include "victim.h"

#include <dlfcn.h>
#include <errno.h>
#include <link.h>
#include <pthread.h>
#include <pty.h>
#include <signal.h>
#include <spawn.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define HUNG_S 8

extern char **environ;

static void *open_library(const char *path)
{
    void *handle = dlopen(path, RTLD_NOW);
    if (handle == NULL) {
        errno = ELIBACC;
        give_up(dlerror());
    }
    return handle;
}

static void say_end(const char *key, pid_t pid)
{
    int status;
    if (pid < 0 || waitpid(pid, &status, 0) != pid)
        give_up("waitpid");
    fact(key, "%d/%d", WIFSIGNALED(status) ? WTERMSIG(status) : 0, WEXITSTATUS(status));
}

static atomic_bool may_leave;

/* With the loader's lock, as every C++ throw has it before glibc 2.35. */
static int stay(struct dl_phdr_info *info, size_t bytes, void *unused)
{
    (void)info;
    (void)bytes;
    (void)unused;
    arrive();
    while (!may_leave)
        usleep(1000);
    return 1;
}

static void *look_at_objects(void *unused)
{
    dl_iterate_phdr(stay, NULL);
    return unused;
}

/* close-beside LIBRARY [fork]: closes a library that stays, as it was opened twice, while another thread is
 * inside dl_iterate_phdr; fork: in a child of that moment. */
static void close_beside(char **arguments)
{
    void *handle = open_library(arguments[0]);
    open_library(arguments[0]);
    start_thread_of(look_at_objects, NULL);
    await_arrivals(1);
    pid_t child = arguments[1] != NULL ? fork() : 0;
    if (child == 0) {
        alarm(HUNG_S); /* the end of one that hangs */
        int closed = dlclose(handle);
        alarm(0);
        if (arguments[1] != NULL)
            _exit(closed == 0 ? 4 : 5);
        fact("closed", "%d", closed);
    } else {
        say_end("child", child);
    }
    may_leave = true;
}

static void *load_again_and_again(void *argument)
{
    while (!may_leave) {
        void *handle = open_library(argument);
        dlclose(handle);
    }
    return NULL;
}

/* abort-beside-loading MICROSECONDS LIBRARY...: abort() while other threads load and unload. */
static void abort_beside_loading(char **arguments)
{
    for (char **path = arguments + 1; *path != NULL; path++) {
        pthread_t thread;
        if (pthread_create(&thread, NULL, load_again_and_again, *path) != 0)
            give_up("pthread_create");
    }
    usleep((useconds_t)strtoul(arguments[0], NULL, 10));
    abort();
}

/* abort-in-circle LIBRARY itself|before: abort() with a list of loaded objects that leads back. */
static void abort_in_circle(char **arguments)
{
    struct link_map *map = open_library(arguments[0]);
    announce();
    map->l_next = strcmp(arguments[1], "itself") == 0 ? map : map->l_prev->l_prev;
    abort();
}

/* What a program linked before glibc 2.15 is bound to. */
extern int old_posix_spawn(pid_t *pid, const char *path, const posix_spawn_file_actions_t *actions,
                           const posix_spawnattr_t *attr, char *const argv[], char *const envp[]);
__asm__(".symver old_posix_spawn,posix_spawn@GLIBC_2.2.5");

/* spawn-old PROGRAM, spawn-new PROGRAM */
static void spawn_by(__typeof__(old_posix_spawn) *spawn, char **arguments)
{
    pid_t child;
    int error = spawn(&child, arguments[0], NULL, NULL, arguments, environ);
    fact("spawn", "%d", error);
    if (error == 0)
        say_end("child", child);
}

static void spawn_old(char **arguments)
{
    spawn_by(old_posix_spawn, arguments);
}

static void spawn_new(char **arguments)
{
    spawn_by(posix_spawn, arguments);
}

/* Its vfork child aborts, then it faults itself. */
static _Noreturn void serve(void)
{
    pid_t child = vfork();
    if (child == 0)
        abort();
    say_end("vfork-child", child);
    announce();
    write_through_null();
    _exit(71);
}

/* The server's words come with a carriage return each. */
static void pass_on(int terminal)
{
    char text[512];
    ssize_t got;
    while ((got = read(terminal, text, sizeof text)) > 0) {
        ssize_t kept = 0;
        for (ssize_t i = 0; i < got; i++)
            if (text[i] != '\r')
                text[kept++] = text[i];
        if (write(STDOUT_FILENO, text, (size_t)kept) != kept)
            give_up("write");
    }
}

/* server-by forkpty|raw: a server that has come past fork(). */
static void server_by(char **arguments)
{
    int terminal = -1;
    bool raw = strcmp(arguments[0], "raw") == 0;
    pid_t server = raw ? (pid_t)syscall(SYS_fork) : forkpty(&terminal, NULL, NULL, NULL);
    if (server == 0)
        serve();
    if (!raw)
        pass_on(terminal);
    say_end("server", server);
}

/* So much to copy that an exec takes milliseconds. */
enum { WORDS = 40, WORD_BYTES = 120000 };
static char *long_words[WORDS + 2];

static void make_long_words(void)
{
    struct rlimit limit = {.rlim_cur = 0};
    getrlimit(RLIMIT_STACK, &limit);
    limit.rlim_cur = limit.rlim_max < 1 << 26 ? limit.rlim_max : 1 << 26; /* arguments may have a quarter */
    setrlimit(RLIMIT_STACK, &limit);
    long_words[0] = (char *)"true";
    for (int i = 1; i <= WORDS; i++) {
        long_words[i] = malloc(WORD_BYTES);
        if (long_words[i] == NULL)
            give_up("malloc");
        memset(long_words[i], 'x', WORD_BYTES - 1);
        long_words[i][WORD_BYTES - 1] = 0;
    }
}

static void *exec_in_vain(void *unused)
{
    arrive();
    while (!may_leave)
        execv("/nonexistent", long_words);
    return unused;
}

static atomic_bool go;

static long now_us(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

static void *exec_at_last(void *unused)
{
    (void)unused;
    arrive();
    while (!go)
        ;
    execv("/bin/true", long_words);
    give_up("/bin/true");
}

/* exec-beside-exec MICROSECONDS: a fault so long after one thread's exec began, while another's fails again
 * and again. */
static void exec_beside_exec(char **arguments)
{
    make_long_words();
    start_thread_of(exec_in_vain, NULL);
    start_thread_of(exec_at_last, NULL);
    await_arrivals(2);
    usleep(1000); /* both are at it */
    go = true;
    for (long end = now_us() + strtol(arguments[0], NULL, 10); now_us() < end;)
        ;
    write_through_null();
}

/* users-in-turn UID...: a file server's requests; then all of them once more. */
static void users_in_turn(char **arguments)
{
    for (int round = 0; round < 2; round++) {
        fact("round", "%d", round);
        for (char **user = arguments; *user != NULL; user++)
            if (seteuid((uid_t)strtoul(*user, NULL, 10)) != 0 || seteuid(0) != 0)
                give_up("seteuid");
    }
    fact("round", "over");
}

const struct verb loader_verbs[] = {
    {"close-beside", IN_MAIN, close_beside},
    {"abort-beside-loading", IN_MAIN, abort_beside_loading},
    {"abort-in-circle", IN_WORKER, abort_in_circle},
    {"spawn-old", IN_MAIN, spawn_old},
    {"spawn-new", IN_MAIN, spawn_new},
    {"server-by", IN_MAIN, server_by},
    {"exec-beside-exec", IN_MAIN, exec_beside_exec},
    {"users-in-turn", IN_MAIN, users_in_turn},
    {NULL, IN_MAIN, NULL},
};
