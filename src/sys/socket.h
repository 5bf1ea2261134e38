/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Unix sockets: pairs, messages with a descriptor, names that may be longer than sun_path. */
#ifndef CIST_SYS_SOCKET_H
#define CIST_SYS_SOCKET_H

#include <stddef.h>
#include <sys/types.h>

/* A connected pair, close-on-exec: SOCK_SEQPACKET, or SOCK_STREAM. */
int sys_socketpair(int ret_fds[2]);
int sys_socketpair_stream(int ret_fds[2]);

/* One message, with one descriptor when fd >= 0.  EPIPE instead of SIGPIPE. */
int sys_send(int sock, const void *data, size_t n, int fd);
/* All of it to a stream, in as many calls as that takes.  EPIPE instead of SIGPIPE. */
int sys_send_all(int sock, const void *data, size_t n);
/*
 * One message.  Returns its length, 0 at end of file; *ret_fd is a received close-on-exec descriptor or -1.
 * A message that does not fit, or that carries more than one descriptor, is -EMSGSIZE.
 */
ssize_t sys_recv(int sock, void *buf, size_t n, int *ret_fd);

/* A socket of the given type that listens (stream types) or is bound (datagram) at name below dirfd. */
int sys_unix_bind(int type, int dirfd, const char *name);
/* Connects to name below dirfd; AT_FDCWD and an absolute path work as for openat(2). */
int sys_unix_connect(int type, int dirfd, const char *name);
/* To the datagram socket that NOTIFY_SOCKET names: a path, or '@' and an abstract name (sd_notify(3)). */
int sys_notify_connect(const char *path);
int sys_accept(int sock);
/* From now on a call that sends or receives ends with -EAGAIN when nothing moves for that long. */
int sys_socket_timeout(int sock, unsigned int ms);
/* 1 when there is something to read, or end of file; 0 not within timeout_ms. */
int sys_poll_in(int fd, int timeout_ms);
/* Uid of the peer of a connected socket, or a negative errno in *ret_rc form: 0 done. */
int sys_peer_uid(int sock, uid_t *ret_uid);

#endif
