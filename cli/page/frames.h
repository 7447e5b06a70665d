/* SPDX-License-Identifier: MIT */
/* The frames of a page, each once: thousands of stacks share few functions. */
#ifndef CRUMPLE_CLI_PAGE_FRAMES_H
#define CRUMPLE_CLI_PAGE_FRAMES_H

#include <jansson.h>

#include "lookup/source_text.h"
#include "page/strings.h"

struct page_frames;

/** Returns NULL where memory is short. page_frames_free takes NULL. */
struct page_frames *page_frames_new(void);
void page_frames_free(struct page_frames *frames);

#define FRAMES_MAX 500000

/** The number of a frame of a report, a reference to which is kept; of a goroutine's too. Returns -ENOMEM where memory is
 * short, -ENOSPC where there are FRAMES_MAX others. */
ssize_t page_frames_add(struct page_frames *frames, json_t *frame);

/** Asks for names and lines of all frames. Returns 0 or -ENOMEM. */
int page_frames_ask(const struct page_frames *frames, struct lookup *lookup);

/** The text around its line is wanted, if the frame is the program's own. Returns whether it is. */
bool page_frames_want_text(struct page_frames *frames, size_t number);

/**
 * Writes the texts of the frames that want one, as a JSON array of arrays [frame, place, line, first, modified, built, text, ...]. place: which function
 * of the frame, 0 for the innermost; line: the one that is meant; first: the number of the first text; modified, built: when the source, and the module's file,
 * were written, in seconds since 1970, 0 if not known; the texts are numbers of strings. Returns why some are missing, a clause for people, or NULL.
 */
const char *page_frames_write_texts(const struct page_frames *frames, const struct lookup *lookup,
                                    struct source_texts *texts, struct page_strings *strings, FILE *to);

/**
 * Writes all as a JSON array of arrays [kind, name, module, offset, place, name, place, ...], where all but the kind are
 * numbers of strings. The further pairs are the functions that were inlined, innermost first. The kind is "a" (application), "r"
 * (runtime), "c" (crumple's own) or "s" (a signal handler was called), and "?" follows it where the frame is a guess.
 */
void page_frames_write(const struct page_frames *frames, const struct lookup *lookup,
                       struct page_strings *strings, FILE *to);

#endif
