/* SPDX-License-Identifier: MIT */
/* Lines of the info note: the messages that libraries keep of their own ends, for those who look at the core. */
#ifndef CRUMPLE_PRELOAD_CAPTURE_MESSAGES_H
#define CRUMPLE_PRELOAD_CAPTURE_MESSAGES_H

#include "base/text.h"

/** 'abort_msg=', of glibc's abort, assert and checks, or of musl's assert, and 'glib_msg=', of GLib's failed assertions;
 * what is not set has no line. In the helper. */
void safe_messages_add(struct safe_text *info);

#endif
