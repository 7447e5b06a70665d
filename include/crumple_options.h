/* SPDX-License-Identifier: MIT */
/*
 * Every configuration variable, once: the preloaded core parses and checks by it, and docs/configuration.md
 * is compared with it by a test. A bad value draws one warning and the default stands; nothing here can stop
 * the host.
 *
 *   X(variable, member of struct crumple_config, kind, default, minimum, maximum, help)
 *
 * Kinds: SWITCH 0 or 1; PATH an absolute path (empty: the default in words); TIME nanoseconds, from 10s,
 * 500ms or 2m; SIZE bytes, from 4096, 64K or 1M; GLOB a shell pattern; CHOICE one of the words of the default
 * column, the first is the default; RULES, BREAKER, BACKOFF, KEEP have parsers of their own
 * (preload/start/config_recover.c). CRUMPLE_STDERR comes first: it decides how a bad value of another one is
 * told.
 */
#ifndef CRUMPLE_OPTIONS_H
#define CRUMPLE_OPTIONS_H

#define CRUMPLE_OPTIONS(X)                                                                                   \
    X(CRUMPLE_STDERR, stderr_mode, CHOICE, "text json off", 0, 0,                                            \
      "summary of a crash on stderr: at most 15 lines, one line of JSON (docs/stderr.md), or none")          \
    X(CRUMPLE, enabled, SWITCH, "1", 0, 1, "0 switches everything off")                                      \
    X(CRUMPLE_DIR, dir, PATH, "", 0, 0,                                                                      \
      "crash directory; bundles lie in its subdirectory UID. Default: /var/crash/crumple where it can be "   \
      "made, else ${TMPDIR:-/tmp}/crumple-UID")                                                              \
    X(CRUMPLE_ONLY, only, GLOB, "*", 0, 0,                                                                   \
      "take part only in programs whose executable's name matches; children that do not are left alone")     \
    X(CRUMPLE_STACK_BYTES, stack_bytes, SIZE, "64K", 4096, 8388608,                                          \
      "most bytes of live stack saved for a thread; of a larger stack the top and the bottom are kept")      \
    X(CRUMPLE_TIMEOUT, timeout_ns, TIME, "10s", 100000000, 600000000000, "longest delay of a death")         \
    X(CRUMPLE_WAIT, wait_mode, CHOICE, "bundle core", 0, 0,                                                  \
      "what a death waits for: the finished bundle, or only the mini core (the bundle then follows)")        \
    X(CRUMPLE_WRITER, writer, PATH, "", 0, 0, "path of crumple-writer. Default: beside libcrumple.so")       \
    X(CRUMPLE_RECOVER, rules, RULES, "*=crash", 0, 0,                                                        \
      "what a fault does to a thread, by its start routine or name; the first pattern that matches "         \
      "decides. "                                                                                            \
      "ACTION: crash; contain or contain:wide; restart, restart:park or restart:die. docs/recovery.md")      \
    X(CRUMPLE_BREAKER, breaker, BREAKER,                                                                     \
      "trip=5,interval=60s,timeout=30s,max_requests=3,open=crash,peer=on", 0, 0,                             \
      "more than trip contained faults of one peer or routine in an interval: its connections are refused, " \
      "its next fault is a crash (or pthread_create fails, with open=reject), until max_requests have "      \
      "succeeded after timeout")                                                                             \
    X(CRUMPLE_BACKOFF, backoff_first_ns, BACKOFF, "100ms..30s,5/60s", 0, 0,                                  \
      "delay before a restart, doubling from the first time to the second; and how many restarts there may " \
      "be in how long")                                                                                      \
    X(CRUMPLE_EXIT, exit_mode, CHOICE, "thread off nonzero all", 0, 0,                                       \
      "which calls of exit, _exit, _Exit and quick_exit leave a bundle that names their caller: those with " \
      "a status other than 0 from another thread than the first, none, those with a status other than 0 "    \
      "from any thread, or all")                                                                             \
    X(CRUMPLE_KEEP, keep_count, KEEP, "count=500,bytes=256M,free=5%,per_signature=5/1h", 0, 0,               \
      "what the crash directory may hold: bundles, their bytes, space left free on the file system; and "    \
      "bundles of one signature in a time, beyond which contained faults are only counted")

enum { CRUMPLE_STDERR_TEXT, CRUMPLE_STDERR_JSON, CRUMPLE_STDERR_OFF };
enum { CRUMPLE_WAIT_BUNDLE, CRUMPLE_WAIT_CORE };
enum { CRUMPLE_EXIT_THREAD, CRUMPLE_EXIT_OFF, CRUMPLE_EXIT_NONZERO, CRUMPLE_EXIT_ALL };

#endif
