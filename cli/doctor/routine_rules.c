/* SPDX-License-Identifier: MIT */
#include "doctor/routine_rules.h"

#include <stdio.h>
#include <string.h>

#define TOPIC "routines"

static const char *action_of(const struct safe_rule *rule)
{
    switch (rule->action) {
    case SAFE_ACTION_CONTAIN:
        return rule->wide ? "contain:wide" : "contain";
    case SAFE_ACTION_RESTART:
        return rule->after == SAFE_AFTER_PARK ? "restart:park" : "restart";
    default:
        return "crash";
    }
}

static void say_no_policy(const struct crumple_settings *settings, struct verdicts *ret)
{
    bool is_default = settings->rule_count == 1 && strcmp(settings->rules[0].pattern, "*") == 0;
    verdicts_add(ret, VERDICT_OK, TOPIC,
                 is_default ? "no CRUMPLE_RECOVER: a fault in any thread ends the process"
                            : "CRUMPLE_RECOVER says crash for every thread: a fault ends the process");
}

/* A rule that none of the program's functions falls under. */
static void say_no_match(const struct safe_rule *rule, const struct elf_facts *elf, struct verdicts *ret)
{
    const char *pattern = rule->pattern, *action = action_of(rule);
    if (pattern[strspn(pattern, "*?")] == '\0') {
        verdicts_add(ret, VERDICT_OK, TOPIC, "%s=%s: every other thread", pattern, action);
    } else if (strstr(pattern, "+0x")) {
        verdicts_add(ret, VERDICT_NOTE, TOPIC,
                     "%s=%s: a place in a file; whether a thread starts there, only a run tells", pattern,
                     action);
        verdicts_advise(ret, "crumple drill");
    } else if (!elf->has_symtab) {
        verdicts_add(
            ret, VERDICT_NOTE, TOPIC,
            "%s=%s: no exported function matches, and the file is stripped: only a thread's name, or a library's function, can",
            pattern, action);
        verdicts_advise(
            ret,
            "name the thread, or the routine as MODULE+0xOFFSET (threads[].routine in report.json of any bundle)");
    } else {
        verdicts_add(
            ret, VERDICT_WARN, TOPIC,
            "%s=%s: no function of the program matches; a thread's name, or a library's function, may",
            pattern, action);
        verdicts_advise(ret,
                        "compare with threads[].routine in report.json of any bundle, or try crumple drill");
    }
}

static void say_match(const struct safe_rule *rule, const struct elf_match *match, struct verdicts *ret)
{
    size_t shown = match->count < ELF_EXAMPLES ? match->count : ELF_EXAMPLES;
    char list[ELF_EXAMPLES * (ELF_NAME_BYTES + 2) + 8] = "";
    for (size_t i = 0, used = 0; i < shown; i++)
        used += (size_t)snprintf(list + used, sizeof list - used, "%s%s", i ? ", " : "", match->examples[i]);
    verdicts_add(ret, VERDICT_OK, TOPIC, "%s=%s: %zu function%s: %s%s", rule->pattern, action_of(rule),
                 match->count, match->count == 1 ? " matches" : "s match", list,
                 match->count > shown ? ", ..." : "");
}

void routine_judge_program(const struct crumple_settings *settings, const struct elf_facts *elf,
                           bool is_forbidden, struct verdicts *ret)
{
    if (!settings->recover) {
        say_no_policy(settings, ret);
        return;
    }
    if (is_forbidden) {
        verdicts_add(
            ret, VERDICT_WARN, TOPIC,
            "CRUMPLE_RECOVER is set, but in a process that runs Go, Python or Ruby no thread is contained");
        verdicts_advise(ret, "unset CRUMPLE_RECOVER");
        return;
    }
    for (uint32_t i = 0; i < settings->rule_count; i++)
        if (elf->matches[i].count && settings->rules[i].pattern[strspn(settings->rules[i].pattern, "*?")])
            say_match(&settings->rules[i], &elf->matches[i], ret);
        else
            say_no_match(&settings->rules[i], elf, ret);
    if (!(elf->signs & ELF_MAKES_THREADS))
        verdicts_add(ret, VERDICT_NOTE, TOPIC,
                     "the program itself makes no threads; only those that libraries make can be contained");
    verdicts_add(ret, VERDICT_NOTE, TOPIC,
                 "which of these functions threads start in, and what a fault there does, only a run tells");
    verdicts_advise(ret, "crumple drill");
}

static void say_thread(const struct crumple_settings *settings, const struct process_name *name,
                       struct verdicts *ret)
{
    bool is_named;
    const char *s = name->count == 1 ? "" : "s";
    const struct safe_rule *rule =
        rules_match(settings->rules, settings->rule_count, NULL, name->name, &is_named);
    if (!rule)
        verdicts_add(
            ret, VERDICT_NOTE, TOPIC,
            "%zu thread%s '%s': no rule matches the name; one may match the start routine, otherwise a fault ends the process",
            name->count, s, name->name);
    else
        verdicts_add(ret, VERDICT_NOTE, TOPIC, "%zu thread%s '%s': %s, by %s%s", name->count, s, name->name,
                     action_of(rule), rule->pattern,
                     rule == settings->rules ? "" : ", unless an earlier rule matches the start routine");
}

void routine_judge_threads(const struct crumple_settings *settings, const struct process_facts *process,
                           struct verdicts *ret)
{
    if (!settings->recover) {
        say_no_policy(settings, ret);
        return;
    }
    verdicts_add(ret, VERDICT_NOTE, TOPIC, "the first thread%s%s%s: never contained",
                 *process->main_name ? " '" : "", process->main_name, *process->main_name ? "'" : "");
    for (size_t i = 0; i < process->name_count; i++)
        say_thread(settings, &process->names[i], ret);
    verdicts_add(
        ret, VERDICT_NOTE, TOPIC,
        "which routine a thread started in, and whether the facts then allow its end, only a fault tells");
    verdicts_advise(ret, "crumple drill");
}
