/* SPDX-License-Identifier: MIT */
/*
 * Crimes in C, to be committed from another language: called by their names (ctypes, cgo, Rust), or by the
 * names that the Java Native Interface looks for.
 */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#define EXPORTED __attribute__((visibility("default"), noinline, noipa))

EXPORTED void native_null_write(void)
{
    *(volatile int *)NULL = 1;
    __asm__ volatile(""); /* no tail calls below: the frames are to be seen */
}

EXPORTED void native_abort(void)
{
    abort();
}

EXPORTED int native_overflow(int depth)
{
    volatile char room[1024];
    memset((char *)room, depth, sizeof room);
    return native_overflow(depth + 1) + room[depth % 1024];
}

static void *thread_of_c(void *unused)
{
    native_null_write();
    return unused;
}

EXPORTED void native_fault_in_thread(void)
{
    pthread_t thread;
    if (pthread_create(&thread, NULL, thread_of_c, NULL) == 0)
        pthread_join(thread, NULL);
}

/* JNIEXPORT void JNICALL Java_CLASS_METHOD(JNIEnv *, jclass), spelled without jni.h. */
EXPORTED void Java_Runtimes_writeThroughNull(void *env, void *class)
{
    (void)env, (void)class;
    native_null_write();
    __asm__ volatile("");
}

EXPORTED void Java_Runtimes_callAbort(void *env, void *class)
{
    (void)env, (void)class;
    native_abort();
}

EXPORTED void Java_Runtimes_overflowNatively(void *env, void *class)
{
    (void)env, (void)class;
    native_overflow(1);
    __asm__ volatile("");
}

EXPORTED void Java_Runtimes_faultInThread(void *env, void *class)
{
    (void)env, (void)class;
    native_fault_in_thread();
    __asm__ volatile("");
}
