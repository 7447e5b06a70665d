/* SPDX-License-Identifier: MIT */
/* Parsing report.json within limits: see read/report.h. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "read/report.h"
#include "read/report_check.h"

/* Parsing a report allocates 5 to 6 bytes for each byte of text; a text made to exhaust memory
 * ("[0,0,0,...") 20 and more. So it gets this much for each byte, some to begin with, and never more than the
 * longest report that a writer makes needs. */
#define MEMORY_PER_BYTE 8
#define MEMORY_BASE     ((size_t)16 << 20)
#define MEMORY_MAX      ((size_t)1536 << 20)

/* How much parsing may still allocate; lifted when nothing is being parsed. */
static size_t memory_left = SIZE_MAX;
static bool starved;

static void *limited_malloc(size_t size)
{
    if (size > memory_left) {
        starved = true;
        return NULL;
    }
    if (memory_left != SIZE_MAX)
        memory_left -= size; /* never given back: short-lived pieces are few */
    return malloc(size);
}

static int parse(const char *text, size_t len, json_t **ret_report, char *ret_reason)
{
    const size_t wanted = len * MEMORY_PER_BYTE + MEMORY_BASE,
                 most = wanted < MEMORY_MAX ? wanted : MEMORY_MAX;
    json_error_t why;

    json_set_alloc_funcs(limited_malloc, free);
    memory_left = most;
    starved = false;
    json_t *report = json_loadb(text, len, 0, &why);
    memory_left = SIZE_MAX;
    if (!report) {
        if (starved)
            snprintf(ret_reason, REPORT_REASON_BYTES,
                     "report.json: it needs too much memory: more than %zu MiB for %zu KiB of text",
                     most >> 20, len >> 10);
        else
            snprintf(ret_reason, REPORT_REASON_BYTES, "report.json: %s", why.text);
        return -EBADMSG;
    }
    snprintf(ret_reason, REPORT_REASON_BYTES, "report.json: ");
    int error =
        report_check(report, ret_reason + strlen(ret_reason), REPORT_REASON_BYTES - strlen(ret_reason));
    if (error < 0) {
        json_decref(report);
        return error;
    }
    *ret_report = report;
    return 0;
}

int report_parse(const char *text, size_t len, json_t **ret_report,
                 char ret_reason[static REPORT_REASON_BYTES])
{
    return parse(text, len, ret_report, ret_reason);
}

/* The end of the string that begins at text[at] == '"': the index behind its closing quote, or len. */
static size_t skip_string(const char *text, size_t len, size_t at)
{
    for (at++; at < len && text[at] != '"'; at++)
        if (text[at] == '\\')
            at++;
    return at < len ? at + 1 : len;
}

/* Where the comma before the outermost object's member "threads" stands, or 0. */
static size_t find_threads(const char *text, size_t len)
{
    static const char name[] = "\"threads\"";
    size_t depth = 0, comma = 0, at = 0;

    while (at < len) {
        if (text[at] == '"') {
            if (depth == 1 && comma && len - at > strlen(name) &&
                memcmp(text + at, name, strlen(name)) == 0 && text[at + strlen(name)] == ':')
                return comma;
            at = skip_string(text, len, at);
            continue;
        }
        if (text[at] == '{' || text[at] == '[')
            depth++;
        else if ((text[at] == '}' || text[at] == ']') && depth > 0)
            depth--;
        else if (text[at] == ',' && depth == 1)
            comma = at;
        at++;
    }
    return 0;
}

int report_parse_head(const char *text, size_t len, json_t **ret_report,
                      char ret_reason[static REPORT_REASON_BYTES])
{
    size_t cut = find_threads(text, len);

    if (cut == 0)
        return -ENODATA;
    char *head = malloc(cut + 1);
    if (!head)
        return -ENOMEM;
    memcpy(head, text, cut);
    head[cut] = '}';
    int error = parse(head, cut + 1, ret_report, ret_reason);
    free(head);
    return error;
}

const char *report_string(const json_t *object, const char *member)
{
    return json_string_value(json_object_get(object, member));
}

int64_t report_number(const json_t *object, const char *member, int64_t otherwise)
{
    const json_t *value = json_object_get(object, member);

    return json_is_integer(value) ? (int64_t)json_integer_value(value) : otherwise;
}

bool report_is_true(const json_t *object, const char *member)
{
    return json_is_true(json_object_get(object, member));
}

int report_address(const json_t *object, const char *member, uint64_t *ret_address)
{
    const char *text = report_string(object, member);
    char *end;
    unsigned long long value;

    if (!text || strncmp(text, "0x", 2) != 0 ||
        strspn(text + 2, "0123456789abcdefABCDEF") != strlen(text + 2) || text[2] == '\0')
        return -ENODATA;
    errno = 0;
    value = strtoull(text, &end, 16);
    if (errno != 0 || *end)
        return -ENODATA;
    *ret_address = value;
    return 0;
}
