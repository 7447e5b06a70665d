#!/bin/sh
# SPDX-License-Identifier: MIT
# systemd_root.sh DIR CRUMPLE: systemd as PID 1 with an overlay of this machine's root, which goes with it. To be started by
# 'unshare --pid --fork --mount --cgroup --propagation private'. DIR: an empty folder. CRUMPLE: a folder that is /opt/crumple there.
# No unit of the machine is started.
set -e
mount -t tmpfs tmpfs "$1"
mkdir "$1/upper" "$1/work" "$1/root"
mount -t overlay overlay -o "lowerdir=/,upperdir=$1/upper,workdir=$1/work" "$1/root"
cd "$1/root"
mkdir -p opt/crumple old var/crash
cp -a "$2/." opt/crumple/
rm -rf var/crash/crumple etc/systemd/system/*.wants etc/systemd/system/default.target
printf '[Unit]\nDescription=nothing more\n' >etc/systemd/system/try.target
mount -t proc proc proc
mount --rbind /dev dev
mount -t tmpfs tmpfs run
mount -t tmpfs tmpfs tmp
mount -t sysfs sysfs sys
if [ -e /sys/fs/cgroup/cgroup.controllers ]; then
    mount -t cgroup2 cgroup2 sys/fs/cgroup
else
    mount -t tmpfs tmpfs sys/fs/cgroup
    mkdir sys/fs/cgroup/systemd
    mount -t cgroup -o none,name=systemd cgroup sys/fs/cgroup/systemd
fi
# Not chroot: a process in one may make no user namespace (PrivateUsers=).
pivot_root . old
umount -l /old
exec env -i container=crumple-test PATH=/usr/sbin:/usr/bin:/sbin:/bin /lib/systemd/systemd --system --unit=try.target \
    --log-target=journal --show-status=0
