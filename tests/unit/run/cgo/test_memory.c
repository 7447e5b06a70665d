/* SPDX-License-Identifier: MIT */
/* Registers and stack of a process that stands still in its handler; the lines of maps. */
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <ucontext.h>
#include <unistd.h>

#include "base/clock.h"
#include "cgo/memory.h"
#include "unit.h"

#define MARK UINT64_C(0x1122334455667788)

static int told[2];

/* What the parent is to find. */
struct truth {
    uint64_t pc, sp, mark;
};

static void handle(int signo, siginfo_t *info, void *context)
{
    const ucontext_t *c = context;
    (void)signo, (void)info;
    struct truth truth = {(uint64_t)c->uc_mcontext.gregs[REG_RIP], (uint64_t)c->uc_mcontext.gregs[REG_RSP],
                          MARK};
    (void)!write(told[1], &truth, sizeof truth);
    for (;;)
        (void)pause();
}

static _Noreturn void fault(void)
{
    static char stack[65536];
    const stack_t alternate = {.ss_sp = stack, .ss_size = sizeof stack};
    const struct sigaction action = {.sa_sigaction = handle, .sa_flags = SA_SIGINFO | SA_ONSTACK};
    volatile uint64_t mark = MARK;
    (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
    (void)sigaltstack(&alternate, NULL);
    (void)sigaction(SIGTRAP, &action, NULL);
    __asm__ volatile("int3" ::"r"(&mark) : "memory");
    _exit(1);
}

static pid_t start(struct truth *ret)
{
    ck_assert_int_eq(pipe(told), 0);
    pid_t pid = fork();
    if (pid == 0)
        fault();
    ck_assert_int_eq(read(told[0], ret, sizeof *ret), sizeof *ret);
    ck_assert_int_eq(kill(pid, SIGSTOP), 0);
    ck_assert_int_eq(waitpid(pid, NULL, WUNTRACED), pid);
    return pid;
}

static void stop(pid_t pid)
{
    (void)kill(pid, SIGKILL);
    ck_assert_int_eq(waitpid(pid, NULL, 0), pid);
}

static const struct cgo_part *part_at(const struct cgo_memory *memory, uint64_t address)
{
    for (size_t i = 0; i < memory->part_count; i++)
        if (address - memory->parts[i].address < memory->parts[i].size)
            return &memory->parts[i];
    return NULL;
}

START_TEST(a_process_in_its_handler)
{
    struct truth truth;
    struct cgo_memory memory;
    pid_t pid = start(&truth);
    const struct cgo_fault there = {.pc = truth.pc};
    ck_assert_int_eq(cgo_memory_read(pid, &there, clock_us() + 5000000, &memory), 0);
    ck_assert_int_eq(memory.tid, pid);
    ck_assert_uint_eq(memory.registers.rip, truth.pc);
    ck_assert_uint_eq(memory.registers.rsp, truth.sp);
    const struct cgo_part *stack = part_at(&memory, truth.sp);
    ck_assert_ptr_nonnull(stack);
    ck_assert_ptr_nonnull(memmem(stack->bytes, stack->size, &truth.mark, sizeof truth.mark));
    size_t heads = 0;
    for (size_t i = 0; i < memory.part_count; i++) {
        heads += memcmp(memory.parts[i].bytes, "\177ELF", 4) == 0;
        ck_assert(i == 0 ||
                  memory.parts[i - 1].address + memory.parts[i - 1].size <= memory.parts[i].address);
    }
    ck_assert_uint_ge(heads, 2); /* this program and libc */
    ck_assert_uint_gt(memory.auxv_size, 100);
    cgo_memory_release(&memory);
    stop(pid);
}
END_TEST

START_TEST(a_process_that_has_met_no_such_fault)
{
    struct truth truth;
    struct cgo_memory memory;
    pid_t pid = start(&truth);
    const struct cgo_fault elsewhere = {.pc = truth.pc + 1};
    const int64_t begin_us = clock_us();
    ck_assert_int_eq(cgo_memory_read(pid, &elsewhere, begin_us + 5000000, &memory), -ESRCH);
    ck_assert_int_lt(clock_us() - begin_us, 1000000); /* it does not search until the deadline */
    stop(pid);
    ck_assert_int_eq(cgo_memory_read(pid, &elsewhere, clock_us() + 5000000, &memory), -EACCES);
}
END_TEST

START_TEST(what_the_files_say_when_the_process_is_gone)
{
    static char maps[1 << 20];
    struct cgo_memory memory;
    const uint64_t here = (uint64_t)(uintptr_t)start;
    const size_t size = cgo_memory_maps(getpid(), maps, sizeof maps);
    ck_assert_uint_gt(size, 100);
    ck_assert_int_eq(maps[size - 1], '\n');
    ck_assert_uint_eq(cgo_memory_maps(getpid(), maps, 20), 0); /* not a whole line */
    (void)cgo_memory_maps(getpid(), maps, sizeof maps);
    ck_assert_int_eq(cgo_memory_of_files(7, here, maps, size, &memory), 0);
    ck_assert_uint_eq(memory.registers.rip, here);
    ck_assert_uint_eq(memory.registers.rsp, 0);
    ck_assert_uint_ge(memory.part_count, 2);
    for (size_t i = 0; i < memory.part_count; i++)
        ck_assert_mem_eq((const void *)(uintptr_t)memory.parts[i].address, memory.parts[i].bytes, 64);
    cgo_memory_release(&memory);
}
END_TEST

START_TEST(lines_of_maps)
{
    static const char maps[] = "00400000-00452000 r-xp 00000000 08:02 173521  /usr/bin/a server\n"
                               "00651000-00652000 r--p 00051000 08:02 173521  /usr/bin/a server (deleted)\n"
                               "00e03000-00e24000 rw-p 00000000 00:00 0       [heap]\n"
                               "nonsense /path\n"
                               "5-3 r-xp 00000000 08:02 1 /backwards\n"
                               "7f00-7f01 r-xp 00000000 08:02 1 /last";
    struct cgo_mapping mapping;
    const char *at = maps, *end = maps + sizeof maps - 1;
    ck_assert(cgo_maps_next(&at, end, &mapping));
    ck_assert_uint_eq(mapping.start, 0x400000);
    ck_assert_uint_eq(mapping.end, 0x452000);
    ck_assert_uint_eq(mapping.path_size, strlen("/usr/bin/a server"));
    ck_assert(cgo_maps_next(&at, end, &mapping));
    ck_assert_uint_eq(mapping.offset, 0x51000);
    ck_assert(cgo_maps_next(&at, end, &mapping));
    ck_assert_mem_eq(mapping.path, "/last", 5);
    ck_assert(!cgo_maps_next(&at, end, &mapping));
}
END_TEST

UNIT_TESTS(tests)
{
    tcase_add_test(tests, a_process_in_its_handler);
    tcase_add_test(tests, a_process_that_has_met_no_such_fault);
    tcase_add_test(tests, what_the_files_say_when_the_process_is_gone);
    tcase_add_test(tests, lines_of_maps);
}
