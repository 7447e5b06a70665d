/* SPDX-License-Identifier: MIT */
/* A server in a drill with the commands beside it: started, waited for, ended. */
#ifndef CRUMPLE_DRILL_SERVER_H
#define CRUMPLE_DRILL_SERVER_H

#include "drill.h"
#include "trace/children.h"
#include "trace/trace.h"

struct drill_server {
    const struct drill_plan *plan;
    struct drill_trace trace;
    struct drill_command load, check; /* check: the ready command or the oracle */
    char dir[DRILL_PATH_BYTES];       /* this run's: logs, crashes/ */
    char crashes[DRILL_PATH_BYTES + 16];
    char log[DRILL_PATH_BYTES + 16]; /* of server and commands, but for the load */
    char load_log[DRILL_PATH_BYTES + 16], capacity_log[DRILL_PATH_BYTES + 16];
    int port;
};

/** Make the directory 'name' of the plan's, choose a port, start the server under trace. slot: of the worker,
 * so that two never choose the same port. Returns 0 or a negative errno. */
int drill_server_start(struct drill_server *server, const struct drill_plan *plan, const char *name,
                       unsigned slot, drill_handler *handler, void *context);

/** Handle one change of a child, or time out. Returns 0, -ETIMEDOUT or -EINTR. */
int drill_server_pump(struct drill_server *server, int64_t deadline_us);
/** Handle what happens for a while. Returns 0 or -EINTR. */
int drill_server_sleep(struct drill_server *server, int64_t us);

/** Whether the server is ready; -EAGAIN: not yet, -ESRCH: it ended. To be asked again and again. */
int drill_server_is_ready(struct drill_server *server);

/** Start as drill_server_start does, and wait until the server is ready. Returns 0, -EINTR, or a negative errno with a
 * message for people. */
int drill_server_begin(struct drill_server *server, const struct drill_plan *plan, const char *name,
                       drill_handler *handler, void *context, char message[static DRILL_MESSAGE_BYTES]);

/** Stop every task. victim: a thread that must live on, or 0. Returns 0 or a negative errno. */
int drill_server_halt(struct drill_server *server, pid_t victim);
/** Let a traced server run free, without breakpoints. Returns 0 or a negative errno. */
int drill_server_release(struct drill_server *server);

/** Start the load, or another command (then in server->check), its output appended to log. Returns 0 or a negative errno. */
int drill_server_start_load(struct drill_server *server);
int drill_server_start_check(struct drill_server *server, const char *command, const char *log);
/** Wait for a command to end. Returns 0, -ETIMEDOUT or -EINTR; goes on waiting while the server dies. */
int drill_server_wait(struct drill_server *server, const struct drill_command *command, int64_t deadline_us);

/** End everything. The directory stays. */
void drill_server_end(struct drill_server *server);
/** Remove a directory with everything in it. */
void drill_server_remove(const char *dir);

#endif
