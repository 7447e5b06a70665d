/* SPDX-License-Identifier: MIT */
#include "typed_arithmetic.h"

#include <dwarf.h>

bool typed_stack_push(struct typed_stack *stack, uint64_t word)
{
    if (stack->count == TYPED_STACK_MAX)
        return false;
    stack->word[stack->count++] = word;
    return true;
}

bool typed_stack_pop(struct typed_stack *stack, uint64_t *ret_word)
{
    if (stack->count == 0)
        return false;
    *ret_word = stack->word[--stack->count];
    return true;
}

/* The word that lies so deep: 0 is the top. */
static bool pick(struct typed_stack *stack, uint64_t depth)
{
    return depth < stack->count && typed_stack_push(stack, stack->word[stack->count - 1 - depth]);
}

static bool turn(struct typed_stack *stack, unsigned words)
{
    if (stack->count < words)
        return false;
    uint64_t *top = &stack->word[stack->count - 1], first = *top;
    for (unsigned i = 1; i < words; i++)
        top[-(int)i + 1] = top[-(int)i];
    top[-(int)words + 1] = first;
    return true;
}

static bool one(struct typed_stack *stack, const Dwarf_Op *operation)
{
    uint64_t a;
    if (!typed_stack_pop(stack, &a))
        return false;
    switch (operation->atom) {
    case DW_OP_abs:
        return typed_stack_push(stack, (int64_t)a < 0 ? 0 - a : a);
    case DW_OP_neg:
        return typed_stack_push(stack, 0 - a);
    case DW_OP_not:
        return typed_stack_push(stack, ~a);
    case DW_OP_plus_uconst:
        return typed_stack_push(stack, a + operation->number);
    default:
        return operation->atom == DW_OP_drop;
    }
}

static uint64_t shifted_right(uint64_t a, uint64_t bits)
{
    const uint64_t sign = (int64_t)a < 0 ? UINT64_MAX : 0;
    return bits > 63 ? sign : bits == 0 ? a : a >> bits | sign << (64 - bits);
}

/* a op b, b the top of the stack. */
static bool compute(int atom, uint64_t a, uint64_t b, uint64_t *ret)
{
    const int64_t signed_a = (int64_t)a, signed_b = (int64_t)b;
    switch (atom) {
    case DW_OP_and:
        return *ret = a & b, true;
    case DW_OP_or:
        return *ret = a | b, true;
    case DW_OP_xor:
        return *ret = a ^ b, true;
    case DW_OP_plus:
        return *ret = a + b, true;
    case DW_OP_minus:
        return *ret = a - b, true;
    case DW_OP_mul:
        return *ret = a * b, true;
    case DW_OP_div:
        if (b == 0 || (signed_a == INT64_MIN && signed_b == -1))
            return false;
        return *ret = (uint64_t)(signed_a / signed_b), true;
    case DW_OP_mod:
        return b && (*ret = a % b, true);
    case DW_OP_shl:
        return *ret = b > 63 ? 0 : a << b, true;
    case DW_OP_shr:
        return *ret = b > 63 ? 0 : a >> b, true;
    case DW_OP_shra:
        return *ret = shifted_right(a, b), true;
    case DW_OP_eq:
        return *ret = a == b, true;
    case DW_OP_ne:
        return *ret = a != b, true;
    case DW_OP_lt:
        return *ret = signed_a < signed_b, true;
    case DW_OP_le:
        return *ret = signed_a <= signed_b, true;
    case DW_OP_gt:
        return *ret = signed_a > signed_b, true;
    case DW_OP_ge:
        return *ret = signed_a >= signed_b, true;
    default:
        return false;
    }
}

bool typed_arithmetic(struct typed_stack *stack, const Dwarf_Op *operation)
{
    const int atom = operation->atom;
    uint64_t a, b, result;
    if (atom >= DW_OP_lit0 && atom <= DW_OP_lit31)
        return typed_stack_push(stack, (uint64_t)(atom - DW_OP_lit0));
    switch (atom) {
    case DW_OP_const1u: /* libdw has widened them by their signs */
    case DW_OP_const1s:
    case DW_OP_const2u:
    case DW_OP_const2s:
    case DW_OP_const4u:
    case DW_OP_const4s:
    case DW_OP_const8u:
    case DW_OP_const8s:
    case DW_OP_constu:
    case DW_OP_consts:
        return typed_stack_push(stack, operation->number);
    case DW_OP_dup:
        return pick(stack, 0);
    case DW_OP_over:
        return pick(stack, 1);
    case DW_OP_pick:
        return pick(stack, operation->number);
    case DW_OP_swap:
        return turn(stack, 2);
    case DW_OP_rot:
        return turn(stack, 3);
    case DW_OP_nop:
        return true;
    case DW_OP_abs:
    case DW_OP_neg:
    case DW_OP_not:
    case DW_OP_plus_uconst:
    case DW_OP_drop:
        return one(stack, operation);
    default:
        return typed_stack_pop(stack, &b) && typed_stack_pop(stack, &a) && compute(atom, a, b, &result) &&
               typed_stack_push(stack, result);
    }
}
