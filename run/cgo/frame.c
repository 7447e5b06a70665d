/* SPDX-License-Identifier: MIT */
#include "cgo/frame.h"

#include <string.h>

/* The kernel's struct ucontext, in words (asm/ucontext.h, asm/sigcontext.h). */
enum {
    UC_LINK = 1,
    UC_STACK = 2,
    UC_STACK_BYTES = 4,
    R8 = 5,
    R9,
    R10,
    R11,
    R12,
    R13,
    R14,
    R15,
    RDI,
    RSI,
    RBP,
    RBX,
    RDX,
    RAX,
    RCX,
    RSP,
    RIP,
    EFLAGS,
    SEGMENTS,
    UC_WORDS
};

#define USER_CODE_SEGMENT 0x33
#define FLAG_ALWAYS_SET   2u

static uint64_t word_at(const uint8_t *bytes, size_t index)
{
    uint64_t word;
    memcpy(&word, bytes + index * sizeof word, sizeof word);
    return word;
}

static bool is_context(const uint64_t words[UC_WORDS], uint64_t at, uint64_t pc)
{
    const uint64_t stack = words[UC_STACK], bytes = words[UC_STACK_BYTES];
    const bool is_on_stack = !bytes || at - stack < bytes; /* sigaltstack(2): the handler runs on it */
    return words[RIP] == pc && !words[UC_LINK] && (words[SEGMENTS] & 0xffff) == USER_CODE_SEGMENT &&
           (words[EFLAGS] & FLAG_ALWAYS_SET) && words[RSP] && is_on_stack;
}

bool cgo_frame_of_handler(const uint8_t *bytes, size_t size, uint64_t address, uint64_t pc,
                          struct user_regs_struct *ret)
{
    uint64_t words[UC_WORDS];
    for (size_t at = -address & 7; at < size && size - at >= sizeof words; at += 8) {
        if (word_at(bytes + at, RIP) != pc)
            continue;
        memcpy(words, bytes + at, sizeof words);
        if (!is_context(words, address + at, pc))
            continue;
        *ret = (struct user_regs_struct){
            .r8 = words[R8],
            .r9 = words[R9],
            .r10 = words[R10],
            .r11 = words[R11],
            .r12 = words[R12],
            .r13 = words[R13],
            .r14 = words[R14],
            .r15 = words[R15],
            .rdi = words[RDI],
            .rsi = words[RSI],
            .rbp = words[RBP],
            .rbx = words[RBX],
            .rdx = words[RDX],
            .rax = words[RAX],
            .rcx = words[RCX],
            .rsp = words[RSP],
            .rip = pc,
            .eflags = words[EFLAGS],
            .cs = USER_CODE_SEGMENT,
            .orig_rax = UINT64_MAX,
            .ss = words[SEGMENTS] >> 48,
        };
        return true;
    }
    return false;
}

/*
 * sigpanic() begins as each function of Go's does: it saves the frame pointer right below the return address. The frames of
 * Go below it may hold the pc as a number, too, and those of C have no reason to: the outermost is the call.
 */
bool cgo_frame_of_call(const uint8_t *bytes, size_t size, uint64_t address, uint64_t pc,
                       struct user_regs_struct *ret)
{
    bool is_found = false;
    for (size_t at = (-address & 7) + 8; at < size && size - at >= 8; at += 8) {
        if (word_at(bytes + at, 0) != pc)
            continue;
        *ret = (struct user_regs_struct){.rip = pc,
                                         .rsp = address + at + 8,
                                         .rbp = word_at(bytes + at - 8, 0),
                                         .cs = USER_CODE_SEGMENT,
                                         .eflags = FLAG_ALWAYS_SET,
                                         .orig_rax = UINT64_MAX};
        is_found = true;
    }
    return is_found;
}
