/* SPDX-License-Identifier: MIT */
/* Safe file: runs in the helper process. */
#include "safe_notes.h"

#include <elf.h>
#include <errno.h>
#include <sys/procfs.h>
#include <time.h>

#include "safe_io.h"
#include "safe_modules.h"
#include "safe_text.h"

#ifndef NT_SIGINFO
#define NT_SIGINFO 0x53494749
#endif
#ifndef NT_FILE
#define NT_FILE 0x46494c45
#endif
#define XSTATE_KNOWN 0x2e7 /* x87, SSE, AVX, AVX-512, protection keys */
#define LEGACY_BYTES 512

/* Begins a note and returns where its content goes, NULL where it does not fit. */
static char *begin(struct safe_notes *n, const char *owner, uint32_t type, size_t bytes)
{
    size_t owner_bytes = safe_strlen(owner) + 1;
    size_t total = sizeof(Elf64_Nhdr) + ((owner_bytes + 3) & ~(size_t)3) + ((bytes + 3) & ~(size_t)3);
    Elf64_Nhdr header = {(uint32_t)owner_bytes, (uint32_t)bytes, type};
    char *p = n->data + n->used;
    if (bytes > UINT32_MAX / 2 || total > n->size - n->used) {
        n->overflow = true;
        return NULL;
    }
    safe_copy(p, &header, sizeof header);
    safe_copy(p + sizeof header, owner, owner_bytes);
    n->used += total;
    return p + sizeof header + ((owner_bytes + 3) & ~(size_t)3);
}

static void add(struct safe_notes *n, const char *owner, uint32_t type, const void *data, size_t bytes)
{
    char *p = begin(n, owner, type, bytes);
    if (p)
        safe_copy(p, data, bytes);
}

/* elf_gregset_t (sys/procfs.h, struct user_regs_struct) from a signal frame. */
static void registers_from(elf_gregset_t out, const ucontext_t *uc, uint64_t fs_base)
{
    static const int8_t order[] = {REG_R15, REG_R14, REG_R13, REG_R12, REG_RBP, REG_RBX, REG_R11, REG_R10,
                                   REG_R9,  REG_R8,  REG_RAX, REG_RCX, REG_RDX, REG_RSI, REG_RDI};
    const greg_t *g = uc->uc_mcontext.gregs;
    size_t i;
    for (i = 0; i < sizeof order; i++)
        out[i] = (elf_greg_t)g[order[i]];
    out[15] = (elf_greg_t)-1; /* orig_rax: not in a system call */
    out[16] = (elf_greg_t)g[REG_RIP];
    out[17] = (elf_greg_t)(g[REG_CSGSFS] & 0xffff);
    out[18] = (elf_greg_t)g[REG_EFL];
    out[19] = (elf_greg_t)g[REG_RSP];
    out[20] = (elf_greg_t)((g[REG_CSGSFS] >> 48) & 0xffff);
    out[21] = fs_base;
}

static void add_prstatus(struct safe_notes *n, int tid, int sig, int code, const ucontext_t *uc,
                         uint64_t fs_base)
{
    struct elf_prstatus *s = (struct elf_prstatus *)begin(n, "CORE", NT_PRSTATUS, sizeof *s);
    if (!s)
        return;
    s->pr_info.si_signo = sig;
    s->pr_info.si_code = code;
    s->pr_cursig = (short)sig;
    s->pr_pid = tid;
    s->pr_ppid = safe_fault.ppid;
    s->pr_fpvalid = sig != 0;
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
    size_t bytes;
    char *p;
    if (!address || !(p = begin(n, "CORE", NT_FPREGSET, LEGACY_BYTES)))
        return;
    if (safe_read_memory(address, p, LEGACY_BYTES) < 0)
        return;
    safe_copy(&sw, p + 464, sizeof sw);
    sw.features &= XSTATE_KNOWN;
    bytes = xstate_bytes(sw.features);
    if (sw.magic != 0x46505853 || sw.xstate_size < bytes)
        return;
    p = begin(n, "LINUX", NT_X86_XSTATE, bytes);
    if (!p || safe_read_memory(address, p, bytes) < 0)
        return;
    safe_copy(p + 464, &sw.features, sizeof sw.features);
    safe_copy(&present, p + LEGACY_BYTES, sizeof present);
    present &= XSTATE_KNOWN;
    safe_copy(p + LEGACY_BYTES, &present, sizeof present);
}

