/* SPDX-License-Identifier: MIT */
/* Safe file: runs in the helper process. */
#include "capture/kernel_notes.h"

#include <elf.h>
#include <sys/procfs.h>

#include "state/config.h"
#include "base/io.h"
#include "memory/modules.h"
#include "base/text.h"

#ifndef NT_SIGINFO
#define NT_SIGINFO 0x53494749
#endif
#ifndef NT_FILE
#define NT_FILE 0x46494c45
#endif
#define XSTATE_KNOWN 0x2e7 /* x87, SSE, AVX, AVX-512, protection keys */
#define LEGACY_BYTES 512

/* elf_gregset_t (sys/procfs.h, struct user_regs_struct) from a signal frame. */
static void registers_from(elf_gregset_t out, const ucontext_t *uc, uint64_t fs_base)
{
    static const int8_t order[] = {REG_R15, REG_R14, REG_R13, REG_R12, REG_RBP, REG_RBX, REG_R11, REG_R10,
                                   REG_R9,  REG_R8,  REG_RAX, REG_RCX, REG_RDX, REG_RSI, REG_RDI};
    const greg_t *g = uc->uc_mcontext.gregs;
    for (size_t i = 0; i < sizeof order; i++)
        out[i] = (elf_greg_t)g[order[i]];
    out[15] = (elf_greg_t)-1; /* orig_rax: not in a system call */
    out[16] = (elf_greg_t)g[REG_RIP];
    out[17] = (elf_greg_t)(g[REG_CSGSFS] & 0xffff);
    out[18] = (elf_greg_t)g[REG_EFL];
    out[19] = (elf_greg_t)g[REG_RSP];
    out[20] = (elf_greg_t)((g[REG_CSGSFS] >> 48) & 0xffff);
    out[21] = fs_base;
}

void safe_kernel_notes_thread(struct safe_notes *n, int tid, int sig, bool has_vectors, const ucontext_t *uc,
                              uint64_t fs_base)
{
    struct elf_prstatus *s = (struct elf_prstatus *)safe_note_begin(n, "CORE", NT_PRSTATUS, sizeof *s);
    if (!s)
        return;
    s->pr_info.si_signo = sig;
    s->pr_cursig = (short)sig;
    s->pr_pid = tid;
    s->pr_ppid = safe_fault.ppid;
    s->pr_fpvalid = has_vectors;
    registers_from(s->pr_reg, uc, fs_base);
}

/* Size of an XSAVE area in standard format up to the last of these features (Intel SDM volume 1, 13.4.3). */
static size_t xstate_bytes(uint64_t features)
{
    if (features & 0x200) /* protection keys */
        return 2696;
    if (features & 0xe0) /* AVX-512 */
        return 2688;
    return features & 4 ? 832 : 576; /* AVX, SSE */
}

/*
 * The FP and vector state of a signal frame. The kernel writes the XSAVE area in standard format behind the
 * legacy part and describes it in the software bytes at 464 (arch/x86/include/uapi/asm/sigcontext.h): magic,
 * size of all, features. A core has the features there as its first word. AMX tiles are left out: gdb refuses
 * the whole note for them.
 */
static void add_fp_state(struct safe_notes *n, uint64_t address)
{
    struct {
        uint32_t magic, extended_size;
        uint64_t features;
        uint32_t xstate_size;
    } sw;
    uint64_t present;
    char *p;
    if (!address || !(p = safe_note_begin(n, "CORE", NT_FPREGSET, LEGACY_BYTES)))
        return;
    if (safe_read_memory(address, p, LEGACY_BYTES) < 0)
        return;
    safe_copy(&sw, p + 464, sizeof sw);
    sw.features &= XSTATE_KNOWN;
    size_t bytes = xstate_bytes(sw.features);
    /* AMD processors without AVX-512 keep the protection keys further down: all there is, then. */
    if (sw.xstate_size < bytes)
        bytes = sw.xstate_size;
    if (sw.magic != 0x46505853 || bytes < LEGACY_BYTES + 64)
        return;
    p = safe_note_begin(n, "LINUX", NT_X86_XSTATE, bytes);
    if (!p || safe_read_memory(address, p, bytes) < 0)
        return;
    safe_copy(p + 464, &sw.features, sizeof sw.features);
    safe_copy(&present, p + LEGACY_BYTES, sizeof present);
    present &= XSTATE_KNOWN;
    safe_copy(p + LEGACY_BYTES, &present, sizeof present);
}

