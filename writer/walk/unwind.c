/* SPDX-License-Identifier: MIT */
#include "walk/unwind.h"

#include <errno.h>
#include <string.h>

#include "code/eh_frame.h"

/* Exported by libunwind for remote unwinders, as Linux perf uses it, though in no header. */
extern int UNW_OBJ(dwarf_search_unwind_table)(unw_addr_space_t, unw_word_t, unw_dyn_info_t *,
                                              unw_proc_info_t *, int, void *);

#define UNWIND_ACCESSES_PER_STEP 200000
#define UNWIND_CACHE_ENTRIES     4096

/* DWARF numbers of x86-64 registers are libunwind's. */
_Static_assert(UNW_X86_64_RIP == 16, "start[] is indexed by DWARF number");

/*
 * libunwind blocks all signals around each look into its cache, which is two system calls a frame: half of
 * the time of a walk. It does so for signal handlers that unwind; this program has no handler. The linker
 * takes this definition before the C library's, whose own callers use another name.
 */
int sigprocmask(int how, const sigset_t *set, sigset_t *old)
{
    (void)how, (void)set;
    if (old)
        sigemptyset(old);
    return 0;
}

/* Byte by byte, for a word at the edge of what is known. Returns whether any byte of it was. */
static bool unwind_read_edge(const struct unwinder *u, uint64_t address, unw_word_t *ret_word)
{
    uint8_t bytes[8] = {0};
    bool is_any = false;
    for (size_t i = 0; i < sizeof bytes; i++)
        is_any |= memory_read(u->memory, address + i, &bytes[i], 1);
    memcpy(ret_word, bytes, sizeof bytes);
    return is_any;
}

/* A word of a table that we have made ourselves. */
static bool unwind_read_made(const struct unwinder *u, uint64_t address, unw_word_t *ret_word)
{
    const uint64_t at = address - EH_MADE_TABLE;
    if (!u->is_reading_tables || !u->module || !u->module->made_table || at >= u->module->table_count * 8)
        return false;
    memcpy(ret_word, u->module->made_table + at, sizeof *ret_word);
    return true;
}

static bool unwind_read_word(struct unwinder *u, uint64_t address, unw_word_t *ret_word)
{
    if (unwind_read_made(u, address, ret_word))
        return true;
    const void *bytes = core_at(u->memory->core, address, sizeof *ret_word);
    const struct module *module = NULL;
    bool is_writable = false;
    if (!bytes) {
        module = modules_find(u->memory->modules, address);
        bytes = module ? module_file_at(module, address, sizeof *ret_word, &is_writable) : NULL;
    }
    if (bytes && (!is_writable || u->is_reading_tables)) {
        memcpy(ret_word, bytes, sizeof *ret_word);
        return true;
    }
    if (unwind_read_edge(u, address, ret_word))
        return true;
    /* A CIE names its personality through a pointer in writable data. Its value is not used, but must be
     * readable. */
    *ret_word = 0;
    return module && u->is_reading_tables;
}

static int unwind_access_memory(unw_addr_space_t space, unw_word_t address, unw_word_t *word, int is_write,
                                void *context)
{
    (void)space;
    struct unwinder *u = context;
    if (is_write || u->access_budget == 0)
        return -UNW_EINVAL;
    u->access_budget--;
    return unwind_read_word(u, address, word) ? 0 : -UNW_EINVAL;
}

static int unwind_access_register(unw_addr_space_t space, unw_regnum_t number, unw_word_t *word, int is_write,
                                  void *context)
{
    (void)space;
    const struct unwinder *u = context;
    if (is_write || number < 0 || number > UNW_X86_64_RIP)
        return -UNW_EBADREG;
    *word = u->start[number];
    return 0;
}

static int unwind_access_float(unw_addr_space_t space, unw_regnum_t number, unw_fpreg_t *value, int is_write,
                               void *context)
{
    (void)space, (void)number, (void)value, (void)is_write, (void)context;
    return -UNW_EBADREG;
}

static int unwind_no_dynamic_list(unw_addr_space_t space, unw_word_t *address, void *context)
{
    (void)space, (void)address, (void)context;
    return -UNW_ENOINFO;
}

static void unwind_put_information(unw_addr_space_t space, unw_proc_info_t *information, void *context)
{
    (void)space, (void)information, (void)context;
}

