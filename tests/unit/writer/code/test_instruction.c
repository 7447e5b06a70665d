/* SPDX-License-Identifier: MIT */
/* Instructions: their length and their operand, on rows and on all the code of this very program. */
#include <elf.h>
#include <string.h>

#include "core/elf_view.h"
#include "code/instruction.h"
#include "core/module_files.h"
#include "unit.h"

START_TEST(test_tells_length_and_relative_operand)
{
    static const struct {
        uint8_t code[INSTRUCTION_BYTES];
        uint8_t length;
        bool is_relative;
    } rows[] = {
        {{0xe8, 0x10, 0, 0, 0}, 5, false},
        {{0xff, 0x15, 0x10, 0, 0, 0}, 6, true},
        {{0x41, 0xff, 0xd4}, 3, false},
        {{0xeb, 0xfe}, 2, false},
        {{0xe9, 0xfb, 0xff, 0xff, 0xff}, 5, false},
        {{0x3e, 0xff, 0xe0}, 3, false},
        {{0x74, 0x02}, 2, false},
        {{0x0f, 0x85, 0x00, 0x01, 0, 0}, 6, false},
        {{0xc3}, 1, false},
        {{0x0f, 0x0b}, 2, false},
        {{0xf3, 0x0f, 0x1e, 0xfa}, 4, false},
        {{0x48, 0x8d, 0x3d, 0x10, 0, 0, 0}, 7, true},
        {{0x80, 0x3d, 0x10, 0, 0, 0, 0x01}, 7, true},
        {{0x48, 0xb8, 1, 2, 3, 4, 5, 6, 7, 8}, 10, false},
        {{0x66, 0xc7, 0x44, 0x24, 0x08, 1, 2}, 7, false},
        {{0xf7, 0xc7, 1, 2, 3, 4}, 6, false},
        {{0xf7, 0xd7}, 2, false},
        {{0xc5, 0xf8, 0x77}, 3, false},
        {{0xc4, 0xe3, 0x7d, 0x39, 0xc1, 0x01}, 6, false},
        {{0x62, 0xf1, 0xfe, 0x48, 0x6f, 0x46, 0x01}, 7, false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct instruction insn;
        ck_assert(instruction_decode(rows[i].code, sizeof rows[i].code, &insn));
        ck_assert_uint_eq(insn.length, rows[i].length);
        ck_assert_int_eq(insn.is_relative, rows[i].is_relative);
        ck_assert(!insn.is_relative || insn.displacement == 0x10);
        for (size_t size = 0; size < rows[i].length; size++)
            ck_assert(!instruction_decode(rows[i].code, size, &insn));
    }
}
END_TEST

START_TEST(test_refuses_what_is_no_instruction)
{
    static const uint8_t rows[][2] = {{0x06, 0}, {0x82, 0}, {0xff, 0xff}, {0x0f, 0x04}, {0x48, 0x48}};
    struct instruction insn;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        ck_assert(!instruction_decode(rows[i], 2, &insn));
    static const uint8_t prefixes[INSTRUCTION_BYTES + 1] = {[0 ... INSTRUCTION_BYTES] = 0x66};
    ck_assert(!instruction_decode(prefixes, sizeof prefixes, &insn));
}
END_TEST

/* Each function begins where an instruction does, when all before it are read one after the other. */
START_TEST(test_keeps_step_through_a_real_program)
{
    struct elf_sections sections;
    size_t size, functions = 0;
    const uint8_t *image = module_map_file("/proc/self/exe", &size);
    ck_assert_ptr_nonnull(image);
    ck_assert(elf_sections_open(image, size, &sections));
    for (size_t i = 0; i < sections.count; i++) {
        Elf64_Shdr header;
        const uint8_t *bytes;
        if (!elf_sections_get(&sections, i, &header, &bytes) || header.sh_type != SHT_SYMTAB)
            continue;
        for (size_t at = 0; at + sizeof(Elf64_Sym) <= header.sh_size; at += sizeof(Elf64_Sym)) {
            Elf64_Sym symbol;
            Elf64_Shdr text;
            const uint8_t *code;
            memcpy(&symbol, bytes + at, sizeof symbol);
            if (ELF64_ST_TYPE(symbol.st_info) != STT_FUNC || !symbol.st_size ||
                !elf_sections_get(&sections, symbol.st_shndx, &text, &code))
                continue;
            uint64_t offset = 0;
            struct instruction insn;
            for (; offset < symbol.st_size; offset += insn.length)
                ck_assert(instruction_decode(code + (symbol.st_value - text.sh_addr) + offset,
                                             symbol.st_size - offset, &insn));
            ck_assert_uint_eq(offset, symbol.st_size);
            functions++;
        }
    }
    ck_assert_uint_gt(functions, 100);
}
END_TEST

UNIT_TESTS(tests)
{
    tcase_add_test(tests, test_tells_length_and_relative_operand);
    tcase_add_test(tests, test_refuses_what_is_no_instruction);
    tcase_add_test(tests, test_keeps_step_through_a_real_program);
}
