/* SPDX-License-Identifier: MIT */
/* Safe file: runs in the stopped threads. See stopped/again.h. */
#include "stopped/again.h"

#include <errno.h>
#include <signal.h>

#include "base/sys.h"
#include "base/text.h"
#include "libc/data/call_number.h"

#define MOV_EAX    0xb8 /* mov $imm32, %eax */
#define CALL_BYTES 2    /* syscall: 0f 05 */
#define BEFORE     7    /* both instructions */
#define PAGE       4096
#ifndef SYS_epoll_pwait2
#define SYS_epoll_pwait2 441
#endif
#ifndef SYS_io_uring_enter
#define SYS_io_uring_enter 426
#endif

/* Those that fail with EINTR before they have had any effect, whatever their arguments are. connect and close are not
 * among them. */
static bool may_be_made_again(uint32_t number)
{
    switch (number) {
    case SYS_epoll_wait:
    case SYS_epoll_pwait:
    case SYS_epoll_pwait2:
    case SYS_poll:
    case SYS_ppoll:
    case SYS_select:
    case SYS_pselect6:
    case SYS_nanosleep:
    case SYS_clock_nanosleep:
    case SYS_futex:
    case SYS_semop:
    case SYS_semtimedop:
    case SYS_msgsnd:
    case SYS_msgrcv:
    case SYS_pause:
    case SYS_rt_sigsuspend:
    case SYS_rt_sigtimedwait:
    case SYS_io_getevents:
    case SYS_io_uring_enter:
    case SYS_read: /* and those below: sockets with SO_RCVTIMEO or SO_SNDTIMEO */
    case SYS_write:
    case SYS_accept:
    case SYS_accept4:
    case SYS_recvfrom:
    case SYS_recvmsg:
    case SYS_sendto:
    case SYS_sendmsg:
        return true;
    default:
        return false;
    }
}

/* The instructions lie in the page of the one that follows them, or are not looked at: another might not be mapped. */
static bool find_number(const greg_t *gregs, uint32_t *ret_number)
{
    const uint8_t *pc = (const uint8_t *)gregs[REG_RIP];
    if ((uint64_t)pc % PAGE < BEFORE || pc[-2] != 0x0f || pc[-1] != 0x05)
        return false;
    if (pc[-BEFORE] != MOV_EAX)
        return safe_call_number((uint64_t)gregs[REG_RSP], ret_number);
    safe_copy(ret_number, pc - BEFORE + 1, sizeof *ret_number);
    return true;
}

/* A signal that came meanwhile is to end the call: who waits for one by a plain wait would wait in vain. Where the call
 * has a mask of its own (ppoll), the signal is blocked now, and ends the call that is made again. */
static bool is_another_due(const ucontext_t *context)
{
    uint64_t pending = 0, blocked;
    safe_copy(&blocked, &context->uc_sigmask, sizeof blocked);
    if (safe_call(SYS_rt_sigpending, &pending, 8) < 0)
        return true;
    return pending & ~blocked;
}

bool safe_again(ucontext_t *context)
{
    greg_t *gregs = context->uc_mcontext.gregs;
    uint32_t number = 0;
    if (gregs[REG_RAX] != -EINTR || !find_number(gregs, &number) || !may_be_made_again(number) ||
        is_another_due(context))
        return false;
    gregs[REG_RIP] -= CALL_BYTES;
    gregs[REG_RAX] = number;
    return true;
}
