/* SPDX-License-Identifier: MIT */
/* What people read of a place: found once, because threads share places, and a name takes long to make readable. */
#ifndef CRUMPLE_WRITER_WALK_PLACE_WORDS_H
#define CRUMPLE_WRITER_WALK_PLACE_WORDS_H

#include "walk/places.h"

/** Sets kind, name and short_name of all places, whose functions are known. Returns 0 or -ENOMEM. */
int place_words_set(struct places *places);

#endif
