/* SPDX-License-Identifier: MIT */
/* One conversation, shown line by line: what was said, what came back, and how it ended. */
#include <stdio.h>

#include "client.h"

static int show_end(enum link_result result, int64_t since)
{
    static const char *const ends[] = {
        [LINK_EOF] = "the server has closed the connection",
        [LINK_TIMEOUT] = "no answer",
        [LINK_ERROR] = "connection lost",
    };
    printf("(%s after %.0f ms)\n", ends[result], (double)(now_ns() - since) / 1e6);
    return result == LINK_EOF ? 3 : 4;
}

int talk(const struct options *options, char **lines, size_t count)
{
    struct link link;
    char answer[ANSWER_BYTES];
    int64_t start = now_ns();
    if (link_open(&link, options) != LINK_OK) {
        printf("(connection refused)\n");
        return 5;
    }
    enum link_result result = link_receive(&link, answer, sizeof answer);
    for (size_t i = 0; result == LINK_OK && i < count; i++) {
        start = now_ns();
        printf("> %s\n", lines[i]);
        result = link_send(&link, lines[i]);
        if (result == LINK_OK)
            result = link_receive(&link, answer, sizeof answer);
        if (result == LINK_OK)
            printf("< %s\n", answer);
    }
    link_close(&link);
    return result == LINK_OK ? 0 : show_end(result, start);
}
