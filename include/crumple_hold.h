/* SPDX-License-Identifier: MIT */
/*
 * What a server's shim and its hold helper say to crumple-run, which keeps listening sockets from a server's death until its next life
 * has them again (docs/survive.md). Over a socket of type SOCK_SEQPACKET in the abstract namespace: one request is one message, and
 * so is its answer; descriptors travel by SCM_RIGHTS. Whoever asks is told by SO_PEERCRED: crumple-run answers its own descendants
 * only. Both ends come from one build; a request of another version is refused with -EPROTO.
 */
#ifndef CRUMPLE_HOLD_H
#define CRUMPLE_HOLD_H

#include <stdint.h>
#include <sys/socket.h>

/* 'PID FLAGS NAME': of the crumple-run that is to be asked; what the letters below say; the socket's name, without the byte 0 before
 * it. crumple-run sets it for the server alone, with --restart. */
#define CRUMPLE_RUN_HOLD_VARIABLE "CRUMPLE_RUN_HOLD"

#define CRUMPLE_HOLD_FLAG_HOLD  'h' /* the server's own process makes a hold helper */
#define CRUMPLE_HOLD_FLAG_TAKE  't' /* this life may find its sockets held: bind and unlink ask */
#define CRUMPLE_HOLD_FLAG_PEERS 'p' /* strikes of peers live in crumple-run */

#define CRUMPLE_HOLD_HELPER_NAME  "crumple-hold" /* of its process (PR_SET_NAME) */
#define CRUMPLE_HOLD_VERSION      1
#define CRUMPLE_HOLD_DESCRIPTORS  253  /* of one message: SCM_MAX_FD of the kernel's net/scm.h */
#define CRUMPLE_HOLD_ANSWER_MS    2000 /* for so long whoever asks waits for the answer */
#define CRUMPLE_HOLD_DEVICE_BYTES 16   /* IFNAMSIZ */

enum crumple_hold_kind {
    /* By the shim, before the server's main: 'helper' is the pid of its hold helper, 0: it has none. The answer brings the memory
     * of the peers' table (one descriptor), where the flags say so. */
    CRUMPLE_HOLD_HELPER = 1,
    /* By the hold helper, after SIGUSR1 from crumple-run: the server is dead, and here are its listening stream sockets. Several
     * messages; the end of the connection ends them. Each is answered. */
    CRUMPLE_HOLD_HAND,
    /* By bind: is this address held? The answer brings the socket. -ENOENT: it is not, and nothing that is held is in the way of
     * the bind. -ENODATA, here and below: nothing is held any more until this life ends, and nobody needs to ask. */
    CRUMPLE_HOLD_TAKE,
    /* By unlink and connect: does this name (device and inode) belong to a held socket of AF_UNIX? 0: it does; -ENOENT. */
    CRUMPLE_HOLD_NAME,
    /* By bind, on the same connection: the socket has come. It is not answered. Until then crumple-run keeps a copy: a server that
     * dies with the answer on its way would have lost it. */
    CRUMPLE_HOLD_TAKEN,
};

/* What makes two sockets the same one. Bytes that say nothing are 0. */
struct crumple_hold_key {
    int32_t family, type, protocol; /* SO_DOMAIN; SO_TYPE without flags; SO_PROTOCOL */
    uint8_t only_v6, reuse_port, unused[2];
    char device[CRUMPLE_HOLD_DEVICE_BYTES]; /* SO_BINDTODEVICE */
    uint32_t address_bytes;
    struct sockaddr_storage address;
};

struct crumple_hold_request {
    uint32_t version, kind;
    int32_t helper;
    uint32_t count; /* descriptors with this message */
    uint64_t device, inode;
    struct crumple_hold_key key;
};

struct crumple_hold_answer {
    uint32_t version;
    int32_t status; /* 0, or a negative errno */
};

#endif
