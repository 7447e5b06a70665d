/* SPDX-License-Identifier: MIT */
/* Work in a child: see screen/apart.h. */
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "screen/apart.h"
#include "screen/out.h"
#include "screen/verb.h"

int apart_run(int (*work)(void *context), void *context)
{
    int status = 0;

    out_flush();
    const pid_t child = fork();
    if (child == 0) {
        (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
        status = work(context);
        _exit(out_end() ? status : VERB_DAMAGED);
    }
    if (child < 0) {
        say("cannot read the bundle: %s", strerror(errno));
        return VERB_DAMAGED;
    }
    while (waitpid(child, &status, 0) < 0 && errno == EINTR)
        ;
    if (WIFSIGNALED(status))
        say("cannot read the bundle: its reader ended with '%s'", strsignal(WTERMSIG(status)));
    return WIFEXITED(status) ? WEXITSTATUS(status) : VERB_DAMAGED;
}
