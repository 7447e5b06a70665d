/* SPDX-License-Identifier: MIT */
/* Deaths whose words matter: what libc, the kernel or a library says (part of rows 2-24). */
#include "messages.h"
#include "victim.h"

#include <errno.h>
#include <limits.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { PAGE = 4096 };

struct node {
    long unused[3];
    volatile int value; /* at 0x18 */
};

static NOINLINE int read_member(const struct node *node)
{
    return node->value;
}

static void null_member(char **arguments)
{
    (void)arguments;
    announce();
    read_member(NULL);
}

static NOINLINE long read_before(const volatile long *where)
{
    return where[-1];
}

/* container_of of NULL. */
static void null_container(char **arguments)
{
    (void)arguments;
    announce();
    read_before(NULL);
}

static NOINLINE void write_byte(volatile char *where)
{
    *where = 1;
}

static void map_failed(char **arguments)
{
    (void)arguments;
    announce();
    write_byte(MAP_FAILED);
}

static char *new_page(int protection)
{
    char *page = mmap(NULL, PAGE, protection, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (page == MAP_FAILED)
        give_up("mmap");
    return page;
}

static void unmapped_write(char **arguments)
{
    (void)arguments;
    char *page = new_page(PROT_READ);
    munmap(page, PAGE);
    fact("addr", "%p", (void *)page);
    announce();
    write_byte(page);
}

static void protected_write(char **arguments)
{
    (void)arguments;
    char *page = new_page(PROT_NONE);
    fact("addr", "%p", (void *)page);
    announce();
    write_byte(page);
}

/* The constants of a program lie in a page of its file. */
static void constant_write(char **arguments)
{
    (void)arguments;
    static const char constant[64] = "constant";
    const char *volatile hidden = constant;
    announce();
    write_byte((char *)(uintptr_t)hidden);
}

/* A pointer that was overwritten with text. */
static void text_pointer(char **arguments)
{
    (void)arguments;
    struct node *node;
    memcpy(&node, "GET /ind", sizeof node);
    announce();
    read_member(node);
}

typedef void (*code)(void);

static NOINLINE void call_code(volatile code *target)
{
    (*target)();
}

static void jump_to_heap(char **arguments)
{
    (void)arguments;
    volatile code target = (code)(uintptr_t)malloc(100);
    fact("addr", "%p", (void *)(uintptr_t)target);
    announce();
    call_code(&target);
}

static void jump_to_text(char **arguments)
{
    (void)arguments;
    volatile code target = (code)(uintptr_t)UINT64_C(0x4847464544434241);
    announce();
    call_code(&target);
}

/* Returns to an address that was overwritten, with a frame pointer that was, too. */
static NOINLINE void return_to(uint64_t address)
{
    __asm__ volatile("movabs $0x4242424242424242, %%rbp\n\tpush %0\n\tret" : : "r"(address) : "memory");
}

static void smashed_return(char **arguments)
{
    (void)arguments;
    announce();
    return_to(UINT64_C(0x4141414141414141));
}

static void smashed_return_canonical(char **arguments)
{
    (void)arguments;
    announce();
    return_to(UINT64_C(0x414141414141));
}

static NOINLINE void use_stack_at(uint64_t address)
{
    __asm__ volatile("movabs $0x4242424242424242, %%rbp\n\tmov %0, %%rsp\n\tpush %0"
                     :
                     : "r"(address)
                     : "memory");
}

static void smashed_stack_pointer(char **arguments)
{
    (void)arguments;
    announce();
    use_stack_at(UINT64_C(0x414141414140));
}

static void smashed_stack_pointer_text(char **arguments)
{
    (void)arguments;
    announce();
    use_stack_at(UINT64_C(0x4141414141414140));
}

static NOINLINE void halt(void)
{
    __asm__ volatile("hlt");
}

static void privileged_instruction(char **arguments)
{
    (void)arguments;
    announce();
    halt();
}

static NOINLINE int divide_by(volatile int *divisor)
{
    int dividend = INT_MIN, quotient;
    __asm__ volatile("cltd\n\tidivl %2" : "=a"(quotient) : "0"(dividend), "r"(*divisor) : "edx");
    return quotient;
}

static void divide_overflow(char **arguments)
{
    (void)arguments;
    volatile int divisor = -1;
    announce();
    divide_by(&divisor);
}

static NOINLINE void swap_unaligned(char *where)
{
    __asm__ volatile("lock cmpxchg16b (%0)" : : "r"(where) : "rax", "rbx", "rcx", "rdx", "memory", "cc");
}

static void unaligned_swap(char **arguments)
{
    (void)arguments;
    static char room[64] __attribute__((aligned(16)));
    announce();
    swap_unaligned(room + 8);
}

static NOINLINE int read_with_alignment_check(const char *where)
{
    int value;
    __asm__ volatile("pushfq\n\torl $0x40000, (%%rsp)\n\tpopfq\n\tmov (%1), %0\n\tpushfq\n\tandl $~0x40000, "
                     "(%%rsp)\n\tpopfq"
                     : "=r"(value)
                     : "r"(where)
                     : "memory", "cc");
    return value;
}

/* The flag stays set while the fault is handled: all that runs then must not read unaligned. */
static void alignment_check(char **arguments)
{
    (void)arguments;
    static const char room[16] __attribute__((aligned(16)));
    announce();
    read_with_alignment_check(room + 1);
}

static void protection_key(char **arguments)
{
    (void)arguments;
    char *page = new_page(PROT_READ | PROT_WRITE);
    long key = syscall(SYS_pkey_alloc, 0, 1 /* PKEY_DISABLE_ACCESS */); /* musl has no function */
    if (key < 0) {
        fact("keys", "0"); /* this processor has none */
        return;
    }
    if (syscall(SYS_pkey_mprotect, page, PAGE, PROT_READ | PROT_WRITE, key) != 0)
        give_up("pkey_mprotect");
    announce();
    write_byte(page);
}

static NOINLINE unsigned recurse(unsigned depth)
{
    volatile char frame[200];
    frame[depth % sizeof frame] = (char)depth;
    return recurse(depth + 1) + (unsigned)frame[depth % sizeof frame];
}

static NOINLINE void *recurse_in_thread(void *unused)
{
    (void)unused;
    announce();
    recurse(0);
    return NULL;
}

static void small_stack_overflow(char **arguments)
{
    (void)arguments;
    pthread_attr_t attributes;
    pthread_t thread;
    pthread_attr_init(&attributes);
    /* musl's 2 KiB are not enough for announce() */
    pthread_attr_setstacksize(&attributes, PTHREAD_STACK_MIN < 16384 ? 16384 : (size_t)PTHREAD_STACK_MIN);
    if (pthread_create(&thread, &attributes, recurse_in_thread, NULL) != 0)
        give_up("pthread_create");
    pthread_join(thread, NULL);
}

static void on_user_signal(int number)
{
    (void)number;
    announce();
    recurse(0);
}

/* The handler's stack has a guard below it. */
static void altstack_overflow(char **arguments)
{
    (void)arguments;
    const size_t size = 16 * PAGE;
    char *room = mmap(NULL, size + PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    stack_t stack = {.ss_sp = room + PAGE, .ss_size = size};
    struct sigaction action = {.sa_handler = on_user_signal, .sa_flags = SA_ONSTACK};
    if (room == MAP_FAILED || mprotect(room, PAGE, PROT_NONE) != 0 || sigaltstack(&stack, NULL) != 0 ||
        sigaction(SIGUSR1, &action, NULL) != 0)
        give_up("sigaltstack");
    syscall(SYS_tgkill, getpid(), own_tid(), SIGUSR1);
}

/* System call NUMBER, and all of another architecture, raise SIGSYS in this thread from now on. */
static void refuse_system_call(unsigned number)
{
    struct sock_filter filter[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, arch)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, AUDIT_ARCH_X86_64, 0, 2),
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, number, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_TRAP | 7),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    struct sock_fprog program = {sizeof filter / sizeof filter[0], filter};
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
        prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) != 0)
        give_up("prctl");
}

