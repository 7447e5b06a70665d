#!/bin/sh
# SPDX-License-Identifier: MIT
# container_root.sh ROOT UID VOLUME:PLACE[:ro]... -- COMMAND...: as a container runtime starts it: a read-only root with
# volumes (files or folders), its own PID 1, network and /proc, another user. UID 0: the root may be written to. LOOPBACK=1:
# its network has 127.0.0.1 (SIOCSIFFLAGS, IFF_UP).
set -e
[ "$CONTAINER" ] || exec env CONTAINER=1 unshare --pid --fork --mount --net --propagation private --kill-child "$0" "$@"
unset CONTAINER
root=$1 user=$2
shift 2
mount --bind "$root" "$root"
mkdir -p "$root/proc" "$root/dev"
mount -t proc proc "$root/proc"
[ "$user" = 0 ] || mount -o remount,bind,ro "$root"
while [ "$1" != -- ]; do
    place=${1#*:}
    mount --bind "${1%%:*}" "$root${place%:ro}"
    [ "$place" = "${place%:ro}" ] || mount -o remount,bind,ro "$root${place%:ro}"
    shift
done
shift
mount --bind /dev/null "$root/dev/null"
[ -z "$LOOPBACK" ] || python3 -c 'import fcntl, socket, struct
fcntl.ioctl(socket.socket(), 0x8914, struct.pack("16sH22x", b"lo", 1))'
exec env -i PATH=/usr/local/bin:/usr/bin:/bin HOSTNAME=pod ${GOMAXPROCS:+GOMAXPROCS="$GOMAXPROCS"} /usr/sbin/chroot --userspec="$user:$user" "$root" "$@"
