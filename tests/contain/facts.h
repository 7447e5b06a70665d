/* SPDX-License-Identifier: MIT */
/* What every program of these tests needs: facts on stdout, time, tasks. */
#ifndef FACTS_H
#define FACTS_H

#include <stdbool.h>
#include <stddef.h>
#include <time.h>

#ifdef __cplusplus
extern "C" {
#endif

void fact(const char *key, const char *format, ...) __attribute__((format(printf, 2, 3)));
void give_up(const char *what) __attribute__((noreturn)); /* a test that cannot even begin: exit 70 */
void sleep_ms(long ms);
struct timespec deadline_in(long ms); /* CLOCK_REALTIME */
size_t count_tasks(void);
bool tasks_are_back(size_t before); /* waits up to 2.5 s */

#ifdef __cplusplus
}
#endif

#endif
