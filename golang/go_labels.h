/* SPDX-License-Identifier: MIT */
/*
 * The pprof labels of a goroutine, as its head in a traceback has them (GODEBUG=tracebacklabels=1, Go 1.26; from 1.27 on without
 * being asked): 'goroutine 7 [running] {match: "4f2c", "user id": "a\nb"}:', with 'labels:' before the brace or not. A text is bare or
 * quoted, as printquoted() of runtime/print.go does it.
 */
#ifndef CRUMPLE_GOLANG_GO_LABELS_H
#define CRUMPLE_GOLANG_GO_LABELS_H

#include <stdbool.h>
#include <stddef.h>

#define GO_LABEL_KEY_BYTES   64
#define GO_LABEL_VALUE_BYTES 256

/* Cut where it is longer, not in the middle of a character. Any bytes but NUL. */
struct go_label {
    char key[GO_LABEL_KEY_BYTES], value[GO_LABEL_VALUE_BYTES];
};

/* What is left of the labels. */
struct go_labels {
    const char *at, *end;
};

/** text: as go_line_goroutine() gives it; NULL: none. */
struct go_labels go_labels_begin(const char *text, size_t size);

/** The next label. False: there is none, or what follows is damaged. */
bool go_labels_next(struct go_labels *labels, struct go_label *ret);

#endif