static void add_psinfo(struct safe_notes *n, const char *cmdline, long cmdline_bytes)
{
    struct elf_prpsinfo *s = (struct elf_prpsinfo *)begin(n, "CORE", NT_PRPSINFO, sizeof *s);
    long i;
    if (!s)
        return;
    s->pr_sname = 'R';
    s->pr_pid = safe_fault.pid;
    s->pr_ppid = safe_fault.ppid;
    s->pr_uid = (unsigned)safe_call(SYS_getuid);
    s->pr_gid = (unsigned)safe_call(SYS_getgid);
    safe_copy(s->pr_fname, crumple_config->exe_name, sizeof s->pr_fname - 1);
    for (i = 0; i < cmdline_bytes && i < (long)sizeof s->pr_psargs - 1; i++)
        s->pr_psargs[i] = cmdline[i] ? cmdline[i] : ' ';
}

/* NT_FILE (fs/binfmt_elf.c, fill_files_note): count, page size, triples, then the names. */
static void add_files(struct safe_notes *n, const struct safe_maps *maps)
{
    struct safe_module module;
    uint32_t at = 0, i, count = 0;
    size_t names = 0;
    uint64_t *triple;
    char *p, *name;

    while (safe_modules_next(maps, &at, &module))
        for (i = module.first; i < module.first + module.count; i++, count++)
            names += maps->map[i].path_bytes + 1;
    p = begin(n, "CORE", NT_FILE, 16 + count * 24 + names);
    if (!p)
        return;
    triple = (uint64_t *)p;
    name = p + 16 + count * 24;
    *triple++ = count;
    *triple++ = 4096;
    for (at = 0; safe_modules_next(maps, &at, &module);)
        for (i = module.first; i < module.first + module.count; i++) {
            const struct safe_map *m = &maps->map[i];
            *triple++ = m->start;
            *triple++ = m->end;
            *triple++ = m->offset / 4096;
            safe_copy(name, m->path, m->path_bytes);
            name += m->path_bytes + 1; /* the memory is zeroed */
        }
}

static void add_threads(struct safe_notes *n, const struct safe_capture *c)
{
    uint32_t i, at, count = c->stop.count;
    struct crumple_note_thread *t =
        (struct crumple_note_thread *)begin(n, CRUMPLE_NOTE_OWNER, CRUMPLE_NOTE_THREADS, count * sizeof *t);
    if (!t)
        return;
    for (i = 0; i < count; i++, t++) {
        const struct safe_slot *slot;
        int state;
        /* The faulting thread first: slot 0 and it change places when it is another. */
        at = i == 0 ? c->origin.slot : (i == c->origin.slot ? 0 : i);
        slot = &c->stop.slot[at];
        state = __atomic_load_n(&slot->state, __ATOMIC_ACQUIRE);
        t->tid = slot->tid;
        t->state = state == SAFE_SLOT_GIVEN_UP ? CRUMPLE_THREAD_MISSING : CRUMPLE_THREAD_CAPTURED;
        t->reason = slot->reason;
        t->routine = slot->routine;
        t->proc_state = slot->proc_state;
        t->flags = (i == 0 ? CRUMPLE_FLAG_CRASHED : 0) | (c->cut[at] ? CRUMPLE_FLAG_TRUNCATED : 0);
        if (state == SAFE_SLOT_FAULTED && at != 0) {
            t->flags |= CRUMPLE_FLAG_ALSO_FAULTED;
            t->signo = slot->signo;
            t->addr = slot->addr;
        }
        safe_copy(t->name, slot->name, sizeof t->name - 1);
    }
}

/* A file of /proc/PID as a note; what can't be read is a soft error. */
static void add_proc_file(struct safe_notes *n, const struct safe_capture *c, uint32_t type, const char *name)
{
    static char buffer[32768];
    char path[64];
    long got = safe_read_file(-1, safe_proc_path(path, safe_fault.pid, name), buffer, sizeof buffer);
    if (got < 0) {
        safe_text_add(c->errors, path);
        safe_text_add(c->errors, ": ");
        safe_text_add(c->errors, safe_error_name(got));
        safe_text_add(c->errors, "\n");
        return;
    }
    if (type == CRUMPLE_NOTE_CMDLINE)
        add_psinfo(n, buffer, got);
    add(n, CRUMPLE_NOTE_OWNER, type, buffer, (size_t)got);
}

static void key_number(struct safe_text *t, const char *key, uint64_t value)
{
    safe_text_add(t, key);
    safe_text_add(t, "=");
    safe_text_add_u64(t, value);
    safe_text_add(t, "\n");
}

static void key_string(struct safe_text *t, const char *key, const char *value, size_t bytes)
{
    safe_text_add(t, key);
    safe_text_add(t, "=");
    safe_text_add_clean(t, value, bytes);
    safe_text_add(t, "\n");
}

/* glibc keeps the message of abort, assert and its own checks: struct abort_msg_s {unsigned size; char
 * msg[];}. */
