/* SPDX-License-Identifier: MIT */
/*
 * Safe file: musl's list of FILEs has no name, and its structures are its own. A FILE's lock is its owner's number
 * (src/stdio/__lockfile.c); a thread's descriptor leads to the FILEs that flockfile locked for it
 * (src/stdio/ftrylockfile.c). Where both stand is found by trying: a FILE is locked once.
 */
#include "libc/data/stdio.h"

#include <stddef.h>

#include "base/io.h"
#include "base/sys.h"

#define FILE_BYTES       232 /* of a FILE */
#define DESCRIPTOR_WORDS 40  /* of a thread's descriptor that are looked at */
#define OWNER_BITS       0x3fffffffu

static int32_t *standard[3];
static int lock_word = -1, locked_word = -1; /* of 4 bytes in a FILE, of 8 in a descriptor */

/* The words of a FILE that hold a number, and those of a descriptor that lead to the FILE: one bit each. */
static uint64_t words_of(const int32_t *file, int number)
{
    uint64_t found = 0;
    for (int i = 0; i < FILE_BYTES / 4; i++)
        found |= (uint64_t)(file[i] == number) << i;
    return found;
}

static uint64_t words_to(const int32_t *file)
{
    const uint64_t *descriptor = (const uint64_t *)safe_fs_base();
    uint64_t found = 0;
    for (int i = 1; i < DESCRIPTOR_WORDS; i++)
        found |= (uint64_t)(descriptor[i] == (uint64_t)file) << i;
    return found;
}

/* Only if it is one word. */
static int word_of(uint64_t words)
{
    return words && !(words & (words - 1)) ? __builtin_ctzll(words) : -1;
}

/*
 * A thread's number may be as small as the numbers of flags, descriptors and takings in a FILE. Those that are there
 * before, or are others when the lock is taken again, are not its owner.
 */
static void find_words(int32_t *file, int (*lock)(void *file), void (*unlock)(void *file))
{
    const int tid = safe_gettid();
    uint64_t owner = ~words_of(file, tid), list = ~words_to(file);
    if (lock(file) != 0)
        return;
    owner &= words_of(file, tid);
    list &= words_to(file);
    if (lock(file) == 0) {
        owner &= words_of(file, tid);
        unlock(file);
    }
    unlock(file);
    lock_word = word_of(owner);
    locked_word = word_of(list);
}

void safe_stdio_prepare(void *(*find)(const char *name))
{
    static const char *const names[] = {"stdin", "stdout", "stderr"};
    int (*lock)(void *file) = (int (*)(void *))find("ftrylockfile");
    void (*unlock)(void *file) = (void (*)(void *))find("funlockfile");
    if (lock_word >= 0 || !lock || !unlock)
        return;
    for (int i = 0; i < 3; i++) {
        int32_t **file = find(names[i]);
        standard[i] = file ? *file : NULL;
    }
    if (standard[0])
        find_words(standard[0], lock, unlock);
}

bool safe_stdio_lists_all(void)
{
    return false;
}

bool safe_stdio_held(uint64_t thread_pointer)
{
    uint64_t locked = 0;
    int32_t owner = 0;
    if (lock_word < 0 || locked_word < 0 ||
        safe_read_memory(thread_pointer + 8 * (uint64_t)locked_word, &locked, sizeof locked) < 0 || locked)
        return true;
    for (int i = 0; i < 3; i++)
        if (standard[i] && (safe_read_memory((uint64_t)(standard[i] + lock_word), &owner, sizeof owner) < 0 ||
                            (owner > 0 && (owner & (int32_t)OWNER_BITS) == safe_gettid())))
            return true;
    return false;
}
