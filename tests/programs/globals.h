/* SPDX-License-Identifier: MIT */
#ifndef GLOBALS_H
#define GLOBALS_H

/* Changes the library's variables, then calls. */
void library_call(void (*function)(void));
/* The same of a library that is not on the stack any more when the program faults. */
void bystander_touch(void);

#endif
