/* SPDX-License-Identifier: MIT */
/* The file of a program that the doctor examines: symbols, sections, unwind tables, and names for rules. */
#include <string.h>

#include "facts/elf_look.h"
#include "fuzz.h"
#include "program_file.h"
#include "program_go.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    static const struct safe_rule rules[] = {{.pattern = "*::serve*"}, {.pattern = "m?in"}};
    static char build[PROGRAM_GO_BYTES];
    struct program_facts program;
    struct elf_facts facts;
    int fd = fuzz_file(bytes, size);
    if (program_file_read(fd, &program) < 0 || strlen(program.interpreter) >= sizeof program.interpreter)
        abort();
    const size_t used = program_go_read(fd, build);
    if (used > sizeof build || (used && build[used - 1] != '\n'))
        abort();
    elf_look(fd, "module", rules, 2, &facts);
    if (facts.covered_percent > 100 || strlen(facts.build_id) >= sizeof facts.build_id)
        abort();
    elf_clear(&facts);
    close(fd);
    return 0;
}
