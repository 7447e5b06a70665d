/* SPDX-License-Identifier: MIT */
/* Parsing of the CRUMPLE_ variables; see start/config.h and include/crumple_options.h. Ordinary code of the
 * constructor. */
#include "start/config.h"

#include <string.h>

#include "state/config.h"
#include "start/config_recover.h"
#include "start/config_values.h"
#include "crumple_options.h"
#include "crumple_run_options.h"
#include "proc/proc.h"
#include "out/stderr.h"
#include "base/sys.h"
#include "base/text.h"

enum kind { SWITCH, PATH, TIME, SIZE, GLOB, CHOICE, SIGNALS, RULES, BREAKER, BACKOFF, KEEP };

struct option {
    const char *name;
    enum kind kind;
    size_t offset, bytes;
    const char *fallback; /* the default; for CHOICE all words */
    uint64_t min, max;
};

#define OPTION_ROW(variable, member, kind, fallback, min, max, help)                                         \
    {#variable, kind, offsetof(struct crumple_config, member), sizeof crumple_config->member, fallback,      \
     min,       max},
static const struct option options[] = {CRUMPLE_OPTIONS(OPTION_ROW)};
#define OPTION_COUNT (sizeof options / sizeof *options)

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
static void warn(const struct crumple_config *config, const char *name, const char *value,
                 const char *problem, const char *consequence)
{
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
    safe_text_add(&t, problem);
    safe_text_add(&t, "; ");
    safe_text_add(&t, consequence);
    safe_text_add(&t, "\n");
    if (!config_is_inherited())
        safe_stderr_text(config, safe_getpid(), &t);
}

const char *config_getenv(char *const *envp, const char *name)
{
    size_t n = strlen(name);
    for (; envp && *envp; envp++)
        if (strncmp(*envp, name, n) == 0 && (*envp)[n] == '=')
            return *envp + n + 1;
    return NULL;
}

static const char *store_text(const struct option *o, char *member, const char *value)
{
    if (o->kind == PATH && value[0] && value[0] != '/')
        return "not an absolute path";
    if (strlen(value) >= o->bytes)
        return "too long";
    strcpy(member, value);
    return NULL;
}

/* Stores a value. Returns NULL, or in words what is wrong with it; the words last until the next call. */
static const char *store(const struct option *o, struct crumple_config *config, const char *value)
{
    char *member = (char *)config + o->offset;
    uint64_t number = 0;
    int choice;
    switch (o->kind) {
    case SIGNALS:
        config->signals_in_threads = strcmp(value, "thread") == 0;
        return config_signals(value, &config->signals) ? NULL : "not a list of signals such as pipe,term";
    case RULES:
        return config_parse_rules(config, value);
    case BREAKER:
        return config_parse_breaker(config, value);
    case BACKOFF:
        return config_parse_backoff(config, value);
    case KEEP:
        return config_parse_keep(config, value);
    case SWITCH:
        if (strcmp(value, "0") != 0 && strcmp(value, "1") != 0)
            return "neither 0 nor 1";
        *(bool *)member = value[0] == '1';
        return NULL;
    case PATH:
    case GLOB:
        return store_text(o, member, value);
    case CHOICE:
        choice = config_choice(value, o->fallback);
        if (choice < 0)
            return "not one of the allowed words";
        *(int *)member = choice;
        return NULL;
    case TIME:
        if (!config_time(value, &number))
            return "not a time such as 10s, 500ms or 2m";
        break;
    case SIZE:
        if (!config_size(value, &number))
            return "not a size such as 4096, 64K or 1M";
        break;
    }
    if (number < o->min || number > o->max)
        return "out of range";
    *(uint64_t *)member = number;
    return NULL;
}

static void store_default(const struct option *o, struct crumple_config *config)
{
    if (o->kind == CHOICE)
        *(int *)((char *)config + o->offset) = 0;
    else
        (void)store(o, config, o->fallback);
}

static void warn_unknown(const struct crumple_config *config, char *const *envp)
{
    for (; envp && *envp; envp++) {
        char name[64];
        size_t n = strcspn(*envp, "=");
        bool is_of_run = strncmp(*envp, CRUMPLE_RUN_PREFIX, sizeof CRUMPLE_RUN_PREFIX - 1) == 0;
        if (strncmp(*envp, "CRUMPLE_", 8) != 0 || is_of_run || n >= sizeof name)
            continue;
        memcpy(name, *envp, n);
        name[n] = '\0';
        size_t i = 0;
        for (; i < OPTION_COUNT && strcmp(options[i].name, name) != 0; i++)
            ;
        if (i == OPTION_COUNT)
            warn(config, name, NULL, "no such variable", "ignored");
    }
}

void config_parse(struct crumple_config *config, char *const *envp)
{
    const char *self = config_getenv(envp, "CRUMPLE");
    for (size_t i = 0; i < OPTION_COUNT; i++)
        store_default(&options[i], config);
    /* Switched off means silent, too. */
    if (self && strcmp(self, "0") == 0) {
        config->enabled = false;
        return;
    }
    for (size_t i = 0; i < OPTION_COUNT; i++) {
        const char *value = config_getenv(envp, options[i].name);
        const char *problem = value && *value ? store(&options[i], config, value) : NULL;
        if (problem) {
            warn(config, options[i].name, value, problem,
                 options[i].kind == RULES ? "nothing is contained" : "using the default");
            store_default(&options[i], config);
        }
    }
    warn_unknown(config, envp);
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

void config_redact_environ(struct crumple_config *config, char *const *envp)
{
    struct safe_text t = safe_text_on(config->environ_text, sizeof config->environ_text);
    for (; envp && *envp && !t.truncated; envp++) {
        size_t n = strcspn(*envp, "=");
        safe_text_add_n(&t, *envp, n);
        if (is_shown(*envp, n))
            safe_text_add(&t, *envp + n);
        else if ((*envp)[n])
            safe_text_add(&t, "=[redacted]");
        safe_text_add_n(&t, "", 1);
    }
    config->environ_bytes = (uint32_t)t.used;
}
