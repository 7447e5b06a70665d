/* SPDX-License-Identifier: MIT */
/* Lines of the info note about the address of a page fault: what was tried there, and of which file the page is. */
#ifndef CRUMPLE_PRELOAD_CAPTURE_FAULT_NOTES_H
#define CRUMPLE_PRELOAD_CAPTURE_FAULT_NOTES_H

#include "base/text.h"
#include "stopped/origin.h"
#include "proc/maps.h"

/** 'access=read|write|execute', if the kernel tells. */
void safe_fault_notes_access(struct safe_text *info, const struct safe_origin *origin);

/**
 * For SIGBUS of a mapped file: 'file_offset', of the address, 'file_bytes', the size of the file now, 'file_free', the
 * bytes that its file system has for this user, and 'file_system', its type (statfs(2)). Nothing if the file that is
 * mapped cannot be reached. In the helper; may wait for a file system.
 */
void safe_fault_notes_file(struct safe_text *info, const struct safe_origin *origin,
                           const struct safe_maps *maps);

#endif
