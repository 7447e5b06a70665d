/* SPDX-License-Identifier: MIT */
/* docs/go.md: run/ends/judge.c tells the end of a Go program, run/watch/guard.c keeps what Go prints. */
#include "doctor/go_rules.h"

#include <string.h>

#define TOPIC "runtime"

/* runtime/runtime1.go of Go: setTraceback. crumple-run leaves alone what is set. */
static void judge_traceback(const char *traceback, struct verdicts *ret)
{
    if (strcmp(traceback, "none") == 0) {
        verdicts_add(ret, VERDICT_WARN, TOPIC,
                     "GOTRACEBACK=none: Go prints no stack, so that no report has one");
        verdicts_advise(ret, "unset GOTRACEBACK: 'crumple run' chooses");
    } else if (strcmp(traceback, "single") == 0) {
        verdicts_add(ret, VERDICT_NOTE, TOPIC,
                     "GOTRACEBACK=single: the report of a panic has the first goroutine only");
        verdicts_advise(ret, "unset GOTRACEBACK: 'crumple run' chooses");
    } else if (strcmp(traceback, "crash") == 0) {
        verdicts_add(ret, VERDICT_NOTE, TOPIC,
                     "GOTRACEBACK=crash: a panic ends the program by SIGABRT, not with status 2");
    }
}

void go_judge(bool is_below_run, const char *traceback, struct verdicts *ret)
{
    if (is_below_run) {
        verdicts_add(
            ret, VERDICT_OK, TOPIC,
            "Go below crumple-run: panics, fatal errors and faults are reported with all goroutines, os.Exit and log.Fatal "
            "with the status and the last lines");
    } else {
        verdicts_add(
            ret, VERDICT_WARN, TOPIC,
            "Go: crumple-run reports its panics, fatal errors and faults; a preload alone sees only faults "
            "in threads that C code made");
        verdicts_advise(ret, "start it by 'crumple run'");
    }
    verdicts_add(
        ret, VERDICT_NOTE, TOPIC,
        "Go's listening sockets are not held by crumple-run --restart, since Go asks the kernel itself: clients are "
        "refused while it starts again");
    verdicts_advise(ret, "with --restart: take them from a socket unit of systemd (LISTEN_FDS)");
    if (traceback)
        judge_traceback(traceback, ret);
}
