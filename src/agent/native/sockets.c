// SPDX-License-Identifier: MIT
/* Sockets: all of them are non-blocking. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_packet.h>
#include <linux/netlink.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <sys/un.h>

#include "native.h"

/* Largest datagram or netlink part taken in one call; netlink dumps use at most 32 KiB parts. */
#define RECV_MAX (256 * 1024)

union address {
  struct sockaddr any;
  struct sockaddr_un un;
  struct sockaddr_in in4;
  struct sockaddr_in6 in6;
  struct sockaddr_nl nl;
  struct sockaddr_ll ll;
};

/*
 * { path } | { address, port } | { groups } | { interface, protocol }: a Unix, an internet, a netlink or a packet address.
 * Returns its length, 0 on exception.
 */
static socklen_t read_address(JSContext *ctx, JSValueConst object, union address *out)
{
  const char *text;
  int found, number;

  memset(out, 0, sizeof(*out));
  found = string_property(ctx, object, "path", &text);
  if (found < 0)
    return 0;
  if (found) {
    size_t length = strlen(text);

    if (length == 0 || length >= sizeof(out->un.sun_path)) {
      JS_FreeCString(ctx, text);
      throw_errno(ctx, "address", ENAMETOOLONG);
      return 0;
    }
    out->un.sun_family = AF_UNIX;
    memcpy(out->un.sun_path, text, length + 1);
    JS_FreeCString(ctx, text);
    return (socklen_t)(offsetof(struct sockaddr_un, sun_path) + length + 1);
  }
  found = string_property(ctx, object, "address", &text);
  if (found < 0)
    return 0;
  if (found) {
    socklen_t length = 0;

    if (int_property(ctx, object, "port", 0, &number)) {
      JS_FreeCString(ctx, text);
      return 0;
    }
    if (inet_pton(AF_INET, text, &out->in4.sin_addr) == 1) {
      out->in4.sin_family = AF_INET;
      out->in4.sin_port = htons((uint16_t)number);
      length = sizeof(out->in4);
    } else if (inet_pton(AF_INET6, text, &out->in6.sin6_addr) == 1) {
      out->in6.sin6_family = AF_INET6;
      out->in6.sin6_port = htons((uint16_t)number);
      length = sizeof(out->in6);
    }
    JS_FreeCString(ctx, text);
    if (!length)
      throw_errno(ctx, "address", EINVAL);
    return length;
  }
  if (int_property(ctx, object, "interface", 0, &number))
    return 0;
  if (number > 0) {
    out->ll.sll_ifindex = number;
    if (int_property(ctx, object, "protocol", 0, &number))
      return 0;
    out->ll.sll_family = AF_PACKET;
    out->ll.sll_protocol = htons((uint16_t)number);
    return sizeof(out->ll);
  }
  if (int_property(ctx, object, "groups", 0, &number))
    return 0;
  out->nl.nl_family = AF_NETLINK;
  out->nl.nl_groups = (uint32_t)number;
  return sizeof(out->nl);
}

static JSValue native_socket(JSContext *ctx, JSValueConst this_value, int argc, JSValueConst *argv)
{
  int domain, type, protocol, fd;

  (void)this_value;
  (void)argc;
  if (JS_ToInt32(ctx, &domain, argv[0]) || JS_ToInt32(ctx, &type, argv[1]) || JS_ToInt32(ctx, &protocol, argv[2]))
    return JS_EXCEPTION;
  fd = socket(domain, type | SOCK_CLOEXEC | SOCK_NONBLOCK, protocol);
  return fd < 0 ? throw_last(ctx, "socket") : JS_NewInt32(ctx, fd);
}

static JSValue native_bind(JSContext *ctx, JSValueConst this_value, int argc, JSValueConst *argv)
{
  union address address;
  socklen_t length;
  int fd;

  (void)this_value;
  (void)argc;
  if (read_fd(ctx, argv[0], &fd) || !(length = read_address(ctx, argv[1], &address)))
    return JS_EXCEPTION;
  return done_or_throw(ctx, "bind", bind(fd, &address.any, length));
}

static JSValue native_connect(JSContext *ctx, JSValueConst this_value, int argc, JSValueConst *argv)
{
  union address address;
  socklen_t length;
  int fd;

  (void)this_value;
  (void)argc;
  if (read_fd(ctx, argv[0], &fd) || !(length = read_address(ctx, argv[1], &address)))
    return JS_EXCEPTION;
  if (connect(fd, &address.any, length) == 0)
    return JS_TRUE;
  return errno == EINPROGRESS ? JS_FALSE : throw_last(ctx, "connect");
}

