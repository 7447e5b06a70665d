/* SPDX-License-Identifier: MIT */
/*
 * Every option of crumple-run, once. The command line, --help, the variables and docs/run.md all follow this table; the options
 * of the preload (crumple_options.h) are options of crumple-run, too: CRUMPLE_STACK_BYTES is --stack-bytes.
 *
 *   X(name, letter, member of struct run_settings, kind, argument, default, help)
 *
 * The variable of --keep-output is CRUMPLE_RUN_KEEP_OUTPUT; an option on the command line comes first. Kinds: FLAG (the
 * variable is 0 or 1), SWITCH (as FLAG; without it neither is meant), TEXT, TIME (20s, 500ms, 2m), SIGNAL (TERM, SIGTERM, 15), STATUS (0 to 255, may
 * be given several times; in the variable a list with commas), RESTART (no, on-crash, always), BACKOFF (100ms..30s), RATE (5/60s).
 */
#ifndef CRUMPLE_RUN_OPTIONS_H
#define CRUMPLE_RUN_OPTIONS_H

#define CRUMPLE_RUN_PREFIX "CRUMPLE_RUN_"

/* No option: crumple-run sets the variable for the server and all that the server starts, and events name its value. Each start
 * has another value: HOSTNAME-PID-TIME. */
#define CRUMPLE_RUN_ID_VARIABLE "CRUMPLE_RUN_ID"

/* No option either: 'PID UID SERVER', of a crumple-run whose server, with that number, is a Go program. While crumple-run is its
 * parent, and the effective user the same, the server leaves the core of a SIGABRT pending: crumple-run adds what Go's runtime has
 * printed, and starts crumple-writer. */
#define CRUMPLE_RUN_FINISHES_VARIABLE "CRUMPLE_RUN_FINISHES"

#define CRUMPLE_RUN_OPTIONS(X)                                                                                 \
    X("group", 'g', group, FLAG, NULL, "0",                                                                    \
      "give the server a process group of its own, and send signals to all of the group")                      \
    X("subreaper", 's', subreaper, FLAG, NULL, "0",                                                            \
      "adopt and reap the server's orphans also when this process is not PID 1")                               \
    X("parent-death", 'p', parent_death, SIGNAL, "SIGNAL", "",                                                 \
      "get SIGNAL when the parent of this process dies, and send it on to the server")                         \
    X("remap-exit", 'e', remap, STATUS, "STATUS", "",                                                          \
      "end with 0 instead of STATUS; may be given several times")                                              \
    X("warn-reaped", 'w', warn_reaped, FLAG, NULL, "0", "print a line for each orphan that is reaped")         \
    X("verbose", 'v', verbose, FLAG, NULL, "0",                                                                \
      "print a line for each signal that is sent on, and each step")                                           \
    X("exit-by-signal", 0, by_signal, FLAG, NULL, "0",                                                         \
      "die of the server's own signal; by default, and as PID 1, end with 128 and the signal's number")        \
    X("keep-output", 0, keep_output, SWITCH, NULL, "",                                                         \
      "keep the first and last 64 KiB of the server's stdout and stderr for the event of its end; they "       \
      "pass through unchanged. Of a Go program they are kept anyway, unless the variable is 0")                \
    X("go-traceback", 0, go_traceback, GO_TRACEBACK, "auto|all|keep", "auto",                                  \
      "let a Go program that ends itself print all its goroutines (GOTRACEBACK=all) for the event; what it "   \
      "would not have printed is held back. all: also where COMMAND is not known to be Go, as a shell; keep: " \
      "leave the variable alone")                                                                              \
    X("restart", 0, restart, RESTART, "no|on-crash|always", "no",                                              \
      "start the server again when it has died: on-crash: of a signal, out of memory or with a status other "  \
      "than 0; always: with status 0, too. Never after SIGTERM or SIGINT was sent on")                         \
    X("backoff", 0, backoff_first_us, BACKOFF, "FIRST..MOST", "100ms..30s",                                    \
      "wait FIRST before a restart, then twice as long each time, at most MOST")                               \
    X("restart-limit", 0, restart_limit, RATE, "COUNT/TIME", "5/60s",                                          \
      "after COUNT restarts in TIME end with the server's own status")                                         \
    X("hold-max", 0, hold_max_us, TIME, "TIME", "2s",                                                          \
      "close the listening sockets of a dead server if it is not back after so long: its clients are refused " \
      "then, and hang no longer")                                                                              \
    X("no-hold", 0, no_hold, FLAG, NULL, "0", "do not hold the listening sockets while the server restarts")   \
    X("stop-signal", 0, stop_signal, SIGNAL, "SIGNAL", "",                                                     \
      "how processes that a dead server leaves behind are asked to end before it starts again; default TERM, " \
      "for nginx, php-fpm and PostgreSQL QUIT, for apache2 USR1; SIGKILL follows a second later")              \
    X("health", 0, health, TEXT, "ADDR:PORT", "",                                                              \
      "answer health checks at http://ADDR:PORT/: 200 while the server runs, 503 with the cause while it "     \
      "does not")                                                                                              \
    X("stop-dump", 0, stop_dump_us, TIME, "TIME", "",                                                          \
      "dump a server that still runs so long after SIGTERM was sent on, before the SIGKILL comes")             \
    X("termination-log", 0, termination_log, TEXT, "FILE", "",                                                 \
      "write the cause of the end into FILE, at most 4 KiB: in Kubernetes /dev/termination-log")               \
    X("on-bundle", 0, on_bundle, TEXT, "COMMAND", "",                                                          \
      "run COMMAND, a program or a line for /bin/sh, once for each new bundle, whose path is its argument "    \
      "and CRUMPLE_BUNDLE")                                                                                    \
    X("on-bundle-timeout", 0, on_bundle_timeout_us, TIME, "TIME", "20s",                                       \
      "kill COMMAND after so long; after the server's end it is the limit of all that still wait")             \
    X("metrics-addr", 0, metrics_addr, TEXT, "ADDR:PORT", "",                                                  \
      "serve crumple's metrics at http://ADDR:PORT/metrics; needs the program crumple beside crumple-run")     \
    X("no-preload", 0, no_preload, FLAG, NULL, "0", "do not preload libcrumple.so: only the ends are seen")

#endif
