/* SPDX-License-Identifier: MIT */
#include "report/json_signal.h"

#include "base/json.h"
#include "explain/exit.h"
#include "signal/fault_class.h"
#include "signal/syscall_names.h"

static void write_syscall(const siginfo_t *signal, struct buffer *out)
{
    json_number(out, "syscall", signal->si_syscall);
    json_string(out, "syscall_name", syscall_name(signal->si_arch, signal->si_syscall));
    json_number(out, "arch", signal->si_arch);
    json_string(out, "arch_name", syscall_arch_name(signal->si_arch, signal->si_syscall));
}

static void write_sender(const struct notes *notes, struct buffer *out)
{
    json_open(out, "sender", '{');
    json_number(out, "pid", notes->signal.si_pid);
    json_number(out, "uid", notes->signal.si_uid);
    json_string(out, "name", notes->sender_name);
    json_close(out, '}');
}

/* The signal that the process died of, where the program's own handler of 'signal' had not ended. */
static void write_handler_end(const struct handler_end *end, struct buffer *out)
{
    if (!end->is_there) {
        json_null(out, "handler_end");
        return;
    }
    json_open(out, "handler_end", '{');
    json_number(out, "number", end->signal.si_signo);
    json_string(out, "name", end->words.name);
    json_string(out, "code_name", end->words.code_name);
    if (end->words.has_address)
        json_hex(out, "addr", (uintptr_t)end->signal.si_addr);
    json_string(out, "cause", end->words.cause);
    json_close(out, '}');
}

void report_signal_json(const struct crash *crash, struct buffer *out)
{
    const siginfo_t *signal = &crash->notes.signal;
    const struct signal_words *words = &crash->signal;
    if (exit_is(crash) || notes_is_dump(&crash->notes)) {
        json_null(out, "signal");
        return;
    }
    json_open(out, "signal", '{');
    json_number(out, "number", signal->si_signo);
    json_string(out, "name", words->name);
    json_number(out, "code", signal->si_code);
    json_string(out, "code_name", words->code_name);
    json_string(out, "class", fault_class_name(words->class));
    if (words->has_address) {
        json_hex(out, "addr", (uintptr_t)signal->si_addr);
        json_string(out, "access", crash->notes.access);
        json_string(out, "register", words->reg_name);
    }
    if (words->file)
        json_bytes(out, "file", words->file->path, words->file->path_size);
    if (words->has_sender)
        write_sender(&crash->notes, out);
    if (signal->si_code == SI_QUEUE)
        json_number(out, "value", signal->si_int);
    if (signal->si_signo == SIGSYS && words->origin == SIGNAL_FAULT)
        write_syscall(signal, out);
    json_bool(out, "sent", words->origin == SIGNAL_SENT);
    json_bool(out, "promoted", crash->notes.is_promoted);
    write_handler_end(&crash->handler, out);
    json_string(out, "description", words->description);
    json_close(out, '}');
}
