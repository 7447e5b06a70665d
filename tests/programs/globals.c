/* SPDX-License-Identifier: MIT */
/*
 * Changes its global variables and faults: globals main|thread|WAY. tests/crash/globals.bats knows the
 * values. WAY: 'hidden' makes a page of an array inaccessible first, 'beyond' maps a page there that no file
 * has, 'wait' says 'ready' and waits for the end of stdin.
 */
#include "globals.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#ifndef HUGE_BYTES
#define HUGE_BYTES (4ul << 20)
#endif

struct pair {
    int first, second;
    const char *name;
};

static int add(int a, int b)
{
    return a + b;
}

static int subtract(int a, int b)
{
    return a - b;
}

int data = 5, bss;
static int local_data = 5, local_bss;
const int constant = 42;
__thread int tls_data = 1, tls_bss;
struct pair pair = {1, 2, "before"};
const char *string = "before";
int (*const relro_table[])(int, int) = {add, subtract}; /* the file has zeros here */
int *heap;
double numbers[4] = {1, 2, 3, 4};
char touched[4 << 20], filled[4 << 20], hidden[3 * 4096] __attribute__((aligned(4096)));
char huge[HUGE_BYTES];

static void fault(void)
{
    *(volatile int *)0 = 1;
}

static void change(void)
{
    data = local_data = 7;
    bss = local_bss = 8;
    pair = (struct pair){33, 44, "after"};
    string = "after";
    numbers[2] = 2.5;
    heap = malloc(sizeof *heap);
    *heap = 99;
    touched[1 << 20] = 5;
    touched[3 << 20] = 6;
    memset(filled, 9, sizeof filled);
    memset(hidden, 3, sizeof hidden);
    bystander_touch();
}

static void *thread(void *name)
{
    tls_data = 77;
    tls_bss = 78;
    library_call(fault);
    return name;
}

int main(int argc, char **argv)
{
    const char *way = argc > 1 ? argv[1] : "main";
    pthread_t other;
    change();
    if (strcmp(way, "hidden") == 0)
        mprotect(hidden + 4096, 4096, PROT_NONE);
    if (strcmp(way, "beyond") == 0)
        mmap(hidden + 4096, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_FIXED, memfd_create("empty", 0),
             0);
    if (strcmp(way, "wait") == 0) {
        puts("ready");
        fflush(stdout);
        while (getchar() != EOF)
            ;
    }
    if (strcmp(way, "thread") == 0 && pthread_create(&other, NULL, thread, NULL) == 0)
        pthread_join(other, NULL);
    thread(NULL);
    return relro_table[0](huge[0], subtract(local_data, local_bss));
}
