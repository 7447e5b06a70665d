/* SPDX-License-Identifier: MIT */
/* Which frames are shown, and which become a line. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "stack_outline.h"
#include "unit.h"

#define FRAMES_MAX 4096

static struct stack_frame frames[FRAMES_MAX];

/*
 * A stack as text: a letter is a frame's function; capitals are the application's, small ones the runtime's, digits
 * crumple's. Its outline as text: letters, {3} for three frames of the runtime, <6:2> for six that repeat two.
 */
static const char *outline(const char *stack, size_t end_frames)
{
    static struct stack_part parts[FRAMES_MAX];
    static char text[FRAMES_MAX];
    size_t count = strlen(stack), used = 0;
    for (size_t i = 0; i < count; i++) {
        frames[i].function = (unsigned char)stack[i];
        frames[i].kind = stack[i] >= 'a'   ? STACK_RUNTIME
                         : stack[i] >= 'A' ? STACK_APPLICATION
                                           : STACK_CRUMPLE;
    }
    size_t part_count = stack_outline(frames, count, end_frames, parts);
    ck_assert_uint_le(part_count, count);
    text[0] = '\0';
    for (size_t i = 0; i < part_count; i++)
        if (parts[i].kind == PART_FRAME)
            used += (size_t)sprintf(text + used, "%c", stack[parts[i].first]);
        else if (parts[i].kind == PART_RUNTIME)
            used += (size_t)sprintf(text + used, "{%zu}", parts[i].count);
        else
            used += (size_t)sprintf(text + used, "<%zu:%zu>", parts[i].count, parts[i].period);
    return text;
}

START_TEST(test_the_runtime_is_folded_where_it_is_not_the_point)
{
    static const struct {
        const char *stack;
        size_t end;
        const char *outline;
    } rows[] = {
        {"", 0, ""},
        {"ABC", 0, "ABC"},
        {"ABCxyz", 0, "ABC{3}"},    /* start of a process */
        {"ABCx", 0, "ABCx"},        /* one line for one frame */
        {"wxAByzC", 0, "wxAB{2}C"}, /* a fault in libc, or a wait: shown */
        {"rsaABC", 3, "{3}ABC"},    /* abort() */
        {"rABC", 1, "rABC"},
        {"rsPABC", 3, "{3}ABC"}, /* the program's own way to abort counts as given */
        {"xyz", 0, "xyz"},
        {"xyz", 3, "xyz"}, /* nothing else to see */
        {"", 5, ""},
        {"AB1x2y", 0, "AB{2}"}, /* crumple's frames are nowhere */
        {"A1B2C", 0, "ABC"},
        {"A1x", 0, "Ax"},
        {"1AB", 0, "1AB"}, /* but where the fault is */
        {"12xAB", 3, "xAB"},
        {"x1yAB", 3, "{2}AB"},
        {"1", 0, "1"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        ck_assert_str_eq(outline(rows[i].stack, rows[i].end), rows[i].outline);
}
END_TEST

START_TEST(test_a_recursion_is_one_line_after_its_first_round)
{
    static const char *const rows[][2] = {
        {"RRM", "RRM"},
        {"RRRM", "RRRM"}, /* as many lines */
        {"RRRRM", "R<3:1>M"},
        {"ARRRRRRRRM", "AR<7:1>M"},
        {"ABABABM", "AB<4:2>M"},
        {"XABABABAM", "XAB<5:2>M"},
        {"ABCDEFGHABCDEFGHABCDEFGHM", "ABCDEFGH<16:8>M"},
        {"ABCDEFGHIABCDEFGHIABCDEFGHIM", "ABCDEFGHIABCDEFGHIABCDEFGHIM"},
        {"RRRRRSSSSSM", "R<4:1>S<4:1>M"},
        {"CqqCqqCqqCM", "C{2}<7:3>M"}, /* through qsort() */
        {"xxxxxxM", "x<5:1>M"},        /* of the runtime itself: a regular expression */
        {"MRRRRRRxyz", "MR<5:1>{3}"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        ck_assert_str_eq(outline(rows[i][0], 0), rows[i][1]);
    ck_assert_str_eq(outline("aaaaaRRRRRM", 5), "{5}R<4:1>M");
}
END_TEST

/* Every frame is in one part at most, parts are in order, and only crumple's frames are in none. */
START_TEST(test_parts_cover_the_stack)
{
    static const char letters[] = "ABCDxyz12";
    char stack[64];
    srand(1);
    for (int round = 0; round < 20000; round++) {
        struct stack_part parts[sizeof stack];
        size_t count = (size_t)rand() % sizeof stack, end = rand() % 4 ? 0 : (size_t)rand() % 6, next = 0;
        for (size_t i = 0; i < count; i++)
            stack[i] = letters[(size_t)rand() % (i % 3 + 7)];
        for (size_t i = 0; i < count; i++) {
            frames[i].function = (unsigned char)stack[i];
            frames[i].kind = stack[i] >= 'a'   ? STACK_RUNTIME
                             : stack[i] >= 'A' ? STACK_APPLICATION
                                               : STACK_CRUMPLE;
        }
        size_t part_count = stack_outline(frames, count, end, parts);
        ck_assert_uint_le(part_count, count);
        for (size_t i = 0; i < part_count; i++) {
            for (; next < parts[i].first; next++)
                ck_assert(frames[next].kind == STACK_CRUMPLE || next < end);
            ck_assert_uint_eq(next, parts[i].first);
            next += parts[i].kind == PART_FRAME ? 1 : parts[i].span;
        }
        ck_assert_uint_le(next, count);
        for (; next < count; next++)
            ck_assert(frames[next].kind == STACK_CRUMPLE || next < end);
    }
}
END_TEST

UNIT_TESTS(tests)
{
    tcase_add_test(tests, test_the_runtime_is_folded_where_it_is_not_the_point);
    tcase_add_test(tests, test_a_recursion_is_one_line_after_its_first_round);
    tcase_add_test(tests, test_parts_cover_the_stack);
}