static int unwind_resume_nothing(unw_addr_space_t space, unw_cursor_t *cursor, void *context)
{
    (void)space, (void)cursor, (void)context;
    return -UNW_EINVAL;
}

static int unwind_no_name(unw_addr_space_t space, unw_word_t address, char *name, size_t size,
                          unw_word_t *offset, void *context)
{
    (void)space, (void)address, (void)name, (void)size, (void)offset, (void)context;
    return -UNW_ENOINFO;
}

/* Size of the eh_frame pointer in the header by its encoding; 0: not one that linkers write. */
static size_t unwind_pointer_size(uint8_t encoding)
{
    switch (encoding & 0x0f) {
    case 0x03: /* udata4 */
    case 0x0b: /* sdata4 */
        return 4;
    case 0x00: /* absptr */
    case 0x04: /* udata8 */
    case 0x0c: /* sdata8 */
        return 8;
    default:
        return 0;
    }
}

static bool unwind_load_bytes(struct unwinder *u, uint64_t address, void *bytes, size_t size)
{
    for (size_t i = 0; i < size; i++)
        if (!memory_read(u->memory, address + i, (uint8_t *)bytes + i, 1))
            return false;
    return true;
}

/* Finds the sorted table behind PT_GNU_EH_FRAME: version, three encodings, pointer, count, pairs of 32 bits.
 */
static void unwind_prepare_table(struct unwinder *u, struct module *module)
{
    module->table = MODULE_TABLE_NONE;
    const Elf64_Phdr *program = elf_view_program(&module->view, PT_GNU_EH_FRAME);
    uint8_t head[4];
    if (!program && eh_frame_make_table(u->memory, module))
        module->table = MODULE_TABLE_READY;
    if (!program || program->p_filesz < 12)
        return;
    uint64_t header = module->view.bias + program->p_vaddr;
    if (!unwind_load_bytes(u, header, head, sizeof head) || head[0] != 1 || head[2] != 0x03 ||
        head[3] != 0x3b)
        return;
    size_t pointer_size = unwind_pointer_size(head[1]);
    uint32_t count;
    if (!pointer_size || !unwind_load_bytes(u, header + 4 + pointer_size, &count, sizeof count))
        return;
    uint64_t skip = 4 + pointer_size + sizeof count;
    uint64_t most = (program->p_filesz - skip) / 8;
    module->table_header = header;
    module->table_address = header + skip;
    module->table_count = count < most ? count : most;
    module->table = module->table_count ? MODULE_TABLE_READY : MODULE_TABLE_NONE;
}

static int unwind_find(unw_addr_space_t space, unw_word_t address, unw_proc_info_t *information,
                       int is_needed, void *context)
{
    struct unwinder *u = context;
    struct module *module = modules_find(u->memory->modules, address);
    if (!module)
        return -UNW_ENOINFO;
    if (module->table == MODULE_TABLE_UNKNOWN)
        unwind_prepare_table(u, module);
    if (module->table == MODULE_TABLE_NONE)
        return -UNW_ENOINFO;
    unw_dyn_info_t table = {
        .start_ip = module->base,
        .end_ip = module->end,
        .format = UNW_INFO_FORMAT_REMOTE_TABLE,
        .u.rti = {.segbase = module->table_header,
                  .table_data = module->table_address,
                  .table_len = module->table_count * 8 / sizeof(unw_word_t)},
    };
    u->is_reading_tables = true;
    u->module = module;
    int error = UNW_OBJ(dwarf_search_unwind_table)(space, address, &table, information, is_needed, context);
    u->is_reading_tables = false;
    return error;
}

int unwind_init(struct unwinder *u, const struct memory *memory)
{
    static unw_accessors_t accessors = {
        .find_proc_info = unwind_find,
        .put_unwind_info = unwind_put_information,
        .get_dyn_info_list_addr = unwind_no_dynamic_list,
        .access_mem = unwind_access_memory,
        .access_reg = unwind_access_register,
        .access_fpreg = unwind_access_float,
        .resume = unwind_resume_nothing,
        .get_proc_name = unwind_no_name,
    };
    *u = (struct unwinder){.memory = memory};
    u->space = unw_create_addr_space(&accessors, 0);
    if (!u->space)
        return -ENOMEM;
    (void)unw_set_caching_policy(u->space, UNW_CACHE_GLOBAL);
    (void)unw_set_cache_size(u->space, UNWIND_CACHE_ENTRIES, 0);
    return 0;
}