static JSValue native_listen(JSContext *ctx, JSValueConst this_value, int argc, JSValueConst *argv)
{
  int fd, backlog;

  (void)this_value;
  (void)argc;
  if (read_fd(ctx, argv[0], &fd) || JS_ToInt32(ctx, &backlog, argv[1]))
    return JS_EXCEPTION;
  return done_or_throw(ctx, "listen", listen(fd, backlog));
}

static JSValue native_accept(JSContext *ctx, JSValueConst this_value, int argc, JSValueConst *argv)
{
  int fd, accepted;

  (void)this_value;
  (void)argc;
  if (read_fd(ctx, argv[0], &fd))
    return JS_EXCEPTION;
  accepted = accept4(fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
  if (accepted >= 0)
    return JS_NewInt32(ctx, accepted);
  if (errno == EAGAIN || errno == EINTR || errno == ECONNABORTED)
    return JS_NULL;
  return throw_last(ctx, "accept");
}

static JSValue address_text(JSContext *ctx, const union address *from)
{
  char text[INET6_ADDRSTRLEN];

  if (from->any.sa_family == AF_INET && inet_ntop(AF_INET, &from->in4.sin_addr, text, sizeof(text)))
    return JS_NewString(ctx, text);
  if (from->any.sa_family == AF_INET6 && inet_ntop(AF_INET6, &from->in6.sin6_addr, text, sizeof(text)))
    return JS_NewString(ctx, text);
  return JS_NewString(ctx, "");
}

/* peerAddress(fd): of a connected socket; empty: it is no internet address, or the peer is gone. */
static JSValue native_peer_address(JSContext *ctx, JSValueConst this_value, int argc, JSValueConst *argv)
{
  union address peer;
  socklen_t length = sizeof(peer);
  int fd;

  (void)this_value;
  (void)argc;
  if (read_fd(ctx, argv[0], &fd))
    return JS_EXCEPTION;
  memset(&peer, 0, sizeof(peer));
  if (getpeername(fd, &peer.any, &length) < 0 && errno != ENOTCONN)
    return throw_last(ctx, "getpeername");
  return address_text(ctx, &peer);
}

/* send(fd, bytes[, address]): number of bytes taken, or null when the descriptor would block. */
static JSValue native_send(JSContext *ctx, JSValueConst this_value, int argc, JSValueConst *argv)
{
  union address address;
  socklen_t length = 0;
  const uint8_t *data;
  size_t size;
  ssize_t sent;
  int fd;

  (void)this_value;
  if (read_fd(ctx, argv[0], &fd))
    return JS_EXCEPTION;
  if (argc > 2 && !JS_IsUndefined(argv[2]) && !(length = read_address(ctx, argv[2], &address)))
    return JS_EXCEPTION;
  data = bytes_of(ctx, argv[1], &size);
  if (!data)
    return JS_EXCEPTION;
  sent = sendto(fd, data, size, MSG_NOSIGNAL | MSG_DONTWAIT, length ? &address.any : NULL, length);
  if (sent >= 0)
    return JS_NewInt64(ctx, sent);
  if (errno == EAGAIN || errno == EINTR)
    return JS_NULL;
  return throw_last(ctx, "send");
}

/* The VLAN of a frame, which the kernel has taken out of it (PACKET_AUXDATA); 0: none. */
static uint32_t vlan_of(struct msghdr *message)
{
  struct tpacket_auxdata aux;

  for (struct cmsghdr *part = CMSG_FIRSTHDR(message); part; part = CMSG_NXTHDR(message, part)) {
    if (part->cmsg_level != SOL_PACKET || part->cmsg_type != PACKET_AUXDATA || part->cmsg_len < CMSG_LEN(sizeof(aux)))
      continue;
    memcpy(&aux, CMSG_DATA(part), sizeof(aux));
    return aux.tp_status & TP_STATUS_VLAN_VALID ? aux.tp_vlan_tci & 0xfff : 0;
  }
  return 0;
}

/*
 * recv(fd, most): { data, address, port, vlan } or null when nothing waits. A stream's end is empty data.
 * For netlink, `port` is the sender's port id: 0 is the kernel.
 */
static JSValue native_recv(JSContext *ctx, JSValueConst this_value, int argc, JSValueConst *argv)
{
  union address from;
  struct iovec part;
  union {
    struct cmsghdr aligned;
    char bytes[CMSG_SPACE(sizeof(struct tpacket_auxdata))];
  } control;
  struct msghdr message = {.msg_name = &from, .msg_namelen = sizeof(from), .msg_iov = &part, .msg_iovlen = 1,
                           .msg_control = &control, .msg_controllen = sizeof(control)};
  uint32_t most, port = 0;
  uint8_t *data;
  ssize_t got;
  JSValue result, bytes;
  int fd, saved;

  (void)this_value;
  (void)argc;
  if (read_fd(ctx, argv[0], &fd) || JS_ToUint32(ctx, &most, argv[1]))
    return JS_EXCEPTION;
  if (most == 0 || most > RECV_MAX)
    return JS_ThrowRangeError(ctx, "recv: size %u is not in 1..%d", most, RECV_MAX);
  memset(&from, 0, sizeof(from));
  data = js_malloc(ctx, most);
  if (!data)
    return JS_EXCEPTION;
  part.iov_base = data;
  part.iov_len = most;
  got = recvmsg(fd, &message, MSG_DONTWAIT);
  if (got < 0) {
    saved = errno;
    js_free(ctx, data);
    return saved == EAGAIN || saved == EINTR ? JS_NULL : throw_errno(ctx, "recv", saved);
  }
  bytes = new_bytes(ctx, data, (size_t)got);
  js_free(ctx, data);
  if (JS_IsException(bytes))
    return JS_EXCEPTION;
  if (from.any.sa_family == AF_NETLINK)
    port = from.nl.nl_pid;
  else if (from.any.sa_family == AF_INET)
    port = ntohs(from.in4.sin_port);
  else if (from.any.sa_family == AF_INET6)
    port = ntohs(from.in6.sin6_port);
  result = JS_NewObject(ctx);
  if (JS_IsException(result)) {
    JS_FreeValue(ctx, bytes);
    return JS_EXCEPTION;
  }
  JS_DefinePropertyValueStr(ctx, result, "data", bytes, JS_PROP_C_W_E);
  JS_DefinePropertyValueStr(ctx, result, "address", address_text(ctx, &from), JS_PROP_C_W_E);
  JS_DefinePropertyValueStr(ctx, result, "port", JS_NewInt64(ctx, port), JS_PROP_C_W_E);
  JS_DefinePropertyValueStr(ctx, result, "vlan", JS_NewInt64(ctx, vlan_of(&message)), JS_PROP_C_W_E);
  JS_DefinePropertyValueStr(ctx, result, "truncated", JS_NewBool(ctx, (message.msg_flags & MSG_TRUNC) != 0),
                            JS_PROP_C_W_E);
  return result;
}

/* setsockopt(fd, level, name, number | bytes) */
static JSValue native_setsockopt(JSContext *ctx, JSValueConst this_value, int argc, JSValueConst *argv)
{
  int fd, level, name, number;

  (void)this_value;
  (void)argc;
  if (read_fd(ctx, argv[0], &fd) || JS_ToInt32(ctx, &level, argv[1]) || JS_ToInt32(ctx, &name, argv[2]))
    return JS_EXCEPTION;
  if (JS_IsNumber(argv[3])) {
    if (JS_ToInt32(ctx, &number, argv[3]))
      return JS_EXCEPTION;
    return done_or_throw(ctx, "setsockopt", setsockopt(fd, level, name, &number, sizeof(number)));
  } else {
    size_t length;
    const uint8_t *data = bytes_of(ctx, argv[3], &length);

    if (!data)
      return JS_EXCEPTION;
    return done_or_throw(ctx, "setsockopt", setsockopt(fd, level, name, data, (socklen_t)length));
  }
}

/* waitReadable(fd, ms): true when readable in time. */
static JSValue native_wait_readable(JSContext *ctx, JSValueConst this_value, int argc, JSValueConst *argv)
{
  struct pollfd item = {.events = POLLIN};
  int timeout, result;

  (void)this_value;
  (void)argc;
  if (read_fd(ctx, argv[0], &item.fd) || JS_ToInt32(ctx, &timeout, argv[1]))
    return JS_EXCEPTION;
  result = poll(&item, 1, timeout);
  if (result < 0 && errno != EINTR)
    return throw_last(ctx, "poll");
  return JS_NewBool(ctx, result > 0);
}

static const JSCFunctionListEntry verbs[] = {
  JS_CFUNC_DEF("socket", 3, native_socket),
  JS_CFUNC_DEF("bind", 2, native_bind),
  JS_CFUNC_DEF("connect", 2, native_connect),
  JS_CFUNC_DEF("listen", 2, native_listen),
  JS_CFUNC_DEF("accept", 1, native_accept),
  JS_CFUNC_DEF("peerAddress", 1, native_peer_address),
  JS_CFUNC_DEF("send", 3, native_send),
  JS_CFUNC_DEF("recv", 2, native_recv),
  JS_CFUNC_DEF("setsockopt", 4, native_setsockopt),
  JS_CFUNC_DEF("waitReadable", 2, native_wait_readable),
};

const struct verb_list socket_verbs = {verbs, countof(verbs)};
