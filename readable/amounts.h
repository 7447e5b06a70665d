/* SPDX-License-Identifier: MIT */
/* Bytes and times for people. */
#ifndef CRUMPLE_READABLE_AMOUNTS_H
#define CRUMPLE_READABLE_AMOUNTS_H

#include <stdint.h>

#define AMOUNT_BYTES 40

/** "512 bytes", "256 MiB", "1.5 GiB": one digit behind the point where the number is not whole. */
void amount_bytes(uint64_t bytes, char ret_text[AMOUNT_BYTES]);

/** "350 ms", "12 s", "4 min 10 s", "3 h 12 min", "5 d 2 h". */
void amount_time(uint64_t ms, char ret_text[AMOUNT_BYTES]);

#endif
