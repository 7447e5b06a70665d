/* SPDX-License-Identifier: MIT */
/* The verbs of crumple: each is defined in the file of its name. */
#ifndef CRUMPLE_CLI_VERBS_VERBS_H
#define CRUMPLE_CLI_VERBS_VERBS_H

#include "screen/verb.h"

extern const struct verb verbs_list_verb, verbs_show_verb, verbs_group_verb, verbs_collect_verb,
    verbs_dump_verb, verbs_metrics_verb, verbs_doctor_verb, verbs_install_verb, verbs_scrub_verb,
    verbs_summary_verb, verbs_extract_verb, verbs_export_verb, verbs_prune_verb;

/* All, those that are other programs too. The first is the default; NULL ends it. */
extern const struct verb *const verbs_all[];

#endif
