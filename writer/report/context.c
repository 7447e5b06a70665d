/* SPDX-License-Identifier: MIT */
#include "report/context.h"

void context_json(const struct crash *crash, struct buffer *out)
{
    (void)crash;
    (void)out;
}

void context_thread_json(const struct crash *crash, size_t index, struct buffer *out)
{
    (void)crash;
    (void)index;
    (void)out;
}

void context_long_json(const struct crash *crash, struct buffer *out)
{
    (void)crash;
    (void)out;
}

void context_text(const struct crash *crash, struct buffer *out)
{
    (void)crash;
    (void)out;
}

void context_long_text(const struct crash *crash, struct buffer *out)
{
    (void)crash;
    (void)out;
}
