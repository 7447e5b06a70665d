/* SPDX-License-Identifier: MIT */
#include "context/host.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysinfo.h>
#include <unistd.h>

#include "date.h"

#define FILE_MAX (256 << 10)
#define ID_HEX   64 /* digits of a container's id */

/* --- files of this machine ------------------------------------------------------------------------------- */

/* At most FILE_MAX bytes; the caller frees them. Empty where the file cannot be read. */
static struct core_span read_file(const char *path)
{
    struct core_span text = {(const uint8_t *)"", 0};
    struct stat status;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (fd < 0)
        return text;
    char *bytes = fstat(fd, &status) == 0 && S_ISREG(status.st_mode) ? malloc(FILE_MAX) : NULL;
    size_t size = 0;
    for (ssize_t got; bytes && size < FILE_MAX; size += (size_t)got) {
        got = read(fd, bytes + size, FILE_MAX - size);
        if (got <= 0)
            break;
    }
    (void)close(fd);
    if (size)
        return (struct core_span){(const uint8_t *)bytes, size};
    free(bytes);
    return text;
}

static void release(struct core_span text)
{
    if (text.size)
        free((void *)(uintptr_t)text.bytes);
}

/* Runs take on the content of the file, if there is any. */
static void with_file(const char *path, struct host_words *host,
                      void (*take)(struct core_span, struct host_words *))
{
    const struct core_span text = read_file(path);
    if (text.size)
        take(text, host);
    release(text);
}

/* --- lines ----------------------------------------------------------------------------------------------- */

/* Calls take for each line, or each text that ends with 'mark', until it returns true. */
static bool each(struct core_span text, char mark, bool (*take)(const char *, size_t, void *), void *context)
{
    const char *at = (const char *)text.bytes, *end = at + text.size;
    for (const char *next; at < end; at = next + 1) {
        next = memchr(at, mark, (size_t)(end - at));
        next = next ? next : end;
        if (take(at, (size_t)(next - at), context))
            return true;
    }
    return false;
}

static void copy(char *to, size_t size, const char *from, size_t n)
{
    n = n < size ? n : size - 1;
    memcpy(to, from, n);
    to[n] = '\0';
}

static bool take_os(const char *line, size_t n, void *context)
{
    static const char key[] = "PRETTY_NAME=";
    struct host_words *host = context;
    if (n < sizeof key || memcmp(line, key, sizeof key - 1) != 0)
        return false;
    line += sizeof key - 1;
    n -= sizeof key - 1;
    if (n >= 2 && (*line == '"' || *line == '\'') && line[n - 1] == *line) {
        line++;
        n -= 2;
    }
    copy(host->os, sizeof host->os, line, n);
    return true;
}

void host_take_os(struct core_span text, struct host_words *host)
{
    (void)each(text, '\n', take_os, host);
}

struct user_query {
    int64_t uid;
    struct host_words *host;
};

/* NAME:PASSWORD:UID:... */
static bool take_user(const char *line, size_t n, void *context)
{
    const struct user_query *query = context;
    const char *name_end = memchr(line, ':', n);
    const char *word = name_end ? memchr(name_end + 1, ':', (size_t)(line + n - name_end - 1)) : NULL;
    char number[24], wanted[24];
    if (!word)
        return false;
    const char *word_end = memchr(word + 1, ':', (size_t)(line + n - word - 1));
    if (!word_end)
        return false;
    copy(number, sizeof number, word + 1, (size_t)(word_end - word - 1));
    snprintf(wanted, sizeof wanted, "%lld", (long long)query->uid);
    if (strcmp(number, wanted) != 0)
        return false;
    copy(query->host->user, sizeof query->host->user, line, (size_t)(name_end - line));
    return true;
}

void host_take_user(struct core_span text, int64_t uid, struct host_words *host)
{
    struct user_query query = {uid, host};
    (void)each(text, '\n', take_user, &query);
}

/* --- the environment ------------------------------------------------------------------------------------- */

static bool take_variable(const char *line, size_t n, void *context)
{
    struct host_words *host = context;
    const struct {
        const char *name;
        char *to;
        size_t size;
    } rows[] = {
        {"POD_NAMESPACE=", host->space, sizeof host->space}, {"POD_NAME=", host->pod, sizeof host->pod},
        {"POD_IP=", host->pod_ip, sizeof host->pod_ip},      {"NODE_NAME=", host->node, sizeof host->node},
        {"container=", host->runtime, sizeof host->runtime}, /* https://systemd.io/CONTAINER_INTERFACE */
    };
    static const char service[] = "KUBERNETES_SERVICE_HOST=";
    static const char redacted[] = "[redacted]";
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const size_t k = strlen(rows[i].name);
        const bool is_hidden =
            n >= k && n - k == sizeof redacted - 1 && memcmp(line + k, redacted, n - k) == 0;
        if (n > k && memcmp(line, rows[i].name, k) == 0 && !is_hidden)
            copy(rows[i].to, rows[i].size, line + k, n - k);
    }
    host->is_kubernetes |= n > sizeof service - 1 && memcmp(line, service, sizeof service - 1) == 0;
    return false;
}

void host_take_environment(struct core_span text, struct host_words *host)
{
    (void)each(text, '\0', take_variable, host);
}

