/* SPDX-License-Identifier: MIT */
/* The table of crumple's verbs: main runs them, and man pages and completions are made of it. */
#include "verbs/verbs.h"

static const struct verb drill_verb = {
    .name = "drill",
    .summary = "inject one fault per run into a server and report the outcomes",
    .program = "crumple-drill",
};

static const struct verb run_verb = {
    .name = "run",
    .summary = "start a server with libcrumple.so preloaded, and see how it ends",
    .program = "crumple-run",
};

const struct verb *const verbs_all[] = {
    &verbs_summary_verb, &verbs_list_verb,   &verbs_show_verb,    &verbs_group_verb,
    &verbs_extract_verb, &verbs_export_verb, &verbs_prune_verb,   &verbs_scrub_verb,
    &verbs_collect_verb, &verbs_dump_verb,   &verbs_metrics_verb, &run_verb,
    &verbs_doctor_verb,  &drill_verb,        &verbs_install_verb, NULL,
};
