/* SPDX-License-Identifier: MIT */
/* A server's output as a guard sees it, in pieces: what is found in it of logged errors, of faults in C, and of its last lines; what
 * is held back of a dump. */
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>

#include "cgo/frame.h"
#include "cgo/lines.h"
#include "ends/last_logged.h"
#include "fuzz.h"
#include "watch/dump_filter.h"
#include "log_key.h"
#include "watch/logged.h"

static int ends[2] = {-1, -1};

/* What was sent is put together as the teller does it. */
static void receive(void)
{
    static struct logged_message message;
    static char scratch[LOGGED_BYTES];
    static size_t size;
    static bool is_open;
    for (ssize_t got; (got = recv(ends[0], &message, sizeof message, MSG_DONTWAIT)) > 0;) {
        struct log_line line;
        if (got < (ssize_t)sizeof message.head || (!message.head.is_first && !is_open))
            abort();
        const size_t bytes = (size_t)got - sizeof message.head;
        size = (message.head.is_first ? 0 : size) + bytes;
        is_open = !message.head.is_last;
        if (size > LOGGED_BYTES)
            abort();
        log_line_read(message.bytes, bytes, scratch, &line);
        (void)log_key(&line);
    }
}

/* Pieces make no difference. As a stack, the bytes hold registers or not. */
static void look_for_faults(const uint8_t *bytes, size_t size, size_t step)
{
    struct cgo_lines whole = {0}, pieces = {0};
    struct cgo_fault of_whole = {0}, of_pieces = {0};
    struct user_regs_struct registers;
    uint64_t pc = 0;
    (void)cgo_lines_feed(&whole, (const char *)bytes, size, &of_whole);
    for (size_t at = 0; at < size; at += step)
        (void)cgo_lines_feed(&pieces, (const char *)bytes + at, size - at < step ? size - at : step,
                             &of_pieces);
    if (of_whole.pc != of_pieces.pc || of_whole.is_call != of_pieces.is_call)
        abort();
    memcpy(&pc, bytes, size < sizeof pc ? size : sizeof pc);
    for (uint64_t address = 0; address < 2; address++) {
        (void)cgo_frame_of_handler(bytes, size, address, pc, &registers);
        (void)cgo_frame_of_call(bytes, size, address, pc, &registers);
    }
}

/* What is held back passes in order if the process lives on. */
struct stream {
    const char *bytes;
    size_t passed;
};

static void compare(void *context, const char *bytes, size_t size)
{
    struct stream *stream = context;
    if (memcmp(stream->bytes + stream->passed, bytes, size) != 0)
        abort();
    stream->passed += size;
}

static void hold_back(const uint8_t *bytes, size_t size, size_t step)
{
    static struct dump_filter filter;
    struct stream stream = {(const char *)bytes, 0};
    const struct dump_sink sink = {compare, &stream};
    int64_t now_ms = 0;
    memset(&filter, 0, offsetof(struct dump_filter, others));
    filter.holds_back = true;
    for (size_t at = 0; at < size; at += step, now_ms += bytes[at - step] % 128)
        dump_filter_feed(&filter, (const char *)bytes + at, size - at < step ? size - at : step, now_ms,
                         &sink);
    dump_filter_end(&filter, false, now_ms, &sink);
    if (stream.passed != size)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    static char last[LAST_LOGGED_BYTES];
    const size_t step = size ? bytes[0] % 64 + 1 : 1;
    if (ends[0] < 0 && logged_open(ends) < 0)
        abort();
    logged_begin(ends[1], 1);
    for (size_t at = 1; at < size; at += step) {
        logged_feed((const char *)bytes + at, size - at < step ? size - at : step);
        receive();
    }
    look_for_faults(bytes, size, step);
    hold_back(bytes, size, step);
    /* The next input is a stream of its own: whatever this one left is ended. */
    logged_feed("\n\n\n\n\n\n\n\n\n\n", 10);
    receive();
    const struct end_text output[2] = {{(const char *)bytes, size / 2},
                                       {(const char *)bytes + size / 2, size - size / 2}};
    if (last_logged_find(output, last) > sizeof last)
        abort();
    return 0;
}
