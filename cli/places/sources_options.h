/* SPDX-License-Identifier: MIT */
/* The options that say where the files of modules are, the same for each verb that shows source lines: one place for
 * parsing, help and man pages. */
#ifndef CRUMPLE_CLI_PLACES_SOURCES_OPTIONS_H
#define CRUMPLE_CLI_PLACES_SOURCES_OPTIONS_H

#include <stddef.h>

#include "lookup/sources.h"
#include "screen/options.h"

#define SOURCES_EXE_HELP                                                                                     \
    "Take this file for the executable, if it is the one that crashed; with --gdb in any case."
#define SOURCES_DEBUG_DIR_HELP                                                                               \
    "Look for debug files, and for unstripped programs, in DIR: DIR/.build-id, DIR/PATH.debug, DIR/NAME. "   \
    "May be given several times."
#define SOURCES_SYSROOT_HELP                                                                                 \
    "Look for programs and libraries below DIR first: the root of the machine that crashed, of its image, or of a process in its container (/proc/PID/root)."
#define SOURCES_DEBUGINFOD_HELP                                                                              \
    "Ask the servers of $DEBUGINFOD_URLS for debug files that this machine lacks, for at most 90 s."

#define SOURCES_TEXT_HELP                                                                                                                     \
    "Show the text of the source, by files below DIR: DIR/build/game/src/a.c, DIR/game/src/a.c, ... DIR/a.c for a path /build/game/src/a.c. " \
    "May be given several times. No source file elsewhere is opened."

#define SOURCES_ROW(type, member, name, argument, help, read)                                                \
    {                                                                                                        \
        0, name, argument, help, read, offsetof(type, member)                                                \
    }

/* Those of them that are about no program in particular. */
#define SOURCES_PLACES(type, sources)                                                                        \
    SOURCES_ROW(type, sources.debug_dirs, "debug-dir", "DIR", SOURCES_DEBUG_DIR_HELP, sources_read_dir),     \
        SOURCES_ROW(type, sources.sysroot, "sysroot", "DIR", SOURCES_SYSROOT_HELP, sources_read_root),       \
        SOURCES_ROW(type, sources.source_dirs, "source-dir", "DIR", SOURCES_TEXT_HELP, sources_read_dir)

/* Rows of a verb's table of options. type: of its settings; sources: the struct sources in them. */
#define SOURCES_OPTIONS(type, sources)                                                                       \
    SOURCES_ROW(type, sources.exe, "exe", "FILE", SOURCES_EXE_HELP, options_read_string),                    \
        SOURCES_PLACES(type, sources),                                                                       \
        SOURCES_ROW(type, sources.debuginfod, "debuginfod", NULL, SOURCES_DEBUGINFOD_HELP,                   \
                    options_read_flag)

#endif
