/* SPDX-License-Identifier: MIT */
#include "ends/record.h"

#include <string.h>

void record_facts(const struct life_record *record, char *words[RECORD_WORDS_MAX + 1], struct end_facts *ret)
{
    size_t count = 0;
    for (size_t at = 0; at < record->argv_bytes && count < RECORD_WORDS_MAX;) {
        words[count++] = (char *)record->argv + at;
        at += strlen(record->argv + at) + 1;
    }
    words[count] = NULL;
    *ret = (struct end_facts){
        .argv = words,
        .exe = record->exe,
        .pid = record->pid,
        .self = record->run,
        .start_ns = record->start_ns,
        .end_ns = record->renewed_ns,
        .is_found = true,
        .is_together = true,
        .has_memory = record->has_memory,
        .before = record->before,
        .after = record->after,
    };
    for (int i = 0; i < 2; i++)
        ret->output[i] = (struct end_text){record->output[i], record->output_bytes[i]};
}

void record_tell(void *run_id, const struct life_record *record)
{
    char *words[RECORD_WORDS_MAX + 1];
    struct end_facts facts;
    record_facts(record, words, &facts);
    facts.run_id = run_id;
    (void)end_tell(&facts);
}