void safe_kernel_notes_process(struct safe_notes *n, const char *cmdline, long cmdline_bytes)
{
    struct elf_prpsinfo *s = (struct elf_prpsinfo *)safe_note_begin(n, "CORE", NT_PRPSINFO, sizeof *s);
    if (!s)
        return;
    s->pr_sname = 'R';
    s->pr_pid = safe_fault.pid;
    s->pr_ppid = safe_fault.ppid;
    s->pr_uid = (unsigned)safe_call(SYS_getuid);
    s->pr_gid = (unsigned)safe_call(SYS_getgid);
    safe_copy(s->pr_fname, crumple_config->exe_name, sizeof s->pr_fname - 1);
    for (long i = 0; i < cmdline_bytes && i < (long)sizeof s->pr_psargs - 1; i++)
        s->pr_psargs[i] = cmdline[i] ? cmdline[i] : ' ';
}

/* The path a mapping goes by: the executable's is the one it was started with. Returns its length. */
static size_t path_of(const struct safe_map *map, const char **ret_path)
{
    static const char deleted[] = " (deleted)";
    const size_t mark = sizeof deleted - 1;
    bool is_exe = safe_map_is(map, crumple_config->exe_file);
    *ret_path = is_exe ? crumple_config->exe : map->path;
    /* By the name alone gdb opens what is there now, and warns that it has another build-id. */
    if (map->is_gone && map->path_bytes > mark && safe_starts(map->path + map->path_bytes - mark, deleted))
        return map->path_bytes - mark;
    return is_exe ? safe_strlen(*ret_path) : map->path_bytes;
}

/*
 * NT_FILE (fs/binfmt_elf.c, fill_files_note): count, page size, triples, then the names. Unlike the kernel's,
 * it names only mappings whose bytes the file has: what lies in one of these and not in the core, gdb takes
 * from the file (core_target::xfer_memory_via_mappings), and elsewhere it says that it cannot.
 */
void safe_kernel_notes_files(struct safe_notes *n, const struct safe_maps *maps)
{
    struct safe_module module;
    uint32_t at = 0, count = 0;
    size_t names = 0;
    const char *path;

    while (safe_modules_next(maps, &at, &module))
        for (uint32_t i = module.first; i < module.first + module.count; i++)
            if (!maps->map[i].is_changed) {
                names += path_of(&maps->map[i], &path) + 1;
                count++;
            }
    char *p = safe_note_begin(n, "CORE", NT_FILE, 16 + count * 24 + names);
    if (!p)
        return;
    uint64_t *triple = (uint64_t *)p;
    char *name = p + 16 + count * 24;
    *triple++ = count;
    *triple++ = 4096;
    at = 0;
    for (; safe_modules_next(maps, &at, &module);)
        for (uint32_t i = module.first; i < module.first + module.count; i++) {
            const struct safe_map *m = &maps->map[i];
            size_t bytes = path_of(m, &path);
            if (m->is_changed)
                continue;
            *triple++ = m->start;
            *triple++ = m->is_gone ? m->start + 4096 : m->end; /* its headers, which are in the core */
            *triple++ = m->offset / 4096;
            safe_copy(name, path, bytes);
            name += bytes + 1; /* the memory is zeroed */
        }
}

void safe_kernel_notes_fault(struct safe_notes *n, const struct safe_capture *c)
{
    const struct safe_slot *slot = &c->stop.slot[c->origin.slot];
    safe_kernel_notes_thread(n, slot->tid, c->origin.info.si_signo, true, &c->origin.context, slot->fs_base);
}

void safe_kernel_notes_vectors(struct safe_notes *n, const struct safe_capture *c)
{
    add_fp_state(n, c->origin.fp_state);
}

void safe_kernel_notes_signal(struct safe_notes *n, const struct safe_capture *c)
{
    if (c->origin.info.si_signo)
        safe_note_add(n, "CORE", NT_SIGINFO, &c->origin.info, sizeof c->origin.info);
}

void safe_kernel_notes_auxv(struct safe_notes *n)
{
    char auxv[1024];
    if (crumple_config->auxv_bytes <= sizeof auxv &&
        safe_read_memory(crumple_config->auxv, auxv, crumple_config->auxv_bytes) == 0)
        safe_note_add(n, "CORE", NT_AUXV, auxv, crumple_config->auxv_bytes);
}
