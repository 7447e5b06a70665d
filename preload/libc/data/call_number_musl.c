/* SPDX-License-Identifier: MIT */
/*
 * Safe file: every call that is a cancellation point is made by one function, which has the number as its first argument
 * (src/thread/__syscall_cp.c). It has no name. What pause() and poll() call is it; and its caller's code, which a return
 * address on the stack leads to, says the number.
 */
#include "libc/data/call_number.h"

#include <stddef.h>

#include "base/io.h"
#include "base/sys.h"
#include "base/text.h"

#define MOV_EDI     0xbf   /* mov $imm32, %edi; with REX_B in front, another register */
#define XOR_EDI     0xff31 /* xor %edi, %edi, as two bytes */
#define REX_B       0x41
#define CALL        0xe8
#define CALL_BYTES  5
#define LOOK        64 /* bytes of code around a call */
#define STACK_WORDS 40 /* of the stack, from the call to the caller's frame */
#define NUMBER_MAX  1024

static uint64_t made_by; /* the address of that function; 0: not known */

static int32_t number_at(const uint8_t *bytes)
{
    int32_t number;
    safe_copy(&number, bytes, sizeof number);
    return number;
}

static bool is_number(const uint8_t *code, size_t at)
{
    return code[at] == MOV_EDI && (at == 0 || code[at - 1] != REX_B) && number_at(code + at + 1) >= 0 &&
           number_at(code + at + 1) < NUMBER_MAX;
}

/* What a function calls after it has set this number; 0: not found. */
static uint64_t called_with(const uint8_t *function, int32_t number)
{
    uint8_t code[LOOK];
    bool is_set = false;
    if (!function || safe_read_memory((uint64_t)function, code, sizeof code) < 0)
        return 0;
    for (size_t at = 0; at + CALL_BYTES <= sizeof code; at++) {
        is_set |= is_number(code, at) && number_at(code + at + 1) == number;
        if (is_set && code[at] == CALL)
            return (uint64_t)function + at + CALL_BYTES + (uint64_t)(int64_t)number_at(code + at + 1);
    }
    return 0;
}

void safe_call_number_prepare(void *(*find)(const char *name))
{
    const uint64_t of_pause = called_with(find("pause"), SYS_pause);
    made_by = of_pause == called_with(find("poll"), SYS_poll) ? of_pause : 0;
}

/* The code in front of a return address calls that function: with which number? */
static bool find_in_caller(uint64_t address, uint32_t *ret_number)
{
    uint8_t code[LOOK];
    const size_t call = sizeof code - CALL_BYTES;
    if (address - made_by + (1u << 20) > 1u << 21 ||
        safe_read_memory(address - sizeof code, code, sizeof code) < 0 || code[call] != CALL ||
        address + (uint64_t)(int64_t)number_at(code + call + 1) != made_by)
        return false;
    for (size_t at = call - CALL_BYTES; at > 0; at--) {
        const bool is_zero = (code[at] | code[at + 1] << 8) == XOR_EDI && code[at - 1] != REX_B;
        if (!is_zero && !is_number(code, at))
            continue;
        *ret_number = is_zero ? 0 : (uint32_t)number_at(code + at + 1);
        return true;
    }
    return false;
}

bool safe_call_number(uint64_t sp, uint32_t *ret_number)
{
    uint64_t word;
    for (uint64_t i = 0; made_by && i < STACK_WORDS; i++) {
        if (safe_read_memory(sp + i * sizeof word, &word, sizeof word) < 0)
            return false;
        if (find_in_caller(word, ret_number))
            return true;
    }
    return false;
}
