/* SPDX-License-Identifier: MIT */
/* Parsing of the CRUMPLE_ variables; see start/config.h and include/crumple_options.h. Ordinary code of the
 * constructor. */
#include "start/config.h"

#include <string.h>

#include "crumple_format.h"
#include "state/config.h"
#include "proc/proc.h"
#include "out/stderr.h"
#include "base/sys.h"
#include "base/text.h"
#include "tag_list.h"

#define TAGS_VARIABLE "CRUMPLE_TAGS"

bool config_is_inherited(void)
{
    static char parent[16384]; /* untouched, and so free of cost, unless there is something to say */
    static int known;          /* 0 not yet, 1 no, 2 yes */
    char path[64];
    if (known)
        return known == 2;
    known = 1;
    long n = safe_proc_read(safe_proc_path(path, (int)safe_call(SYS_getppid), "environ"), parent,
                            sizeof parent - 1);
    for (long i = 0; i < n && known == 1; i += (long)strlen(parent + i) + 1)
        if (strncmp(parent + i, "LD_PRELOAD=", 11) == 0 && strstr(parent + i, "libcrumple"))
            known = 2;
    return known == 2;
}

/* One line, one write: lines of several processes must not mix. Anything from outside is cleaned. */
static void warn(void *context, const char *name, const char *value, const char *problem,
                 const char *consequence)
{
    const struct crumple_config *config = context;
    char buffer[640];
    struct safe_text t = safe_text_on(buffer, sizeof buffer);
    safe_text_add(&t, "crumple: ");
    safe_text_add_clean(&t, name, strnlen(name, 64));
    if (value) {
        safe_text_add(&t, "='");
        safe_text_add_clean(&t, value, strnlen(value, 200));
        safe_text_add(&t, "'");
    }
    safe_text_add(&t, ": ");
    safe_text_add_clean(&t, problem, strlen(problem));
    safe_text_add(&t, "; ");
    safe_text_add(&t, consequence);
    safe_text_add(&t, "\n");
    if (!config_is_inherited())
        safe_stderr_text(config, safe_getpid(), &t);
}

void config_parse(struct crumple_config *config, char *const *envp)
{
    settings_parse((struct crumple_settings *)config, envp, warn, config);
}

/* Variables whose values help and hold no secrets. A name that ends in '*' is a prefix. */
static const char *const shown[] = {"PATH",
                                    "PWD",
                                    "HOME",
                                    "USER",
                                    "LOGNAME",
                                    "SHELL",
                                    "LANG",
                                    "LC_*",
                                    "TZ",
                                    "TERM",
                                    "TMPDIR",
                                    "HOSTNAME",
                                    "KUBERNETES_SERVICE_HOST",
                                    "POD_NAME",
                                    "POD_NAMESPACE",
                                    "POD_IP",
                                    "NODE_NAME",
                                    "container",
                                    "LD_*",
                                    "MALLOC_*",
                                    "GLIBC_TUNABLES",
                                    "CRUMPLE",
                                    "CRUMPLE_*",
                                    "INVOCATION_ID",
                                    "GODEBUG",
                                    "GOTRACEBACK",
                                    "GOMAXPROCS",
                                    "OMP_NUM_THREADS",
                                    "PYTHONFAULTHANDLER"};

static bool is_shown(const char *name, size_t n)
{
    for (size_t i = 0; i < sizeof shown / sizeof *shown; i++) {
        size_t k = strlen(shown[i]);
        if (shown[i][k - 1] == '*' ? (n >= k - 1 && memcmp(name, shown[i], k - 1) == 0)
                                   : (n == k && memcmp(name, shown[i], n) == 0))
            return true;
    }
    return false;
}

/* CRUMPLE_TAGS without the values that are secrets. */
static void add_tags(struct safe_text *t, const char *list)
{
    const char *separator = "=";
    struct tag_entry e;
    while (tag_list_next(&list, &e)) {
        safe_text_add(t, separator);
        safe_text_add_n(t, e.name, e.name_size);
        safe_text_add(t, "=");
        if (e.is_secret)
            safe_text_add(t, CRUMPLE_SECRET);
        else
            safe_text_add_n(t, e.value, e.value_size);
        separator = ",";
    }
}

void config_redact_environ(struct crumple_config *config, char *const *envp)
{
    struct safe_text t = safe_text_on(config->environ_text, sizeof config->environ_text);
    for (; envp && *envp && !t.truncated; envp++) {
        size_t n = strcspn(*envp, "=");
        safe_text_add_n(&t, *envp, n);
        if (n == sizeof TAGS_VARIABLE - 1 && memcmp(*envp, TAGS_VARIABLE, n) == 0)
            add_tags(&t, *envp + n + ((*envp)[n] == '='));
        else if (is_shown(*envp, n))
            safe_text_add(&t, *envp + n);
        else if ((*envp)[n])
            safe_text_add(&t, "=[redacted]");
        safe_text_add_n(&t, "", 1);
    }
    config->environ_bytes = (uint32_t)t.used;
}
