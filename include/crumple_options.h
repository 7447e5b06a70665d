/* SPDX-License-Identifier: MIT */
/*
 * Every configuration variable, once. settings/ parses and checks variables with this table, for the shim and for
 * crumple, and a test compares docs/configuration.md with it. A bad value causes one warning, and the default
 * stands. No value can stop the host.
 *
 *   X(variable, member of struct crumple_settings, kind, default, minimum, maximum, help)
 *
 * Kinds: SWITCH 0 or 1; PATH an absolute path (empty: the default that the help text names); TIME
 * nanoseconds, from 10s, 500ms or 2m; SIZE bytes, from 4096, 64K or 1M; GLOB a shell pattern; CHOICE one of
 * the words of the default column, the first is the default; TEXT any text; SIGNALS, RULES, BREAKER, BACKOFF, KEEP have
 * parsers of their own (settings/settings_values.c, settings_recover.c). CRUMPLE_STDERR comes first: it decides how the
 * warning about another variable is printed.
 */
#ifndef CRUMPLE_OPTIONS_H
#define CRUMPLE_OPTIONS_H

#define CRUMPLE_OPTIONS(X)                                                                                           \
    X(CRUMPLE_STDERR, stderr_mode, CHOICE, "text json off", 0, 0,                                                    \
      "crash summary on stderr: text of at most 15 lines, one line of JSON (docs/stderr.md), or nothing")            \
    X(CRUMPLE, enabled, SWITCH, "1", 0, 1, "0 disables crumple")                                                     \
    X(CRUMPLE_DIR, dir, PATH, "", 0, 0,                                                                              \
      "crash directory; bundles go to its subdirectory UID. "                                                        \
      "Default: /var/crash/crumple if it can be created, else ${TMPDIR:-/tmp}/crumple-UID")                          \
    X(CRUMPLE_ONLY, only, GLOB, "*", 0, 0,                                                                           \
      "act only in programs whose executable's name matches; other programs, children too, are left alone")          \
    X(CRUMPLE_STACK_BYTES, stack_bytes, SIZE, "64K", 4096, 8388608,                                                  \
      "maximum of live stack to save per thread; of a larger stack, the top and the bottom are saved")               \
    X(CRUMPLE_TIMEOUT, timeout_ns, TIME, "10s", 100000000, 600000000000, "maximum delay of a death")                 \
    X(CRUMPLE_HANDLER, handler_ns, TIME, "0s", 0, 3600000000000,                                                     \
      "how long the program's own handler of a fault or of abort() may take, before its thread's fault is "          \
      "reported and the process dies of it; 0s: for ever. Longer than any handler that mends a fault takes")         \
    X(CRUMPLE_WAIT, wait_mode, CHOICE, "bundle core", 0, 0,                                                          \
      "what a dying process waits for: the finished bundle, or only the mini core (the bundle follows)")             \
    X(CRUMPLE_WRITER, writer, PATH, "", 0, 0, "path of crumple-writer. Default: beside libcrumple.so")               \
    X(CRUMPLE_RECOVER, rules, RULES, "*=crash", 0, 0,                                                                \
      "what a fault does to a thread, by its start routine or name; the first matching pattern decides. "            \
      "ACTION: crash; contain or contain:wide; restart, restart:park or restart:die. docs/recovery.md")              \
    X(CRUMPLE_BREAKER, breaker, BREAKER,                                                                             \
      "trip=5,interval=60s,timeout=30s,max_requests=3,open=crash,peer=on,life=32", 0, 0,                             \
      "after more than trip contained faults (or deaths: crumple-run --restart) in an interval, a peer's "           \
      "connections are refused, "                                                                                    \
      "and a routine's next fault is a crash (with open=reject, pthread_create fails instead), "                     \
      "until max_requests have succeeded after timeout. After life ended threads the process's next fault "          \
      "is a crash (0: no limit)")                                                                                    \
    X(CRUMPLE_BACKOFF, backoff_first_ns, BACKOFF, "100ms..30s,5/60s", 0, 0,                                          \
      "delay before a restart, doubling from the first time up to the second; "                                      \
      "and the maximum number of restarts in a period")                                                              \
    X(CRUMPLE_EXIT, exit_mode, CHOICE, "thread off nonzero all", 0, 0,                                               \
      "which calls of exit, _exit, _Exit and quick_exit leave a bundle that names the caller: "                      \
      "thread: those with a non-zero status by any thread but the main one, and by main in its handler of a fault; " \
      "off: none; "                                                                                                  \
      "nonzero: those with a non-zero status by any thread; all: all")                                               \
    X(CRUMPLE_SIGNALS, signals, SIGNALS, "thread", 0, 0,                                                             \
      "signals whose default ends the process and that leave a bundle: "                                             \
      "thread: pipe, xcpu and xfsz, if they reach any thread but the main one; off: none; "                          \
      "or a list of pipe, xcpu, xfsz, alrm, vtalrm, prof, hup, int, quit, term, usr1, usr2, io: "                    \
      "these, in any thread")                                                                                        \
    X(CRUMPLE_KEEP, keep_count, KEEP, "count=500,bytes=256M,free=5%,per_signature=5/1h", 0, 0,                       \
      "limits of the crash directory: number of bundles, their size, free space to leave on the file system; "       \
      "bundles per signature in a period, beyond which faults are only counted; "                                    \
      "and, where given, how old they may become (age=30d) and how many of a signature stay (signature=20)")         \
    X(CRUMPLE_TAGS, tags, TEXT, "", 0, 0,                                                                            \
      "facts that every report and event carries: a list of NAME=VALUE; !NAME=VALUE is a secret (docs/context.md)")  \
    X(CRUMPLE_WATCH, watch, TEXT, "", 0, 0,                                                                          \
      "variables of the program that every report shows: a list of NAME=EXPRESSION or NAME=EXPRESSION:TYPE; "        \
      "!NAME is a secret (docs/context.md)")                                                                         \
    X(CRUMPLE_LOGS, logs, PATHS, "", 0, 0,                                                                           \
      "log files whose last lines every report has: a list of at most eight absolute paths (docs/context.md)")       \
    X(CRUMPLE_STACK, stack_mode, CHOICE, "full scrubbed none", 0, 0,                                                 \
      "memory in a bundle: full: stacks and variables; scrubbed: of stacks only what is an address; none: no core")

/* Of the program crumple, which reads it: the shim knows its name only, and does not call it unknown. */
#define CRUMPLE_PAGER_VARIABLE "CRUMPLE_PAGER"

enum { CRUMPLE_STDERR_TEXT, CRUMPLE_STDERR_JSON, CRUMPLE_STDERR_OFF };
enum { CRUMPLE_WAIT_BUNDLE, CRUMPLE_WAIT_CORE };
enum { CRUMPLE_STACK_FULL, CRUMPLE_STACK_SCRUBBED, CRUMPLE_STACK_NONE };
enum { CRUMPLE_EXIT_THREAD, CRUMPLE_EXIT_OFF, CRUMPLE_EXIT_NONZERO, CRUMPLE_EXIT_ALL };

#endif
