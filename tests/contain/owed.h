/* SPDX-License-Identifier: MIT */
/* The waits and wakeups of owed.c, as C++ makes them (owed_cxx.cpp), and as C does where there is no C++ (no_cxx.c). */
#ifndef OWED_H
#define OWED_H

#ifdef __cplusplus
extern "C" {
#endif

void owed_wait(void);    /* by a condition variable, for owed_signal */
void owed_signal(void);  /* to all who wait */
void owed_promise(void); /* waits for a std::future; its thread faults before it keeps the promise */

#ifdef __cplusplus
}
#endif

#endif
