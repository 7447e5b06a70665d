/* SPDX-License-Identifier: MIT */
#include "code/eh_frame.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/elf_view.h"

#define EH_ENTRY_BYTES 16 /* the shortest one has no fewer */
#define EH_ENTRIES_MAX (UINT64_C(1) << 20)

/* What a common entry says about those that refer to it. */
struct eh_common {
    uint8_t pointer_encoding, lsda_encoding;
    bool has_data; /* augmentation data with its length in front */
    uint64_t personality;
    bool is_indirect;
};

bool eh_bytes_at(const struct memory *memory, uint64_t address, struct eh_bytes *ret_bytes)
{
    const struct module *module = modules_find(memory->modules, address);
    bool is_writable;
    const uint8_t *found = module ? module_file_at(module, address, 1, &is_writable) : NULL;
    if (found) {
        for (size_t i = 0; i < module->view.program_count; i++) {
            const Elf64_Phdr *program = &module->view.programs[i];
            uint64_t skip = address - module->view.bias - program->p_vaddr;
            if (program->p_type != PT_LOAD || address - module->view.bias < program->p_vaddr ||
                skip >= program->p_filesz)
                continue;
            uint64_t in_file = module->image_size - (uint64_t)(found - module->image);
            uint64_t in_segment = program->p_filesz - skip;
            *ret_bytes = (struct eh_bytes){found, found + (in_file < in_segment ? in_file : in_segment),
                                           address, false};
            return true;
        }
    }
    /* The file is gone: the core holds the tables then. */
    uint64_t size = UINT64_C(16) << 20;
    while (size && !(found = core_at(memory->core, address, size)))
        size /= 2;
    if (!size)
        return false;
    *ret_bytes = (struct eh_bytes){found, found + size, address, false};
    return true;
}

/* The length at the begin of an entry; the reader then ends where the entry ends. */
static bool enter_entry(struct eh_bytes *bytes)
{
    uint64_t length = eh_number(bytes, 4);
    if (length == UINT32_MAX)
        length = eh_number(bytes, 8);
    if (bytes->failed || length == 0 || length > (uint64_t)(bytes->end - bytes->at))
        return false;
    bytes->end = bytes->at + length;
    return true;
}

static void read_augmentation(struct eh_bytes *bytes, const char *letters, bool has_bias,
                              struct eh_common *common)
{
    uint8_t encoding;
    for (; *letters && !bytes->failed; letters++) {
        switch (*letters) {
        case 'R':
            common->pointer_encoding = (uint8_t)eh_number(bytes, 1);
            break;
        case 'L':
            common->lsda_encoding = (uint8_t)eh_number(bytes, 1);
            break;
        case 'P':
            encoding = (uint8_t)eh_number(bytes, 1);
            common->personality = eh_pointer(bytes, encoding & ~EH_INDIRECT, has_bias);
            common->is_indirect = encoding & EH_INDIRECT;
            break;
        case 'S':
        case 'B':
            break;
        default:
            bytes->failed = true;
        }
    }
}

static bool read_common(const struct memory *memory, uint64_t address, bool has_bias,
                        struct eh_common *ret_common)
{
    struct eh_bytes bytes;
    *ret_common = (struct eh_common){.lsda_encoding = EH_OMIT};
    if (!eh_bytes_at(memory, address, &bytes) || !enter_entry(&bytes) || eh_number(&bytes, 4) != 0)
        return false;
    uint8_t version = (uint8_t)eh_number(&bytes, 1);
    const char *letters = (const char *)bytes.at;
    if (bytes.failed || (version != 1 && version != 3) ||
        !memchr(letters, '\0', (size_t)(bytes.end - bytes.at)))
        return false;
    eh_skip(&bytes, strlen(letters) + 1);
    (void)eh_uleb(&bytes); /* alignment of code, of data; the column of the return address */
    (void)eh_sleb(&bytes);
    (void)(version == 1 ? eh_number(&bytes, 1) : eh_uleb(&bytes));
    if (*letters == 'z') {
        (void)eh_uleb(&bytes);
        ret_common->has_data = true;
        read_augmentation(&bytes, letters + 1, has_bias, ret_common);
    } else if (*letters) {
        return false;
    }
    return !bytes.failed;
}

