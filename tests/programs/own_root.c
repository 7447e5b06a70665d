/* SPDX-License-Identifier: MIT */
/*
 * own_root PROGRAM ARGUMENT...: runs the program with the same files, in mounts of its own that nobody else
 * sees, where
 * '/' is a mount point. In a plain chroot it is none: mount(2) then refuses to change the propagation of '/',
 * and what a test mounts could not be kept from the rest of the machine.
 *
 * The mount that holds the root can only be reached from its own top, above the chroot: a root process gets
 * there by its working directory (chroot(2), 'does not change the current working directory'), makes all
 * mounts private, binds the old root upon itself, and makes that the root. What cannot be done is said, and
 * the program runs without.
 */
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define DEEPEST 64 /* folders above the root */

/* To the top of the file system, above the chroot: the present root is left through a folder in it. */
static int climb(const char *folder)
{
    struct stat here, above;
    int i;
    if (chroot(folder) != 0)
        return -1;
    for (i = 0; i < DEEPEST; i++) {
        if (stat(".", &here) != 0 || stat("..", &above) != 0)
            return -1;
        if (here.st_dev == above.st_dev && here.st_ino == above.st_ino)
            return 0;
        if (chdir("..") != 0)
            return -1;
    }
    return -1;
}

/* Every step is tried from where the one before has led: the working directory counts. */
static const char *take_root(void)
{
    char folder[] = "/tmp/crumple-root-XXXXXX", *name;
    int root, rc;
    if (unshare(CLONE_NEWNS) != 0)
        return "unshare";
    root = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC); /* of the new mounts */
    name = mkdtemp(folder);
    if (root < 0 || !name || fchdir(root) != 0)
        return "mkdtemp";
    rc = climb(name) == 0 && mount(NULL, ".", NULL, MS_REC | MS_PRIVATE, NULL) == 0 ? chroot(".") : -1;
    if (fchdir(root) != 0 || rmdir(folder + 1) != 0)
        return "rmdir";
    if (rc != 0)
        return "making the mounts private";
    if (mount(".", ".", NULL, MS_BIND | MS_REC, NULL) != 0)
        return "binding the root";
    /* Down and up again leads to what is mounted on top. */
    if (chdir("tmp/..") != 0)
        return "chdir";
    /* Who has left the root of the mounts by chroot may make no user namespace: it becomes that root
     * (pivot_root(2), 'pivot_root(".", ".")'). From an initramfs it cannot. */
    if (syscall(SYS_pivot_root, ".", ".") == 0)
        return umount2(".", MNT_DETACH) == 0 && chdir("/") == 0 ? NULL : "umount2";
    return chroot(".") == 0 ? NULL : "chroot";
}

int main(int argc, char **argv)
{
    char *here = getcwd(NULL, 0);
    const char *failed;
    if (argc < 2 || !here) {
        fprintf(stderr, "usage: own_root PROGRAM ARGUMENT...\n");
        return 2;
    }
    failed = take_root();
    if (failed) {
        fprintf(stderr, "own_root: %s: %m; the tests run in the root as it is\n", failed);
        if (chroot(".") != 0) /* where the working directory still is the root */
            return 1;
    }
    if (chdir(here) != 0)
        perror(here);
    execvp(argv[1], argv + 1);
    perror(argv[1]);
    return 127;
}