static NOINLINE long run_program(const char *path)
{
    char *const arguments[] = {NULL};
    return execve(path, arguments, arguments);
}

static void seccomp_trap(char **arguments)
{
    (void)arguments;
    refuse_system_call(SYS_execve);
    announce();
    run_program("/bin/true");
}

static NOINLINE int call_as_i386(int number)
{
    int result;
    __asm__ volatile("int $0x80" : "=a"(result) : "0"(number), "b"(0) : "memory", "r8", "r9", "r10", "r11");
    return result;
}

static void seccomp_trap_i386(char **arguments)
{
    (void)arguments;
    refuse_system_call(SYS_execve);
    announce();
    call_as_i386(136); /* personality */
}

const struct verb message_verbs[] = {
    {"null-member", IN_WORKER, null_member},
    {"null-container", IN_WORKER, null_container},
    {"map-failed", IN_WORKER, map_failed},
    {"unmapped-write", IN_WORKER, unmapped_write},
    {"protected-write", IN_WORKER, protected_write},
    {"constant-write", IN_WORKER, constant_write},
    {"text-pointer", IN_WORKER, text_pointer},
    {"jump-to-heap", IN_MAIN, jump_to_heap},
    {"jump-to-text", IN_WORKER, jump_to_text},
    {"smashed-return", IN_WORKER, smashed_return},
    {"smashed-return-canonical", IN_WORKER, smashed_return_canonical},
    {"smashed-stack-pointer", IN_WORKER, smashed_stack_pointer},
    {"smashed-stack-pointer-text", IN_WORKER, smashed_stack_pointer_text},
    {"privileged-instruction", IN_WORKER, privileged_instruction},
    {"divide-overflow", IN_WORKER, divide_overflow},
    {"unaligned-swap", IN_WORKER, unaligned_swap},
    {"alignment-check", IN_WORKER, alignment_check},
    {"protection-key", IN_WORKER, protection_key},
    {"small-stack-overflow", IN_MAIN, small_stack_overflow},
    {"altstack-overflow", IN_WORKER, altstack_overflow},
    {"seccomp-trap", IN_WORKER, seccomp_trap},
    {"seccomp-trap-i386", IN_WORKER, seccomp_trap_i386},
    {"double-free-tcache", IN_WORKER, heap_double_free_tcache},
    {"double-free-fastbin", IN_WORKER, heap_double_free_fastbin},
    {"double-free-neighbour", IN_WORKER, heap_double_free_neighbour},
    {"free-inside", IN_WORKER, heap_free_inside},
    {"free-foreign", IN_WORKER, heap_free_foreign},
    {"free-size", IN_WORKER, heap_free_size},
    {"free-next-fast", IN_WORKER, heap_free_next_fast},
    {"free-next-normal", IN_WORKER, heap_free_next_normal},
    {"free-mapped", IN_WORKER, heap_free_mapped},
    {"realloc-inside", IN_WORKER, heap_realloc_inside},
    {"realloc-old-size", IN_WORKER, heap_realloc_old_size},
    {"realloc-next-size", IN_WORKER, heap_realloc_next_size},
    {"top-size", IN_WORKER, heap_top_size},
    {"top-assertion", IN_WORKER, heap_top_assertion},
    {"prev-size", IN_WORKER, heap_prev_size},
    {"consolidating", IN_WORKER, heap_consolidating},
    {"free-list", IN_WORKER, heap_list},
    {"unsorted-size", IN_WORKER, heap_unsorted_size},
    {"unsorted-prev-size", IN_WORKER, heap_unsorted_prev_size},
    {"tcache-pointer", IN_WORKER, heap_tcache_pointer},
    {"fastbin-pointer", IN_WORKER, heap_fastbin_pointer},
    {"thread-end", IN_WORKER, heap_thread_end},
    {"assert-perror", IN_WORKER, libc_assert_perror},
    {"fortify-copy", IN_WORKER, libc_copy},
    {"fortify-format", IN_WORKER, libc_format_writable},
    {"fortify-position", IN_WORKER, libc_format_position},
    {"fortify-set", IN_WORKER, libc_descriptor_set},
    {"fortify-longjmp", IN_WORKER, libc_longjmp},
    {"fortify-open", IN_WORKER, libc_open},
    {"futex", IN_WORKER, libc_futex},
    {"mutex", IN_WORKER, libc_mutex},
    {NULL, IN_MAIN, NULL},
};