static void add_abort_message(struct safe_text *t)
{
    uint64_t at = 0;
    char text[1024];
    long n;
    if (!crumple_config->abort_msg || safe_read_memory(crumple_config->abort_msg, &at, sizeof at) < 0 || !at)
        return;
    n = safe_read_string(at + sizeof(unsigned), text, sizeof text);
    while (n > 0 && text[n - 1] == '\n')
        n--;
    if (n > 0)
        key_string(t, "abort_msg", text, (size_t)n);
}

static void add_info(struct safe_notes *n, const struct safe_capture *c)
{
    static char buffer[8192];
    struct safe_text t = safe_text_on(buffer, sizeof buffer);
    key_number(&t, "format", CRUMPLE_FORMAT_VERSION);
    key_string(&t, "crumple", CRUMPLE_VERSION, sizeof CRUMPLE_VERSION - 1);
    key_string(&t, "event", "crash", 5);
    key_number(&t, "time_ns", safe_fault.time_ns);
    key_number(&t, "mono_ns", safe_fault.mono_ns);
    key_string(&t, "exe", crumple_config->exe, safe_strlen(crumple_config->exe));
    key_string(&t, "hostname", crumple_config->hostname, safe_strlen(crumple_config->hostname));
    key_number(&t, "pid", (uint64_t)safe_fault.pid);
    key_number(&t, "ppid", (uint64_t)safe_fault.ppid);
    key_number(&t, "uid", (uint64_t)safe_call(SYS_geteuid));
    key_number(&t, "gid", (uint64_t)safe_call(SYS_getegid));
    key_number(&t, "tid", (uint64_t)c->stop.slot[c->origin.slot].tid);
    key_number(&t, "promoted", c->origin.raised_by != 0);
    if (c->origin.raised_by)
        key_number(&t, "raised_by", (uint64_t)c->origin.raised_by);
    add_abort_message(&t);
    key_number(&t, "stop_ns", c->stop.stopped_ns);
    key_number(&t, "core_ns", safe_clock_ns(CLOCK_MONOTONIC) - safe_fault.mono_ns);
    key_number(&t, "stack_bytes", crumple_config->stack_bytes);
    add(n, CRUMPLE_NOTE_OWNER, CRUMPLE_NOTE_INFO, t.data, t.used);
}

static void add_faulting_thread(struct safe_notes *n, const struct safe_capture *c)
{
    const struct safe_slot *slot = &c->stop.slot[c->origin.slot];
    const siginfo_t *info = &c->origin.info;
    char auxv[1024];
    add_prstatus(n, slot->tid, info->si_signo, info->si_code, &c->origin.context, slot->fs_base);
    add_fp_state(n, c->origin.fp_state);
    add(n, "CORE", NT_SIGINFO, info, sizeof *info);
    if (crumple_config->auxv_bytes <= sizeof auxv &&
        safe_read_memory(crumple_config->auxv, auxv, crumple_config->auxv_bytes) == 0)
        add(n, "CORE", NT_AUXV, auxv, crumple_config->auxv_bytes);
}

int safe_notes_build(struct safe_notes *notes, struct safe_capture *c)
{
    uint32_t i;
    notes->used = 0;
    notes->overflow = false;
    notes->data = safe_scratch_rest(&c->scratch, &notes->size);
    add_faulting_thread(notes, c);
    for (i = 0; i < c->stop.count; i++) {
        const struct safe_slot *slot = &c->stop.slot[i];
        int state = __atomic_load_n(&slot->state, __ATOMIC_ACQUIRE);
        if (i != c->origin.slot && (state == SAFE_SLOT_PARKED || state == SAFE_SLOT_FAULTED))
            add_prstatus(notes, slot->tid, slot->signo, 0, slot->context, slot->fs_base);
    }
    add_info(notes, c);
    add_threads(notes, c);
    add_files(notes, &c->maps);
    add_proc_file(notes, c, CRUMPLE_NOTE_CMDLINE, "cmdline");
    add_proc_file(notes, c, CRUMPLE_NOTE_STATUS, "status");
    add_proc_file(notes, c, CRUMPLE_NOTE_LIMITS, "limits");
    add_proc_file(notes, c, CRUMPLE_NOTE_CGROUP, "cgroup");
    add(notes, CRUMPLE_NOTE_OWNER, CRUMPLE_NOTE_MAPS, c->maps.text, c->maps.text_bytes);
    add(notes, CRUMPLE_NOTE_OWNER, CRUMPLE_NOTE_ENVIRON, crumple_config->environ_text,
        crumple_config->environ_bytes);
    if (notes->overflow)
        safe_text_add(c->errors, "some notes did not fit into the memory there was\n");
    if (c->errors->used)
        add(notes, CRUMPLE_NOTE_OWNER, CRUMPLE_NOTE_SOFT_ERRORS, c->errors->data, c->errors->used);
    safe_scratch_keep(&c->scratch, notes->used);
    return notes->used ? 0 : -ENOMEM;
}
