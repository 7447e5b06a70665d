// SPDX-License-Identifier: MIT
package main

/*
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

void goBack(void);

static void write_null(int *score) { *score = 1; }
static void give_up(void) { abort(); }
static void call_back(void) { goBack(); }
static void *fault(void *none) { *(volatile int *)none = 1; return none; }
static void *log_on(void *none)
{
    for (int tick = 0;; tick++)
        dprintf(2, "{\"level\":\"info\",\"msg\":\"tick %d\"}\n", tick);
    return none;
}
static void log_in_thread(void)
{
    pthread_t thread;
    pthread_create(&thread, NULL, log_on, NULL);
}
static void fault_in_thread(void)
{
    pthread_t thread;
    pthread_create(&thread, NULL, fault, NULL);
    pthread_join(thread, NULL);
}
*/
import "C"

//export goBack
func goBack() { (&match{}).loop(1) }

func cWrite()  { C.write_null(nil) }
func cAbort()  { C.give_up() }
func cBack()   { C.call_back() }
func cThread() { C.fault_in_thread() }
func cLog()    { C.log_in_thread() }
