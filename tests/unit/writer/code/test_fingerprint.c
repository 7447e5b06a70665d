/* SPDX-License-Identifier: MIT */
/* What a function without a name is known by: the same for each build of one function, another for another one. */
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "code/fingerprint.h"
#include "unit.h"
#include "writer/code/own_module.h"

#define PLAIN __attribute__((noinline, no_sanitize("address", "undefined")))

/* One function, as two compilers would build it: the second one turns the branches around. */
#define OPENER(name, option, is_first_way)                                                                   \
    PLAIN __attribute__((optimize(option))) static int name(const char *path)                                \
    {                                                                                                        \
        FILE *file = fopen(path, "rw+x");                                                                    \
        if (is_first_way ? !file : file == NULL) {                                                           \
            perror("cannot open the file");                                                                  \
            return -1;                                                                                       \
        }                                                                                                    \
        const int number = fileno(file);                                                                     \
        for (int i = 0; i < number; i++)                                                                     \
            if (getppid() == i)                                                                              \
                return fclose(file);                                                                         \
        return isatty(number) ? fclose(file) : number;                                                       \
    }

OPENER(opener, "O0", 1)
OPENER(opener_optimised, "O2", 0)

PLAIN static int other_text(const char *path)
{
    FILE *file = fopen(path, "rw+x");
    if (!file)
        perror("cannot open the other file");
    else if (isatty(fileno(file)) && getppid() == 1)
        return fclose(file);
    return 0;
}

PLAIN static int other_calls(const char *path)
{
    FILE *file = fopen(path, "rw+x");
    if (!file)
        perror("cannot open the file");
    else if (isatty(fileno(file)) && getpid() == 1)
        return fclose(file);
    return 0;
}

PLAIN static int little(const char *path)
{
    return (int)strlen(path) + getppid() + isatty(0);
}

static uint32_t of(int (*volatile function)(const char *))
{
    return fingerprint_of(&own_module.memory, (uintptr_t)function);
}

START_TEST(test_tells_functions_by_what_they_do)
{
    own_module_open();
    const uint32_t print = of(opener);
    ck_assert_uint_ne(print, 0);
    ck_assert_uint_eq(print, of(opener_optimised));
    ck_assert_uint_ne(print, of(other_text));
    ck_assert_uint_ne(print, of(other_calls));
    ck_assert_uint_ne(of(other_text), of(other_calls));
}
END_TEST

START_TEST(test_says_nothing_about_what_it_cannot_know)
{
    own_module_open();
    ck_assert_uint_eq(of(little), 0); /* too many functions do no more than that */
    ck_assert_uint_eq(fingerprint_of(&own_module.memory, 16), 0);
    ck_assert_uint_eq(fingerprint_of(&own_module.memory, (uintptr_t)opener + 1), 0);
    own_module.module.table = MODULE_TABLE_NONE;
    ck_assert_uint_eq(of(opener), 0);
}
END_TEST

/* Functions that do little but call another one. */
struct thing {
    int first, other[5], sixth;
};

PLAIN __attribute__((optimize("O2"))) static int hands_on(const char *path)
{
    return opener(path) + 1;
}

PLAIN __attribute__((optimize("O1"))) static int hands_on_too(const char *path)
{
    return 1 + opener(path);
}

PLAIN static int hands_on_a_field(const char *path)
{
    return opener(path) + ((const volatile struct thing *)path)->sixth;
}

PLAIN static int hands_on_to_another(const char *path)
{
    return other_text(path) + 1;
}

/* A function whose rare half the compiler has moved away; neither half has four names. */
int moved_half(const char *path);
extern const char moved_half_cold[];
__asm__(".pushsection .text\n"
        ".type moved_half, @function\n"
        "moved_half: .cfi_startproc\n"
        "call getppid@PLT\n call isatty@PLT\n test %eax, %eax\n je moved_half_cold\n"
        "1: ret\n .cfi_endproc\n .size moved_half, . - moved_half\n .popsection\n"
        ".pushsection .text.unlikely, \"ax\", @progbits\n"
        "moved_half_cold: .cfi_startproc\n"
        "call perror@PLT\n call fclose@PLT\n jmp 1b\n .cfi_endproc\n .popsection");

START_TEST(test_a_part_that_was_moved_away_belongs_to_its_function)
{
    own_module_open();
    const uint32_t print = of(moved_half);
    ck_assert_uint_ne(print, 0);
    ck_assert_uint_eq(print, fingerprint_of(&own_module.memory, (uintptr_t)moved_half_cold));
}
END_TEST

/* As a stripped program is: without its symbol table. */
static void strip_own(void)
{
    struct elf_sections sections;
    Elf64_Shdr section;
    const uint8_t *bytes;
    uint8_t *image = malloc(own_module.module.image_size);
    ck_assert_ptr_nonnull(image);
    memcpy(image, own_module.module.image, own_module.module.image_size);
    own_module.module.image = image;
    ck_assert(elf_sections_open(image, own_module.module.image_size, &sections));
    Elf64_Ehdr header;
    memcpy(&header, image, sizeof header);
    for (size_t i = 0; i < sections.count; i++) {
        const uint32_t none = SHT_NULL;
        if (elf_sections_get(&sections, i, &section, &bytes) && section.sh_type == SHT_SYMTAB)
            memcpy(image + header.e_shoff + i * sizeof section + offsetof(Elf64_Shdr, sh_type), &none,
                   sizeof none);
    }
}

START_TEST(test_little_functions_are_known_by_what_they_call)
{
    own_module_open();
    ck_assert_uint_eq(of(hands_on), 0); /* it calls one function, by name */
    strip_own();
    const uint32_t print = of(hands_on);
    ck_assert_uint_ne(print, 0);
    ck_assert_uint_eq(print, of(hands_on_too));
    ck_assert_uint_ne(print, of(opener));
    ck_assert_uint_ne(print, of(hands_on_a_field));
    ck_assert_uint_ne(print, of(hands_on_to_another));
    ck_assert_uint_eq(of(little), 0);
    free((void *)(uintptr_t)own_module.module.image);
}
END_TEST

START_TEST(test_one_name_for_each_libc)
{
    static const char *const rows[][2] = {
        {"__printf_chk", "printf"},
        {"__isoc23_strtol", "strtol"},
        {"__isoc99_sscanf", "sscanf"},
        {"__fxstat", "fstat"},
        {"__lxstat64", "lstat64"},
        {"__xstat", "stat"},
        {"__fxstatat", "fstatat"},
        {"__xpg_basename", "__xpg_basename"},
        {"__fdelt_chk", "fdelt"},
        {"__chk", "__chk"},
        {"_chk", "_chk"},
        {"fx_spell_chk", "fx_spell_chk"},
        {"", ""},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char plain[FINGERPRINT_NAME];
        fingerprint_plain_name(rows[i][0], strlen(rows[i][0]), plain);
        ck_assert_str_eq(plain, rows[i][1]);
    }
}
END_TEST

UNIT_TESTS(tests)
{
    tcase_add_test(tests, test_tells_functions_by_what_they_do);
    tcase_add_test(tests, test_says_nothing_about_what_it_cannot_know);
    tcase_add_test(tests, test_a_part_that_was_moved_away_belongs_to_its_function);
    tcase_add_test(tests, test_little_functions_are_known_by_what_they_call);
    tcase_add_test(tests, test_one_name_for_each_libc);
}
