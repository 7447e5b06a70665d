/* SPDX-License-Identifier: MIT */
#include "doctor/program_rules.h"

#include <string.h>

#include "base/text.h"
#include "crumple_options.h"

#define REACH       "program"
#define RUNTIME     "runtime"
#define COVERED_MIN 75 /* percent; functions are padded, and startup code has none */

static void say_static(const struct program *program, const struct program_marks *marks, struct verdicts *ret)
{
    if (marks->needs_libraries) {
        verdicts_add(ret, VERDICT_FAIL, REACH, "a shared library: it names no loader, and cannot be started");
        verdicts_advise(ret, "name the program that is started");
        return;
    }
    if (program->facts.is_go) { /* go_judge() says the rest */
        verdicts_add(ret, marks->is_below_run ? VERDICT_NOTE : VERDICT_FAIL, REACH,
                     "a static Go program: no preload reaches it");
    } else {
        verdicts_add(
            ret, VERDICT_FAIL, REACH,
            "statically linked: no preload reaches it, and crumple-run --restart holds none of its sockets");
        verdicts_advise(ret, "link it dynamically; 'crumple run' at least sees how it ends");
    }
}

static void say_privileged(enum privilege privilege, struct verdicts *ret)
{
    verdicts_add(
        ret, VERDICT_FAIL, REACH,
        privilege == PRIVILEGE_SETUID ? "setuid or setgid: the loader ignores LD_PRELOAD"
        : privilege == PRIVILEGE_CAPABILITIES
            ? "with file capabilities: the loader ignores LD_PRELOAD"
            : "it was started with more rights than its caller had (AT_SECURE): the loader ignores LD_PRELOAD");
    verdicts_advise(
        ret,
        "start it as the user that it becomes; give it capabilities by the service manager (AmbientCapabilities=), not by its file");
}

static void say_foreign(const struct program *program, struct verdicts *ret)
{
    if (*program->facts.interpreter)
        verdicts_add(ret, VERDICT_FAIL, REACH, "not for x86-64 with glibc or musl (its loader is %s)",
                     program->facts.interpreter);
    else
        verdicts_add(ret, VERDICT_FAIL, REACH, "not for x86-64: crumple knows no other processor");
    verdicts_advise(ret, "'crumple run' at least sees how it ends");
}

/* execvp(3), and so a shell and crumple-run, hand a file that execve(2) does not know to /bin/sh. Returns false if the
 * script cannot run. */
static bool judge_script(const struct program *program, const struct program_marks *marks,
                         struct verdicts *ret)
{
    if (!marks->has_line && marks->is_binary) {
        verdicts_add(ret, VERDICT_FAIL, REACH, "neither an ELF file nor a script");
        verdicts_advise(ret, "name the program that is started");
        return false;
    }
    if (program->facts.kind == PROGRAM_UNKNOWN) {
        verdicts_add(ret, VERDICT_FAIL, REACH, "a script of %s, which is not there, or is no program",
                     program->loaded);
        verdicts_advise(ret, "mend its first line");
        return false;
    }
    verdicts_add(
        ret, VERDICT_NOTE, REACH,
        "a script of %s%s; the verdicts are about that, and what the script starts inherits the preload",
        program->loaded, marks->has_line ? "" : ", since it has no line with #! (systemd would refuse it)");
    verdicts_advise(ret, "crumple doctor the server that it starts");
    return true;
}

bool program_judge_kind(const struct program *program, const struct program_marks *marks,
                        struct verdicts *ret)
{
    if (program->is_script && !judge_script(program, marks, ret))
        return false;
    switch (program->facts.kind) {
    case PROGRAM_GLIBC:
    case PROGRAM_MUSL:
        if (marks->privilege == PRIVILEGE_NONE) {
            verdicts_add(ret, VERDICT_OK, REACH, "dynamic, of %s: the preload reaches it",
                         program->facts.kind == PROGRAM_MUSL ? "musl" : "glibc");
            return true;
        }
        say_privileged(marks->privilege, ret);
        return false;
    case PROGRAM_STATIC:
        say_static(program, marks, ret);
        return false;
    case PROGRAM_FOREIGN:
        say_foreign(program, ret);
        return false;
    case PROGRAM_SCRIPT:
    case PROGRAM_UNKNOWN:
        break;
    }
    verdicts_add(ret, VERDICT_FAIL, REACH, "a damaged ELF file, or one that cannot be read");
    verdicts_advise(ret, "name the program that is started");
    return false;
}

