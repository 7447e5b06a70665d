/* SPDX-License-Identifier: MIT */
#include "signal/sent.h"

#include <signal.h>
#include <string.h>

#include "unit.h"

START_TEST(test_names_senders)
{
    static const struct {
        int code, pid, value;
        const char *how, *name, *cause, *description;
    } senders[] = {
        {SI_USER, 12, 0, "sent by kill", NULL, "sent by pid 12 (uid 33)",
         "sent by pid 12 (uid 33) with kill; no instruction"},
        {SI_USER, 12, 0, "sent by kill", "bash", "sent by bash (pid 12, uid 33)",
         "sent by bash (pid 12, uid 33) with kill"},
        {SI_TKILL, 12, 0, "sent by tgkill", "bash", "sent by bash (pid 12, uid 33)",
         "(pid 12, uid 33) with tgkill"},
        {SI_TKILL, 4711, 0, "sent by tgkill", "bash", "sent by the process itself",
         "sent by the process itself with tgkill;"},
        {SI_QUEUE, 12, 42, "sent by sigqueue", NULL, "sent by pid 12 (uid 33), with value 42",
         "with sigqueue, with value 42"},
        {SI_USER, 0, 0, "sent by kill", NULL, "sent from outside of this pid namespace",
         "outside of this pid namespace with kill"},
        {SI_TIMER, 12, 0, "sent by a timer", "bash", "sent by a timer", "no instruction of the thread"},
        {-77, 12, 0, "sent by a process", "bash", "sent by a process", "no instruction"},
    };
    struct notes notes = {.pid = 4711, .has_signal = true};
    notes.signal.si_signo = SIGSEGV;
    for (size_t i = 0; i < sizeof senders / sizeof senders[0]; i++) {
        notes.signal.si_code = senders[i].code;
        notes.signal.si_pid = senders[i].pid;
        notes.signal.si_uid = 33;
        notes.signal.si_int = senders[i].value;
        notes.sender_name = senders[i].name;
        struct signal_words words = {0};
        sent_describe(&notes, senders[i].how, &words);
        ck_assert_int_eq(words.class, FAULT_SENT);
        ck_assert_str_eq(words.cause, senders[i].cause);
        ck_assert_msg(strstr(words.description, senders[i].description), "'%s'", words.description);
    }
}
END_TEST

START_TEST(test_names_what_the_kernel_ends)
{
    static const struct {
        int signal, code, pid;
        const char *cause;
    } ends[] = {
        {SIGPIPE, SI_USER, 4711, "write to a pipe or connection"},
        {SIGPIPE, SI_USER, 12, NULL},
        {SIGXFSZ, SI_USER, 4711, "RLIMIT_FSIZE"},
        {SIGXCPU, SI_KERNEL, 0, "RLIMIT_CPU"},
        {SIGALRM, SI_KERNEL, 0, "alarm"},
        {SIGHUP, SI_KERNEL, 0, "the terminal was closed"},
    };
    for (size_t i = 0; i < sizeof ends / sizeof ends[0]; i++) {
        struct notes notes = {.pid = 4711, .has_signal = true};
        struct signal_words words = {.name = "SIGNAME"};
        notes.signal.si_signo = ends[i].signal;
        notes.signal.si_code = ends[i].code;
        notes.signal.si_pid = ends[i].pid;
        ck_assert_int_eq(sent_by_kernel(&notes, &words), ends[i].cause != NULL);
        if (!ends[i].cause)
            continue;
        ck_assert_int_eq(words.class, FAULT_ENDED);
        ck_assert_msg(strstr(words.cause, ends[i].cause), "'%s'", words.cause);
        ck_assert_msg(strstr(words.description, "left SIGNAME at its default"), "'%s'", words.description);
    }
}
END_TEST

UNIT_TESTS(tests)
{
    tcase_add_test(tests, test_names_senders);
    tcase_add_test(tests, test_names_what_the_kernel_ends);
}
