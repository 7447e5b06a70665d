/* SPDX-License-Identifier: MIT */
#include "core/module_files.h"

#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

static const char *root; /* written at the start, by module_files_below() */

void module_files_below(const char *wanted)
{
    root = wanted;
}

static const uint8_t *map_descriptor(int fd, size_t *ret_size, uint64_t *ret_inode)
{
    struct stat status;
    /* Private and writable: see open_debug() in walk/inlines.c. */
    if (fstat(fd, &status) < 0 || !S_ISREG(status.st_mode) || status.st_size <= 0)
        return NULL;
    void *bytes = mmap(NULL, (size_t)status.st_size, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0);
    if (bytes == MAP_FAILED)
        return NULL;
    *ret_size = (size_t)status.st_size;
    *ret_inode = status.st_ino;
    return bytes;
}

/* The path comes from the core: opening a device or a FIFO would have effects. */
static const uint8_t *map_path(const char *path, size_t *ret_size, uint64_t *ret_inode)
{
    struct stat status;
    if (path[0] != '/' || stat(path, &status) < 0 || !S_ISREG(status.st_mode))
        return NULL;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (fd < 0)
        return NULL;
    const uint8_t *bytes = map_descriptor(fd, ret_size, ret_inode);
    (void)close(fd);
    return bytes;
}

const uint8_t *module_map_file(const char *path, size_t *ret_size)
{
    uint64_t inode;
    return map_path(path, ret_size, &inode);
}

static const uint8_t *map_below(const char *path, size_t *ret_size, uint64_t *ret_inode)
{
    char below[PATH_MAX];
    if (!root || snprintf(below, sizeof below, "%s%s", root, path) >= (int)sizeof below)
        return NULL;
    return map_path(below, ret_size, ret_inode);
}

const uint8_t *module_map_below(const char *path, size_t *ret_size)
{
    uint64_t inode;
    const uint8_t *image = map_below(path, ret_size, &inode);
    return image ? image : map_path(path, ret_size, &inode);
}

/* Without a build-id equal headers may be those of another build: the inode decides, where it is known. The device
 * does not, of overlay files it differs between stat and maps. */
static bool is_same(const struct module *module, const uint8_t *image, size_t size, uint64_t inode,
                    uint64_t mapped)
{
    struct elf_view file;
    return elf_view_read_image(image, size, &file) == 0 && elf_view_is_same(&module->view, &file) &&
           (module->view.build_id_size || !mapped || mapped == inode);
}

/* The kernel's own way to a mapped file (proc(5)): the executable for everybody, the others with CAP_SYS_ADMIN, or
 * CAP_CHECKPOINT_RESTORE since Linux 5.9. */
static const uint8_t *map_running(const struct module *module, bool is_executable,
                                  const struct live_process *live, size_t *ret_size)
{
    char path[80];
    uint64_t inode;
    const struct maps_range *range = maps_find(live->maps, module->base);
    if (is_executable)
        return map_descriptor(live->exe_fd, ret_size, &inode);
    if (!range)
        return NULL;
    snprintf(path, sizeof path, "/proc/%" PRId64 "/map_files/%" PRIx64 "-%" PRIx64, live->pid, range->start,
             range->end);
    return map_path(path, ret_size, &inode);
}

static bool take(struct module *module, const uint8_t *image, size_t size, uint64_t inode, uint64_t mapped)
{
    if (!image)
        return false;
    if (!is_same(module, image, size, inode, mapped)) {
        munmap((void *)(uintptr_t)image, size);
        return false;
    }
    module->image = image;
    module->image_size = size;
    return module->is_mapped = true;
}

void module_open_file(struct module *module, bool is_executable, const struct live_process *live)
{
    const bool is_live = live->exe_fd >= 0;
    const struct maps_range *range = is_live ? maps_find(live->maps, module->base) : NULL;
    size_t size = 0;
    uint64_t inode = 0;
    const uint8_t *image = map_below(module->path, &size, &inode);
    if (take(module, image, size, inode, 0)) {
        module->file = MODULE_FILE_OK;
        return;
    }
    image = map_path(module->path, &size, &inode);
    module->file = image ? MODULE_FILE_CHANGED : MODULE_FILE_MISSING;
    if (take(module, image, size, inode, range ? range->inode : 0)) {
        module->file = MODULE_FILE_OK;
    } else if (is_live) {
        image = map_running(module, is_executable, live, &size);
        (void)take(module, image, size, 0, 0);
    }
}
