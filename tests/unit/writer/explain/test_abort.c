/* SPDX-License-Identifier: MIT */
/* What the messages of an abort stand for, and what of them goes into a title. */
#include <stdlib.h>
#include <string.h>

#include "explain/abort.h"
#include "unit.h"

/* What no test of ours can make glibc say, or not every glibc: by its sources, from 2.17 to 2.42. */
START_TEST(test_knows_the_messages_of_glibc)
{
    static const struct {
        const char *message, *kind;
    } messages[] = {
        {"double free or corruption (top)", "heap corruption"},
        {"free(): too many chunks detected in tcache", "heap corruption"},
        {"free(): unaligned chunk detected in tcache 2", "heap corruption"},
        {"free(): corrupted unsorted chunks", "heap corruption"},
        {"free(): chunks in smallbin corrupted", "heap corruption"},
        {"invalid fastbin entry (free)", "heap corruption"},
        {"malloc(): memory corruption (fast)", "heap corruption"},
        {"malloc(): smallbin double linked list corrupted", "heap corruption"},
        {"malloc(): largebin double linked list corrupted (nextsize)", "heap corruption"},
        {"malloc_consolidate(): unaligned fastbin chunk detected", "heap corruption"},
        {"mremap_chunk(): invalid pointer", "heap corruption"},
        {"corrupted double-linked list (not small)", "heap corruption"},
        {"break adjusted to free malloc space", "heap corruption"},
        {"malloc.c:2617: sysmalloc: Assertion `(old_top == initial_top (av) && old_size == 0)' failed.",
         "heap corruption"},
        {"Fatal glibc error: malloc.c:2599 (sysmalloc): assertion failed: (old_top == initial_top (av))",
         "heap corruption"},
        {"server: main.c:3: main: Assertion `0' failed.", "assert"},
        {"server: a.cc:3: void f(int): Assertion `strstr(m, \"free(): \")' failed.", "assert"},
        {"Fatal glibc error: rseq registration failed", "libc fatal error"},
        {"Fatal glibc error: cannot get entropy for arc4random", "libc fatal error"},
        {"FATAL: exception not rethrown", "libc fatal error"},
        {"libgcc_s.so.1 must be installed for pthread_exit to work", "libc fatal error"},
        {"*** stack smashing detected ***: <unknown> terminated", "stack smashing"},
        {"*** buffer overflow detected ***: ./server terminated", "buffer overflow"},
        {"", NULL},
        {"out of cheese", NULL},
    };
    for (size_t i = 0; i < sizeof messages / sizeof messages[0]; i++) {
        const char *kind = abort_words_kind_of(messages[i].message);
        if (messages[i].kind)
            ck_assert_msg(kind && strcmp(kind, messages[i].kind) == 0, "'%s' is '%s'", messages[i].message,
                          kind ? kind : "nothing");
        else
            ck_assert_ptr_null(kind);
    }
    ck_assert_ptr_null(abort_words_kind_of(NULL));
}
END_TEST

START_TEST(test_shortens_messages_for_titles)
{
    static const char *const rows_of[][2] = {
        {"*** stack smashing detected ***: terminated", "stack smashing"},
        {"*** longjmp causes uninitialized stack frame ***: terminated",
         "longjmp causes uninitialized stack frame"},
        {"*** ", "*** "},
        {"", ""},
        {"free(): invalid pointer", "free(): invalid pointer"},
        {"server: main.c:3: main: Assertion `0' failed.", "main.c:3: Assertion `0' failed."},
        {"Assertion `0' failed.", "Assertion `0' failed."},
        {"x: Assertion `a: b' failed.", "x: Assertion `a: b' failed."},
        {"server: a.c:1: Unexpected error: No such file.", "a.c:1: Unexpected error: No such file."},
    };
    char out[64];
    for (size_t i = 0; i < sizeof rows_of / sizeof rows_of[0]; i++)
        ck_assert_str_eq(abort_words_short(rows_of[i][0], out, sizeof out), rows_of[i][1]);
    static const char path[] = "server: /a/path/that/is/longer/than/the/room/there/is/for/it/in/a/title.c:1: "
                               "f: Assertion `0' failed.";
    ck_assert_uint_lt(strlen(abort_words_short(path, out, sizeof out)), sizeof out);
}
END_TEST

UNIT_TESTS(tests)
{
    tcase_add_test(tests, test_knows_the_messages_of_glibc);
    tcase_add_test(tests, test_shortens_messages_for_titles);
}