void unwind_release(struct unwinder *u)
{
    if (u->space)
        unw_destroy_addr_space(u->space);
    *u = (struct unwinder){0};
}

bool unwind_has_information(struct unwinder *u, uint64_t address)
{
    unw_proc_info_t information;
    u->access_budget = UNWIND_ACCESSES_PER_STEP;
    return unwind_find(u->space, address, &information, 0, u) == 0;
}

int unwind_start(struct unwinder *u, const struct unwind_registers *registers,
                 const struct user_regs_struct *others, bool is_return)
{
    memset(u->start, 0, sizeof u->start);
    u->known = registers->known;
    if (others) {
        u->start[UNW_X86_64_RAX] = others->rax;
        u->start[UNW_X86_64_RDX] = others->rdx;
        u->start[UNW_X86_64_RCX] = others->rcx;
        u->start[UNW_X86_64_RSI] = others->rsi;
        u->start[UNW_X86_64_RDI] = others->rdi;
        u->start[UNW_X86_64_R8] = others->r8;
        u->start[UNW_X86_64_R9] = others->r9;
        u->start[UNW_X86_64_R10] = others->r10;
        u->start[UNW_X86_64_R11] = others->r11;
    }
    u->start[UNW_X86_64_RBX] = registers->rbx;
    u->start[UNW_X86_64_RBP] = registers->rbp;
    u->start[UNW_X86_64_RSP] = registers->sp;
    u->start[UNW_X86_64_R12] = registers->r12;
    u->start[UNW_X86_64_R13] = registers->r13;
    u->start[UNW_X86_64_R14] = registers->r14;
    u->start[UNW_X86_64_R15] = registers->r15;
    /* A fresh cursor takes its pc for an exact one; the byte before a return address is inside the call. */
    u->start[UNW_X86_64_RIP] = registers->pc - (is_return ? 1 : 0);
    u->access_budget = UNWIND_ACCESSES_PER_STEP;
    return unw_init_remote(&u->cursor, u->space, u) == 0 ? 0 : -EINVAL;
}

int unwind_step(struct unwinder *u)
{
    u->access_budget = UNWIND_ACCESSES_PER_STEP;
    int result = unw_step(&u->cursor);
    return result > 0 ? 1 : result == 0 ? 0 : -EFAULT;
}

static uint64_t unwind_get_register(struct unwinder *u, unw_regnum_t number)
{
    unw_word_t word;
    return unw_get_reg(&u->cursor, number, &word) == 0 ? word : 0;
}

void unwind_position(struct unwinder *u, uint64_t *ret_pc, uint64_t *ret_sp)
{
    *ret_pc = unwind_get_register(u, UNW_REG_IP);
    *ret_sp = unwind_get_register(u, UNW_REG_SP);
}

/* Reads a register that survives calls, and notes whether it is known. */
static uint64_t unwind_get_saved(struct unwinder *u, unw_regnum_t number, uint8_t bit, uint8_t *known)
{
    unw_word_t word;
    if (unw_get_reg(&u->cursor, number, &word) != 0)
        return 0;
    *known |= u->known & bit;
    return word;
}

void unwind_get(struct unwinder *u, struct unwind_registers *ret_registers)
{
    uint8_t known = 0;
    *ret_registers = (struct unwind_registers){
        .pc = unwind_get_register(u, UNW_REG_IP),
        .sp = unwind_get_register(u, UNW_REG_SP),
        .rbp = unwind_get_saved(u, UNW_X86_64_RBP, KNOWN_RBP, &known),
        .rbx = unwind_get_saved(u, UNW_X86_64_RBX, KNOWN_RBX, &known),
        .r12 = unwind_get_saved(u, UNW_X86_64_R12, KNOWN_R12, &known),
        .r13 = unwind_get_saved(u, UNW_X86_64_R13, KNOWN_R13, &known),
        .r14 = unwind_get_saved(u, UNW_X86_64_R14, KNOWN_R14, &known),
        .r15 = unwind_get_saved(u, UNW_X86_64_R15, KNOWN_R15, &known),
    };
    ret_registers->known = known;
}
