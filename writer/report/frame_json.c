/* SPDX-License-Identifier: MIT */
#include "report/frame_json.h"

#include "base/json.h"

static void write_saved(const struct crash *crash, const struct unwind_registers *registers,
                        struct buffer *out)
{
    const struct {
        const char *name;
        uint8_t bit;
        uint64_t value;
    } rows[] = {
        {"rbp", KNOWN_RBP, registers->rbp}, {"rbx", KNOWN_RBX, registers->rbx},
        {"r12", KNOWN_R12, registers->r12}, {"r13", KNOWN_R13, registers->r13},
        {"r14", KNOWN_R14, registers->r14}, {"r15", KNOWN_R15, registers->r15},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if (registers->known & rows[i].bit)
            json_hex(out, rows[i].name, crash_shown_word(crash, rows[i].value));
}

static void write_others(const struct crash *crash, const struct user_regs_struct *registers,
                         struct buffer *out)
{
    const struct user_regs_struct shown = crash_shown_registers(crash, registers), *others = &shown;
    json_hex(out, "rax", others->rax);
    json_hex(out, "rcx", others->rcx);
    json_hex(out, "rdx", others->rdx);
    json_hex(out, "rsi", others->rsi);
    json_hex(out, "rdi", others->rdi);
    json_hex(out, "r8", others->r8);
    json_hex(out, "r9", others->r9);
    json_hex(out, "r10", others->r10);
    json_hex(out, "r11", others->r11);
}

void frame_registers_json(const struct crash *crash, size_t index, struct buffer *out)
{
    const struct kept *kept = &crash->walker.kept;
    if (crash->no_core || index == 0 || index >= kept->count)
        return;
    const struct kept_frame *frame = &kept->frames[index];
    json_open(out, "registers", '{');
    write_saved(crash, &frame->registers, out);
    if (frame->has_others)
        write_others(crash, &frame->others, out);
    json_close(out, '}');
}
