// SPDX-License-Identifier: MIT
// A Go program with C in it: its runtime takes every signal for itself, by raw system calls.
package main

/*
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <signal.h>
#include <stdint.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

__attribute__((noinline)) static void c_null_write(void)
{
    volatile int *volatile nowhere = NULL;
    *nowhere = 1;
    __asm__ volatile("");
}
__attribute__((noinline)) static void c_deepest(volatile int *nowhere, int depth)
{
    volatile int mark = 4711 + depth;
    if (depth) {
        c_deepest(nowhere, depth - 1);
        mark++;
    } else {
        *nowhere = mark;
    }
}
__attribute__((noinline)) static void c_deep(void)
{
    c_deepest(NULL, 2);
    __asm__ volatile("");
}
__attribute__((noinline)) static void c_trap(void) { __asm__ volatile("ud2"); }
static void c_refuse_dumps(void) { prctl(PR_SET_DUMPABLE, 0, 0, 0, 0); }
__attribute__((noinline)) static void c_abort(void) { abort(); }
static void *c_thread(void *unused) { c_null_write(); return unused; }
static void c_fault_in_thread(void)
{
    pthread_t thread;
    pthread_create(&thread, NULL, c_thread, NULL);
    pthread_join(thread, NULL);
}
static void *c_square(void *n) { return (void *)((uintptr_t)n * (uintptr_t)n); }
static unsigned long c_square_in_thread(unsigned long n)
{
    pthread_t thread;
    void *result = NULL;
    if (pthread_create(&thread, NULL, c_square, (void *)n)) return 0;
    pthread_join(thread, &result);
    return (unsigned long)result;
}
// errno of a write to a connection that the other end has closed; 0: it was written.
static int c_reply(void)
{
    int pair[2];
    if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair)) return -1;
    close(pair[0]);
    return write(pair[1], "reply", 5) < 0 ? errno : 0;
}
static void *c_reply_from(void *unused) { c_reply(); return unused; }
static void c_reply_in_thread(void)
{
    pthread_t thread;
    pthread_create(&thread, NULL, c_reply_from, NULL);
    pthread_join(thread, NULL);
}
static void c_raise_default(void) { signal(SIGSEGV, SIG_DFL); raise(SIGSEGV); }
*/
import "C"

import (
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"runtime"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

var nowhere *int

func dereference() (caught int) {
	defer func() {
		if recover() != nil {
			caught = 1
		}
	}()
	return *nowhere
}

func divide(a, b int) (caught int) {
	defer func() {
		if recover() != nil {
			caught = 1
		}
	}()
	return a / b
}

// Loops without calls are stopped by SIGURG, again and again.
func preempted() int64 {
	var stop, turns int64
	var all sync.WaitGroup
	for i := 0; i < 3; i++ {
		all.Add(1)
		go func() {
			defer all.Done()
			for atomic.LoadInt64(&stop) == 0 {
				for k := 0; k < 1000000; k++ {
					turns ^= int64(k)
				}
			}
		}()
	}
	for i := 0; i < 3; i++ {
		runtime.GC()
	}
	atomic.StoreInt64(&stop, 1)
	all.Wait()
	return 3
}

func work() {
	caught := 0
	for i := 0; i < 10000; i++ {
		caught += dereference()
	}
	fmt.Println("dereferences", caught)
	caught = 0
	for i := 0; i < 10000; i++ {
		caught += divide(i, 0)
	}
	fmt.Println("divisions", caught)
	fmt.Println("preempted", preempted())
	var sum uint64
	var all sync.WaitGroup
	for i := 0; i < 200; i++ {
		all.Add(1)
		go func(n int) {
			defer all.Done()
			atomic.AddUint64(&sum, uint64(C.c_square_in_thread(C.ulong(n))))
		}(i)
	}
	all.Wait()
	fmt.Println("squares", sum)
	seen := make(chan os.Signal, 1)
	signal.Notify(seen, syscall.SIGSEGV, syscall.SIGUSR1)
	syscall.Kill(syscall.Getpid(), syscall.SIGSEGV)
	fmt.Println("seen", <-seen)
	signal.Reset()
	output, err := exec.Command("/bin/sh", "-c", "echo child; exit 3").Output()
	fmt.Print("child ", err, " ", string(output))
}

// Goroutines that the runtime takes a while to print.
func crowd() {
	for i := 0; i < 400; i++ {
		go func() { time.Sleep(20 * time.Second) }()
	}
}

func main() {
	switch os.Args[1] {
	case "work":
		work()
	case "c-null":
		C.c_null_write()
	case "c-deep":
		crowd()
		C.c_deep()
	case "c-deep-undumpable":
		crowd()
		if len(os.Args) > 2 {
			time.Sleep(1500 * time.Millisecond)
		}
		C.c_refuse_dumps()
		C.c_deep()
	case "c-trap":
		crowd()
		C.c_trap()
	case "c-abort-crowd":
		crowd()
		C.c_abort()
	case "c-abort":
		C.c_abort()
	case "c-thread":
		C.c_fault_in_thread()
	case "c-default":
		C.c_raise_default()
	case "c-reply":
		fmt.Println("errno", C.c_reply())
	case "c-reply-thread":
		C.c_reply_in_thread()
	case "go-nil":
		*nowhere = 1
	case "go-panic":
		panic("on purpose")
	case "exit":
		os.Exit(3)
	case "wait":
		fmt.Println("ready")
		time.Sleep(20 * time.Second)
	}
}