/* Sanitizers: their runtime takes the faults, linked in or as a library. */
static const struct sanitizer {
    enum elf_sign sign;
    const char *library, *name;
    bool stays_out; /* crumple does, wholly */
} sanitizers[] = {
    {ELF_ASAN, "libasan.so", "AddressSanitizer", false},
    {ELF_TSAN, "libtsan.so", "ThreadSanitizer", true},
    {ELF_MSAN, "libmsan.so", "MemorySanitizer", true},
    {ELF_UBSAN, "libubsan.so", "UndefinedBehaviorSanitizer", false},
};

static bool judge_sanitizer(const struct elf_facts *elf, const struct libraries *libraries,
                            struct verdicts *ret)
{
    for (size_t i = 0; i < sizeof sanitizers / sizeof *sanitizers; i++) {
        const struct sanitizer *s = &sanitizers[i];
        const char *library = libraries_find(libraries, s->library);
        if (!(elf->signs & s->sign) && !library)
            continue;
        verdicts_add(ret, VERDICT_FAIL, RUNTIME, "%s: %s, and a fault leaves its report and no bundle",
                     s->name, s->stays_out ? "crumple stays out" : "it takes the faults itself");
        if (s->sign == ELF_ASAN && library)
            verdicts_advise(
                ret,
                "with LD_PRELOAD set ASAN_OPTIONS=verify_asan_link_order=0, or it does not start; for bundles, a build without it");
        else
            verdicts_advise(ret, "for bundles, a build without it");
        return true;
    }
    return false;
}

/* Libraries that take signals, or carry an interpreter. */
static const struct companion {
    const char *library, *topic, *text, *advice;
} companions[] = {
    {"libjvm.so", RUNTIME,
     "Java: the virtual machine writes its hs_err file first; crumple then reports the abort, with the fault's frames",
     "CRUMPLE_EXIT=off, or each System.exit with a status leaves a bundle"},
    {"libjli.so", RUNTIME,
     "Java: the virtual machine writes its hs_err file first; crumple then reports the abort, with the fault's frames",
     "CRUMPLE_EXIT=off, or each System.exit with a status leaves a bundle"},
    {"libpython", RUNTIME, "Python: frames of C are shown, not those of Python",
     "PYTHONFAULTHANDLER=1 adds Python's traceback on stderr"},
    {"libruby", RUNTIME,
     "Ruby: it prints its [BUG] report first; crumple then reports the abort, with the fault's frames", NULL},
    {"libnode.so", RUNTIME, "Node.js: frames of C++ are shown; frames of JavaScript are addresses", NULL},
    {"libgo.so", RUNTIME, "Go (gccgo): its runtime handles signals itself; what it keeps leaves no bundle",
     NULL},
    {"libSegFault.so", "handlers",
     "libSegFault.so takes faults: its backtrace comes first, then it restores the default, and crumple reports the fault",
     NULL},
    {"libjsig.so", "handlers", "libjsig.so chains signal handlers",
     "LD_PRELOAD names libjsig.so before libcrumple.so"},
    {"libbreakpad", "handlers",
     "breakpad takes faults: its minidump comes first, crumple reports what it gives back", NULL},
    {"libcrashpad", "handlers",
     "crashpad takes faults: its minidump comes first, crumple reports what it gives back", NULL},
    {"libsentry.so", "handlers",
     "sentry takes faults: its report comes first, crumple reports what it gives back", NULL},
};

static void judge_signs(const struct elf_facts *elf, struct verdicts *ret)
{
    if (elf->signs & ELF_PYTHON) {
        verdicts_add(ret, VERDICT_NOTE, RUNTIME, "Python: frames of C are shown, not those of Python");
        verdicts_advise(ret, "PYTHONFAULTHANDLER=1 adds Python's traceback on stderr");
    }
    if (elf->signs & ELF_RUBY)
        verdicts_add(
            ret, VERDICT_NOTE, RUNTIME,
            "Ruby: it prints its [BUG] report first; crumple then reports the abort, with the fault's frames");
    if (elf->signs & ELF_NODE)
        verdicts_add(ret, VERDICT_NOTE, RUNTIME,
                     "Node.js: frames of C++ are shown; frames of JavaScript are addresses");
    if (elf->signs & ELF_RUST)
        verdicts_add(ret, VERDICT_NOTE, RUNTIME,
                     "Rust: a panic in a thread is no crash, unless it aborts (panic=abort)");
    if (elf->signs & (ELF_BREAKPAD | ELF_CRASHPAD | ELF_SENTRY | ELF_FAILURE_HANDLER))
        verdicts_add(
            ret, VERDICT_NOTE, "handlers",
            "it has a crash reporter of its own (%s): that report comes first, crumple reports what it gives back",
            elf->signs & ELF_BREAKPAD   ? "breakpad"
            : elf->signs & ELF_CRASHPAD ? "crashpad"
            : elf->signs & ELF_SENTRY   ? "sentry"
                                        : "InstallFailureSignalHandler");
}

