/* SPDX-License-Identifier: MIT */
/* Kinds of faults, with nothing held: which of them may be contained is the policy's business alone. */
#undef NDEBUG
#include "cases.h"

#include <assert.h>
#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

static void nil_write(void)
{
    *poison.address = 1;
    STAY();
}

/* A frame known by a register that calls do not keep, as OpenSSL's assembly has them. */
void scratch_fault(int *address);
__asm__(".text\n"
        ".type scratch_fault, @function\n"
        "scratch_fault:\n"
        ".cfi_startproc\n"
        "movq %rsp, %r11\n"
        ".cfi_def_cfa r11, 8\n"
        "pushq $0\n"
        "movl $1, (%rdi)\n"
        "popq %rax\n"
        ".cfi_def_cfa rsp, 8\n"
        "ret\n"
        ".cfi_endproc\n"
        ".size scratch_fault, . - scratch_fault\n");

static void scratch_frame(void)
{
    scratch_fault(poison.address);
    STAY();
}

static void wild_write(void)
{
    *poison.wild = 1;
    STAY();
}

/* Not an address at all: the kernel reports a general protection fault, and 0 for where. */
static void non_canonical(void)
{
    volatile int *address = armed ? (int *)0x8000123412340000 : poison.address;
    *address = 1;
}

static void read_only_write(void)
{
    volatile char *text = armed ? (char *)"constant" : sink;
    text[0] = 'C';
}

static void past_end_of_file(void)
{
    char *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, locks.file, 0);
    if (page == MAP_FAILED)
        give_up("mmap");
    if (armed)
        *(volatile char *)page = 1;
    munmap(page, 4096);
}

static void illegal_instruction(void)
{
    if (armed)
        __asm__ volatile("ud2");
}

static void breakpoint(void)
{
    if (armed)
        __asm__ volatile("int3");
}

static void assert_fail(void)
{
    assert(!armed);
    STAY();
}

static void sent_by_raise(void)
{
    if (armed)
        raise(SIGSEGV);
}

/* With a value: a signal like any, but for its number. */
static void sent_with_value(void)
{
    if (armed)
        pthread_sigqueue(pthread_self(), SIGSEGV, (union sigval){.sival_ptr = NULL});
}

static void raised_abort(void)
{
    if (armed)
        raise(SIGABRT);
}

static void double_free(void)
{
    char *volatile block = malloc(3000);
    char *volatile neighbour = malloc(3000);
    free(block);
    if (armed)
        free(block);
    free(neighbour);
}

static NOINLINE void copy_without_bound(size_t length)
{
    char buffer[16];
    char *volatile start = buffer;
    memset(start, 'A', length);
    STAY();
}

static void stack_smash(void)
{
    copy_without_bound(armed ? 64 : 8);
}

/* The program's own handler sees the fault first; crumple is asked only when it gives the signal back. */
static void own_handler(int number)
{
    signal(number, SIG_DFL);
}

static void handled_and_given_back(void)
{
    if (armed)
        signal(SIGSEGV, own_handler);
    *poison.address = 1;
    STAY();
}

/* Libraries come and go while a server runs. */
static void after_dlopen(void)
{
    void *library = dlopen("libresolv.so.2", RTLD_NOW);
    c_fault();
    if (library != NULL)
        dlclose(library);
}

static void after_dlclose(void)
{
    void *library = dlopen("libutil.so.1", RTLD_NOW);
    if (library != NULL)
        dlclose(library);
    c_fault();
    STAY();
}

const struct recovery_case fault_cases[] = {
    {"nil_write", nil_write},
    {"scratch_frame", scratch_frame},
    {"wild_write", wild_write},
    {"non_canonical", non_canonical},
    {"read_only_write", read_only_write},
    {"past_end_of_file", past_end_of_file},
    {"illegal_instruction", illegal_instruction},
    {"breakpoint", breakpoint},
    {"assert_fail", assert_fail},
    {"sent_by_raise", sent_by_raise},
    {"sent_with_value", sent_with_value},
    {"raised_abort", raised_abort},
    {"double_free", double_free},
    {"stack_smash", stack_smash},
    {"handled_and_given_back", handled_and_given_back},
    {"after_dlopen", after_dlopen},
    {"after_dlclose", after_dlclose},
    {NULL, NULL},
};