/* --- the container --------------------------------------------------------------------------------------- */

static bool is_hex(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
}

/* The last run of exactly 64 hexadecimal digits; NULL: there is none. */
static const char *find_id(const char *line, size_t n)
{
    const char *found = NULL;
    for (size_t i = 0, run = 0; i <= n; i++) {
        if (i < n && is_hex(line[i])) {
            run++;
            continue;
        }
        if (run == ID_HEX)
            found = line + i - ID_HEX;
        run = 0;
    }
    return found;
}

/* By what stands before the id, or anywhere in the path. */
static const char *runtime_of(const char *line, size_t n)
{
    static const char *const rows[][2] = {{"docker", "docker"},
                                          {"libpod", "podman"},
                                          {"crio", "cri-o"},
                                          {"cri-containerd", "containerd"},
                                          {"containerd", "containerd"},
                                          {"overlay-containers", "podman"},
                                          {"/lxc", "lxc"},
                                          {"buildkit", "buildkit"}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if (memmem(line, n, rows[i][0], strlen(rows[i][0])))
            return rows[i][1];
    return NULL;
}

static bool take_container(const char *line, size_t n, void *context)
{
    struct host_words *host = context;
    const char *id = find_id(line, n), *runtime = runtime_of(line, n);
    host->is_kubernetes |= memmem(line, n, "kubepods", 8) != NULL;
    if (!id)
        return false;
    copy(host->container, sizeof host->container, id, ID_HEX);
    if (runtime)
        snprintf(host->runtime, sizeof host->runtime, "%s", runtime);
    return true;
}

/* Only of the files that a runtime mounts over the container's own: an image's layers have ids, too. */
static bool take_mount(const char *line, size_t n, void *context)
{
    static const char *const files[] = {" /etc/hostname ", " /etc/hosts ", " /etc/resolv.conf "};
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++)
        if (memmem(line, n, files[i], strlen(files[i])) && take_container(line, n, context))
            return true;
    return false;
}

void host_find_container(struct core_span cgroup, struct core_span mounts, struct host_words *host)
{
    if (!each(cgroup, '\n', take_container, host))
        (void)each(mounts, '\n', take_mount, host);
}

/* --- all of it ------------------------------------------------------------------------------------------- */

static void take_namespace(struct core_span text, struct host_words *host)
{
    host->is_kubernetes = true;
    if (!host->space[0])
        copy(host->space, sizeof host->space, (const char *)text.bytes, text.size);
    host->space[strcspn(host->space, "\n")] = '\0';
}

static void take_boot(struct core_span text, struct host_words *host)
{
    if (!host->boot_id[0])
        copy(host->boot_id, sizeof host->boot_id, (const char *)text.bytes, text.size);
    host->boot_id[strcspn(host->boot_id, "\n")] = '\0';
}

static void take_kernel(struct core_span text, struct host_words *host)
{
    if (!host->kernel[0])
        copy(host->kernel, sizeof host->kernel, (const char *)text.bytes, text.size);
    host->kernel[strcspn(host->kernel, "\n")] = '\0';
}

static void look_beside(struct crash *crash)
{
    struct host_words *host = &crash->host;
    struct sysinfo info;
    struct stat marker;
    struct core_span users = read_file("/etc/passwd"), mounts = read_file("/proc/self/mountinfo");
    with_file("/etc/os-release", host, host_take_os);
    if (!host->os[0])
        with_file("/usr/lib/os-release", host, host_take_os);
    with_file("/proc/sys/kernel/random/boot_id", host, take_boot);
    with_file("/proc/sys/kernel/osrelease", host, take_kernel);
    with_file("/var/run/secrets/kubernetes.io/serviceaccount/namespace", host, take_namespace);
    host_take_user(users, crash->notes.uid, host);
    host_find_container(crash->notes.cgroup, mounts, host);
    release(users);
    release(mounts);
    if (!host->runtime[0] && stat("/.dockerenv", &marker) == 0)
        snprintf(host->runtime, sizeof host->runtime, "docker");
    if (!host->runtime[0] && stat("/run/.containerenv", &marker) == 0)
        snprintf(host->runtime, sizeof host->runtime, "podman");
    host->cpus = sysconf(_SC_NPROCESSORS_ONLN);
    if (sysinfo(&info) == 0)
        host->memory = (int64_t)(info.totalram * info.mem_unit);
}

void host_gather(struct crash *crash)
{
    const struct notes *notes = &crash->notes;
    struct host_words *host = &crash->host;
    const struct core_span nothing = {(const uint8_t *)"", 0};
    host->cpus = host->memory = VITALS_UNKNOWN;
    host_take_environment(notes->environ, host);
    if (crash->is_beside)
        look_beside(crash);
    else
        host_find_container(notes->cgroup, nothing, host);
    if (notes_is_died(notes) && notes->end.uptime_ms)
        host->uptime_ms = (int64_t)notes->end.uptime_ms;
    if (host->uptime_ms >= 0 && notes->time_ns / 1000000 >= (uint64_t)host->uptime_ms)
        date_format(notes->time_ns / 1000 - (uint64_t)host->uptime_ms * 1000, host->started);
}
