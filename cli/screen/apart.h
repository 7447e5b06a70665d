/* SPDX-License-Identifier: MIT */
/* Work in a child. Who reads a bundle gives up the right to write, before it does; the parent keeps it, and names what the child has
 * filled. */
#ifndef CRUMPLE_CLI_SCREEN_APART_H
#define CRUMPLE_CLI_SCREEN_APART_H

/** Has a child do the work, which enters a sandbox. The child ends with this process. Returns what work has returned, an exit status
 * below 128; VERB_DAMAGED if there is no child or a signal has ended it, which was said then. */
int apart_run(int (*work)(void *context), void *context);

#endif