static int read_procedure(const struct memory *memory, const struct module *module, uint64_t entry,
                          struct eh_procedure *ret_procedure)
{
    const bool has_bias = module->view.bias != 0;
    struct eh_bytes bytes;
    struct eh_common common;
    if (!eh_bytes_at(memory, entry, &bytes) || !enter_entry(&bytes))
        return -EBADMSG;
    uint64_t here = bytes.address, distance = eh_number(&bytes, 4);
    if (bytes.failed || distance == 0 || !read_common(memory, here - distance, has_bias, &common))
        return -EBADMSG;
    struct eh_procedure procedure = {.personality = common.personality, .is_indirect = common.is_indirect};
    procedure.start = eh_pointer(&bytes, common.pointer_encoding, has_bias);
    procedure.end = procedure.start + eh_number(&bytes, eh_pointer_size(common.pointer_encoding));
    if (common.has_data) {
        (void)eh_uleb(&bytes);
        if (common.lsda_encoding != EH_OMIT)
            procedure.lsda = eh_pointer(&bytes, common.lsda_encoding, has_bias);
    }
    if (bytes.failed || !eh_pointer_size(common.pointer_encoding) ||
        (common.lsda_encoding != EH_OMIT && (common.lsda_encoding & EH_INDIRECT)))
        return -EBADMSG;
    *ret_procedure = procedure;
    return 0;
}

static int compare_pairs(const void *left, const void *right)
{
    const int32_t a = *(const int32_t *)left, b = *(const int32_t *)right;
    return a < b ? -1 : a > b;
}

/* Address of the section whose bytes these are, or 0. */
static uint64_t section_address(const struct elf_sections *sections, const uint8_t *bytes)
{
    Elf64_Shdr header;
    const uint8_t *found;
    for (size_t i = 0; i < sections->count; i++)
        if (elf_sections_get(sections, i, &header, &found) && found == bytes)
            return header.sh_addr;
    return 0;
}

/* Pairs as in the header's table, relative to the bias. Returns their number. */
static size_t list_procedures(const struct memory *memory, const struct module *module, struct eh_bytes frame,
                              int32_t (*pairs)[2], size_t most)
{
    size_t count = 0;
    while (count < most && frame.at < frame.end) {
        struct eh_bytes entry = frame;
        struct eh_procedure procedure;
        if (!enter_entry(&entry))
            break;
        if (eh_number(&entry, 4) != 0 && read_procedure(memory, module, frame.address, &procedure) == 0) {
            pairs[count][0] = (int32_t)(procedure.start - module->view.bias);
            pairs[count++][1] = (int32_t)(frame.address - module->view.bias);
        }
        eh_skip(&frame, (uint64_t)(entry.end - frame.at));
    }
    return count;
}

bool eh_frame_make_table(const struct memory *memory, struct module *module)
{
    struct elf_sections sections;
    size_t size;
    if (!module->image || !elf_sections_open(module->image, module->image_size, &sections))
        return false;
    const uint8_t *bytes = elf_sections_named(&sections, ".eh_frame", &size);
    const uint64_t address = bytes ? section_address(&sections, bytes) : 0;
    if (!address || module->made_table)
        return false;
    const size_t most = size / EH_ENTRY_BYTES < EH_ENTRIES_MAX ? size / EH_ENTRY_BYTES : EH_ENTRIES_MAX;
    int32_t(*pairs)[2] = calloc(most + 1, sizeof *pairs);
    if (!pairs)
        return false;
    const struct eh_bytes frame = {bytes, bytes + size, address + module->view.bias, false};
    module->table_count = list_procedures(memory, module, frame, pairs, most);
    qsort(pairs, module->table_count, sizeof *pairs, compare_pairs);
    module->made_table = (uint8_t *)pairs;
    module->table_header = module->view.bias;
    module->table_address = EH_MADE_TABLE;
    return module->table_count != 0;
}

/* The header's table: pairs of 32 bits, relative to the header: where a procedure begins, where its entry is.
 */
int eh_frame_find(const struct memory *memory, const struct module *module, uint64_t address,
                  struct eh_procedure *ret_procedure)
{
    struct eh_bytes table = {module->made_table, module->made_table, 0, false};
    if (module->table != MODULE_TABLE_READY)
        return -ENOENT;
    if (module->made_table)
        table.end += module->table_count * sizeof(int32_t[2]);
    else if (!eh_bytes_at(memory, module->table_address, &table))
        return -EBADMSG;
    uint64_t count = module->table_count, most = (uint64_t)(table.end - table.at) / 8;
    uint64_t low = 0, high = count < most ? count : most;
    int32_t pair[2] = {0};
    while (low < high) {
        uint64_t middle = low + (high - low) / 2;
        memcpy(pair, table.at + middle * 8, sizeof pair);
        if (module->table_header + (uint64_t)(int64_t)pair[0] <= address)
            low = middle + 1;
        else
            high = middle;
    }
    if (low == 0)
        return -ENOENT;
    memcpy(pair, table.at + (low - 1) * 8, sizeof pair);
    struct eh_procedure procedure;
    const int error =
        read_procedure(memory, module, module->table_header + (uint64_t)(int64_t)pair[1], &procedure);
    if (error)
        return error;
    if (address < procedure.start || address >= procedure.end)
        return -ENOENT;
    *ret_procedure = procedure;
    return 0;
}
