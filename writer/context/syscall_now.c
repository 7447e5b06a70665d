/* SPDX-License-Identifier: MIT */
#include "context/syscall_now.h"

#include <errno.h>
#include <linux/audit.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>

#include "context/lock_names.h"
#include "signal/syscall_names.h"

#define SYSCALL_BYTES 2    /* 0f 05 */
#define MOV_EAX       0xb8 /* mov $imm32, %eax */
#define BEFORE        7    /* both instructions */
#define FRAMES_LOOKED 3    /* the function that makes a call, and those that it may have been inlined from */
#define NUMBER_MAX    1023

/* Kernel's own codes (include/linux/errno.h), which only its own cores show: the call is to be made again. */
static bool is_interrupted(uint64_t result)
{
    const int64_t code = -(int64_t)result;
    return code == EINTR || (code >= 512 && code <= 516);
}

static bool is_syscall(const uint8_t *code)
{
    return code[0] == 0x0f && code[1] == 0x05;
}

/* By its number in an instruction; -1: the kernel changes it in a system call. */
static int64_t register_of(const struct user_regs_struct *r, unsigned number)
{
    const unsigned long long values[16] = {r->rax, UINT64_MAX, r->rdx, r->rbx, r->rsp, r->rbp,
                                           r->rsi, r->rdi,     r->r8,  r->r9,  r->r10, UINT64_MAX,
                                           r->r12, r->r13,     r->r14, r->r15};
    return values[number] <= NUMBER_MAX ? (int64_t)values[number] : -1;
}

/* "mov %r13d, %eax", whose last two bytes are code[1] and code[2]: liburing makes its calls in a loop. */
static int64_t number_of_register(const struct user_regs_struct *r, const uint8_t code[3])
{
    const unsigned rex = (code[0] & 0xf0) == 0x40 ? code[0] : 0, reg = code[2] >> 3 & 7, rm = code[2] & 7;
    if (code[2] >> 6 != 3)
        return -1;
    if (code[1] == 0x89 && rm == 0 && !(rex & 1))
        return register_of(r, reg | (rex & 4) << 1);
    if (code[1] == 0x8b && reg == 0 && !(rex & 4))
        return register_of(r, rm | (rex & 1) << 3);
    return -1;
}

/* "mov $number, %eax", "xor %eax, %eax" or "mov %reg, %eax" before the instruction that ends at pc; -1: neither. */
static int64_t number_of_code(const struct crash *crash, const struct user_regs_struct *r)
{
    uint8_t code[BEFORE];
    uint32_t number;
    if (!memory_read(&crash->memory, r->rip - sizeof code, code, sizeof code))
        return -1;
    if ((code[3] == 0x31 || code[3] == 0x33) && code[4] == 0xc0)
        return SYS_read;
    if (code[0] != MOV_EAX)
        return number_of_register(r, code + 2);
    memcpy(&number, code + 1, sizeof number);
    return number <= NUMBER_MAX ? (int64_t)number : -1;
}

static int64_t number_of_name(const char *name)
{
    /* libc's functions that make a call of another name. */
    static const struct {
        const char *name;
        int64_t number;
    } others[] = {{"recv", SYS_recvfrom},
                  {"send", SYS_sendto},
                  {"sleep", SYS_clock_nanosleep},
                  {"usleep", SYS_clock_nanosleep},
                  {"nanosleep", SYS_clock_nanosleep},
                  {"waitpid", SYS_wait4},
                  {"pselect", SYS_pselect6},
                  {"mq_receive", SYS_mq_timedreceive},
                  {"mq_send", SYS_mq_timedsend},
                  {"sigwait", SYS_rt_sigtimedwait},
                  {"sigwaitinfo", SYS_rt_sigtimedwait},
                  {"sigtimedwait", SYS_rt_sigtimedwait},
                  {"sigsuspend", SYS_rt_sigsuspend}};
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++)
        if (strcmp(others[i].name, name) == 0)
            return others[i].number;
    for (int64_t number = 0; name[0] && number <= NUMBER_MAX; number++) {
        const char *known = syscall_name(AUDIT_ARCH_X86_64, number);
        if (known && strcmp(known, name) == 0)
            return number;
    }
    return -1;
}

/* libc since 2.41 makes calls that can be cancelled in one place, which gets the number as an argument. */
static int64_t number_of_frames(const struct crash *crash, size_t thread)
{
    int64_t number = -1;
    char name[LOCK_NAME_BYTES];
    for (size_t i = 0; number < 0 && i < FRAMES_LOOKED; i++)
        number = number_of_name(lock_names_frame(crash, thread, i, name));
    return number;
}

bool syscall_now_find(const struct crash *crash, size_t thread, struct syscall_now *ret)
{
    const struct user_regs_struct *r = &crash->notes.threads[thread].registers;
    uint8_t code[2 * SYSCALL_BYTES];
    *ret = (struct syscall_now){-1, {r->rdi, r->rsi, r->rdx, r->r10, r->r8, r->r9}};
    if (!crash->notes.threads[thread].is_captured ||
        !memory_read(&crash->memory, r->rip - SYSCALL_BYTES, code, sizeof code))
        return false;
    if (is_syscall(code + SYSCALL_BYTES) && r->rax <= NUMBER_MAX) {
        ret->number = (int64_t)r->rax;
        return true;
    }
    if (!is_syscall(code) || !is_interrupted(r->rax))
        return false;
    if (r->orig_rax <= NUMBER_MAX)
        ret->number = (int64_t)r->orig_rax;
    if (ret->number < 0)
        ret->number = number_of_code(crash, r);
    if (ret->number < 0)
        ret->number = number_of_frames(crash, thread);
    /* musl's clock_nanosleep() makes nanosleep() of it where it can: the first argument is a pointer, and no clock. */
    if (ret->number == SYS_clock_nanosleep && r->rdi > UINT32_MAX)
        ret->number = SYS_nanosleep;
    return true;
}