bool program_judge_runtime(const struct elf_facts *elf, const struct libraries *libraries,
                           const struct crumple_settings *settings, struct verdicts *ret)
{
    const char *told = NULL;
    if (judge_sanitizer(elf, libraries, ret))
        return false;
    for (size_t i = 0; i < sizeof companions / sizeof *companions; i++) {
        const struct companion *c = &companions[i];
        if (!libraries_find(libraries, c->library) || (told && strcmp(told, c->text) == 0))
            continue;
        told = c->text;
        verdicts_add(ret, VERDICT_NOTE, c->topic, "%s", c->text);
        if (c->advice && !(strncmp(c->text, "Java", 4) == 0 && settings->exit_mode == CRUMPLE_EXIT_OFF))
            verdicts_advise(ret, "%s", c->advice);
    }
    judge_signs(elf, ret);
    return true;
}

void program_judge_handlers(const struct elf_facts *elf, struct verdicts *ret)
{
    const char *topic = "handlers";
    if (!(elf->signs & ELF_SETS_HANDLERS)) {
        verdicts_add(ret, VERDICT_OK, topic, "its own code sets no signal handlers; libraries may");
        return;
    }
    verdicts_add(
        ret, VERDICT_NOTE, topic,
        elf->signs & ELF_BACKTRACES
            ? "it sets signal handlers and can print its own stack: if it handles a fault, its report comes first, then crumple's, when it ends by the signal or by abort()"
            : "it sets signal handlers; if one takes a fault, crumple reports what the handler gives back: the signal again, or abort()");
    verdicts_advise(ret, "crumple doctor --pid of a process without crumple names the signals");
}

void program_judge_symbols(const struct elf_facts *elf, bool has_debug_file, const char *package,
                           struct verdicts *ret)
{
    const char *id = *elf->build_id ? elf->build_id : "none", *topic = "symbols";
    if (elf->has_symtab || has_debug_file) {
        const bool has_lines = elf->has_debug_info || has_debug_file;
        verdicts_add(ret, VERDICT_OK, topic, "all its functions have names, %s (build-id %s)",
                     has_lines ? "and lines of source" : "without lines of source", id);
    } else if (elf->has_debugdata) {
        verdicts_add(ret, VERDICT_OK, topic,
                     "its functions have names (.gnu_debugdata), without lines of source (build-id %s)", id);
    } else {
        verdicts_add(
            ret, VERDICT_NOTE, topic,
            "stripped: only exported functions (%zu) have names, all others are addresses (build-id %s)",
            elf->functions, id);
        if (package)
            verdicts_advise(ret, "install %.*s-dbgsym, here or where bundles are read",
                            (int)strcspn(package, " "), package);
        else
            verdicts_advise(
                ret,
                "keep its debug file (objcopy --only-keep-debug), for 'crumple show --debug-dir' where bundles are read");
    }
    if (!*elf->build_id) {
        verdicts_add(ret, VERDICT_NOTE, topic, "without a build-id no debug file can be found for it later");
        verdicts_advise(ret, "link with -Wl,--build-id");
    }
}

void program_judge_unwinding(const struct elf_facts *elf, struct verdicts *ret)
{
    const char *topic = "unwinding";
    if (elf->covered_percent >= COVERED_MIN) {
        verdicts_add(ret, VERDICT_OK, topic, "it has unwind tables (.eh_frame) for its code");
        return;
    }
    if (elf->covered_percent)
        verdicts_add(
            ret, VERDICT_WARN, topic,
            "its unwind tables cover %u%% of its code: through the rest stacks are walked by frame pointers and guesses",
            elf->covered_percent);
    else
        verdicts_add(
            ret, VERDICT_WARN, topic,
            "no unwind tables: stacks are walked by frame pointers and guesses, and may miss frames");
    verdicts_advise(ret, "compile with -fasynchronous-unwind-tables");
}

bool program_forbids_containment(const struct program *program, const struct elf_facts *elf,
                                 const struct libraries *libraries)
{
    return program->facts.is_go || (elf->signs & (ELF_PYTHON | ELF_RUBY)) ||
           libraries_find(libraries, "libpython") || libraries_find(libraries, "libruby");
}
