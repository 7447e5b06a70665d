/* SPDX-License-Identifier: MIT */
/* The environment of a process, as the constructor parses it: variables with a semicolon between them. */
#include <string.h>

#include "fuzz.h"
#include "out/stderr.h"
#include "proc/proc.h"
#include "start/config.h"

#define VARIABLES_MAX 32

/* In place of the one that writes: most inputs are wrong, and say so. */
void safe_stderr_text(const struct crumple_config *config, int pid, const struct safe_text *text)
{
    (void)config, (void)pid, (void)text;
}

/* And in place of those that look into the environment of the parent: there is none. */
char *safe_proc_path(char path[64], int pid, const char *rest)
{
    (void)pid, (void)rest;
    return path;
}

long safe_proc_read(const char *path, void *buffer, size_t size)
{
    (void)path, (void)buffer, (void)size;
    return -1;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    static struct crumple_config config;
    char *envp[VARIABLES_MAX + 1], *text = strndup((const char *)bytes, size), *rest = text;
    size_t count = 0;
    for (char *one; count < VARIABLES_MAX && (one = strsep(&rest, ";"));)
        envp[count++] = strdup(one); /* the sanitizer watches each one's end */
    envp[count] = NULL;
    memset(&config, 0, sizeof config);
    config_parse(&config, envp);
    config_redact_environ(&config, envp);
    if (config.rule_count > SAFE_RULES_MAX || config.environ_bytes > sizeof config.environ_text ||
        !memchr(config.keep_text, '\0', sizeof config.keep_text))
        abort();
    while (count)
        free(envp[--count]);
    free(text);
    return 0;
}
