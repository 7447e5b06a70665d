/* SPDX-License-Identifier: MIT */
/* The notes of vitals and descriptors, and the files of a machine that tell where a process ran. */
#include "context/cgroup.h"
#include "context/descriptors.h"
#include "context/host.h"
#include "context/vitals.h"
#include "report/vitals_report.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    const struct core_span text = {bytes, size};
    struct notes_thread thread = {0};
    struct crash crash = {0};
    struct buffer out = {0};
    crash.notes = (struct notes){.has_info = true,
                                 .event = "crash",
                                 .hostname = "host",
                                 .time_ns = UINT64_C(1796002418014317006),
                                 .vitals = text,
                                 .status = text,
                                 .limits = text,
                                 .cgroup = text,
                                 .environ = text,
                                 .threads = &thread};
    if (descriptors_read(text, &crash.descriptors) < 0)
        abort();
    vitals_gather(&crash);
    host_gather(&crash);
    host_take_os(text, &crash.host);
    host_take_user(text, 33, &crash.host);
    host_find_container(text, text, &crash.host);
    vitals_json(&crash, &out);
    place_json(&crash, &out);
    vitals_text(&crash, &out);
    (void)descriptors_find(&crash, 7);
    buffer_release(&out);
    free(crash.descriptors.text);
    free(crash.descriptors.items);
    free(crash.vitals.text);
    return 0;
}
