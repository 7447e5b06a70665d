/* SPDX-License-Identifier: MIT */
/* Messages on stderr: see screen/say.h. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "screen/out.h"
#include "screen/say.h"
#include "base/text.h"

void say(const char *format, ...)
{
    char *message = NULL;
    va_list args;

    va_start(args, format);
    if (vasprintf(&message, format, args) < 0)
        message = NULL;
    va_end(args);
    out_flush(); /* keep the order of results and messages where both go to the same place */
    fputs("crumple: ", stderr);
    text_put(stderr, message ? message : "out of memory");
    fputc('\n', stderr);
    free(message);
}
