// SPDX-License-Identifier: MIT
/*
 * The narrow native door of the agent: sockets on non-blocking descriptors, signals and children on
 * descriptors, and the few system calls QuickJS lacks. Verbs take plain numbers, strings and bytes;
 * names and comfort are the TypeScript side's (src/agent/platform/quickjs/). The contract is
 * plait_native.d.ts. Each failure is one Error with `code` ("ENOENT"), `errno` and a text naming the call.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/blkpg.h>
#include <linux/fs.h>
#include <linux/if_packet.h>
#include <linux/netlink.h>
#include <linux/watchdog.h>
#include <net/if.h>
#include <poll.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#include "quickjs.h"

/* Largest datagram or netlink part taken in one call; netlink dumps use at most 32 KiB parts. */
#define RECV_MAX (256 * 1024)
#define ARGV_MAX 128
/* Of kernels without close_range(): descriptors are few, and nearly all close by themselves. */
#define SPAWN_FD_LIMIT 1024

#define countof(x) (sizeof(x) / sizeof((x)[0]))

union address {
  struct sockaddr any;
  struct sockaddr_un un;
  struct sockaddr_in in4;
  struct sockaddr_in6 in6;
  struct sockaddr_nl nl;
  struct sockaddr_ll ll;
};

/* The same as in errno.ts (a test compares them): whoever throws, an error has the same code. */
static const struct {
  int number;
  const char *name;
} error_names[] = {
#define E(x) {x, #x}
  E(EPERM),        E(ENOENT),      E(ESRCH),         E(EINTR),        E(EIO),           E(ENXIO),
  E(E2BIG),        E(EBADF),       E(ECHILD),        E(EAGAIN),       E(ENOMEM),        E(EACCES),
  E(EFAULT),       E(EBUSY),       E(EEXIST),        E(EXDEV),        E(ENODEV),        E(ENOTDIR),
  E(EISDIR),       E(EINVAL),      E(ENFILE),        E(EMFILE),       E(ENOTTY),        E(EFBIG),
  E(ENOSPC),       E(EROFS),       E(EPIPE),         E(ERANGE),       E(ENAMETOOLONG),  E(ENOSYS),
  E(EPROTO),       E(ENOTSOCK),    E(EDESTADDRREQ),  E(EMSGSIZE),     E(EPROTOTYPE),    E(ENOPROTOOPT),
  E(EPROTONOSUPPORT), E(EOPNOTSUPP), E(EAFNOSUPPORT), E(EADDRINUSE),  E(EADDRNOTAVAIL), E(ENETDOWN),
  E(ENETUNREACH),  E(ECONNABORTED), E(ECONNRESET),   E(ENOBUFS),      E(EISCONN),       E(ENOTCONN),
  E(ETIMEDOUT),    E(ECONNREFUSED), E(EHOSTDOWN),    E(EHOSTUNREACH), E(EALREADY),      E(EINPROGRESS),
#undef E
};

static const char *error_name(int number)
{
  for (size_t i = 0; i < countof(error_names); i++)
    if (error_names[i].number == number)
      return error_names[i].name;
  return NULL;
}

/* Throws the one error shape for a failed call; `number` is an errno value. */
static JSValue throw_errno(JSContext *ctx, const char *call, int number)
{
  char text[160], unknown[16];
  const char *code = error_name(number);
  JSValue error = JS_NewError(ctx);

  if (JS_IsException(error))
    return JS_EXCEPTION;
  snprintf(text, sizeof(text), "%s: %s", call, strerror(number));
  JS_DefinePropertyValueStr(ctx, error, "message", JS_NewString(ctx, text), JS_PROP_C_W_E);
  snprintf(unknown, sizeof(unknown), "E%d", number);
  JS_DefinePropertyValueStr(ctx, error, "code", JS_NewString(ctx, code ? code : unknown), JS_PROP_C_W_E);
  JS_DefinePropertyValueStr(ctx, error, "errno", JS_NewInt32(ctx, number), JS_PROP_C_W_E);
  return JS_Throw(ctx, error);
}

static JSValue throw_last(JSContext *ctx, const char *call)
{
  return throw_errno(ctx, call, errno);
}

static JSValue done_or_throw(JSContext *ctx, const char *call, int result)
{
  return result < 0 ? throw_last(ctx, call) : JS_UNDEFINED;
}

/* Bytes of a Uint8Array (or an ArrayBuffer); the pointer is valid until JS code runs again. */
static const uint8_t *bytes_of(JSContext *ctx, JSValueConst value, size_t *length)
{
  size_t offset, size, whole;
  uint8_t *data = JS_GetArrayBuffer(ctx, length, value);
  JSValue buffer;

  if (data)
    return data;
  JS_FreeValue(ctx, JS_GetException(ctx));
  buffer = JS_GetTypedArrayBuffer(ctx, value, &offset, &size, NULL);
  if (JS_IsException(buffer))
    return NULL;
  data = JS_GetArrayBuffer(ctx, &whole, buffer);
  JS_FreeValue(ctx, buffer);
  if (!data || offset > whole || size > whole - offset) {
    JS_ThrowRangeError(ctx, "bytes outside their buffer");
    return NULL;
  }
  *length = size;
  return data + offset;
}

static JSValue new_bytes(JSContext *ctx, const uint8_t *data, size_t length)
{
  /* The constructor reads all three (buffer, offset, length), whatever the count says. */
  JSValue args[3] = {JS_NewArrayBufferCopy(ctx, data, length), JS_UNDEFINED, JS_UNDEFINED};
  JSValue array;

  if (JS_IsException(args[0]))
    return JS_EXCEPTION;
  array = JS_NewTypedArray(ctx, 3, args, JS_TYPED_ARRAY_UINT8);
  JS_FreeValue(ctx, args[0]);
  return array;
}

/*
 * Reads one property as a C string. 1: read (free it with JS_FreeCString), 0: absent, -1: exception.
 */
static int string_property(JSContext *ctx, JSValueConst object, const char *name, const char **out)
{
  JSValue value = JS_GetPropertyStr(ctx, object, name);

  *out = NULL;
  if (JS_IsException(value))
    return -1;
  if (JS_IsUndefined(value))
    return 0;
  *out = JS_ToCString(ctx, value);
  JS_FreeValue(ctx, value);
  return *out ? 1 : -1;
}

static int int_property(JSContext *ctx, JSValueConst object, const char *name, int fallback, int *out)
{
  JSValue value = JS_GetPropertyStr(ctx, object, name);
  int result = 0;

  *out = fallback;
  if (JS_IsException(value))
    return -1;
  if (!JS_IsUndefined(value))
    result = JS_ToInt32(ctx, out, value);
  JS_FreeValue(ctx, value);
  return result;
}

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

static int read_fd(JSContext *ctx, JSValueConst value, int *fd)
{
  return JS_ToInt32(ctx, fd, value);
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

static JSValue address_text(JSContext *ctx, const union address *from)
{
  char text[INET6_ADDRSTRLEN];

  if (from->any.sa_family == AF_INET && inet_ntop(AF_INET, &from->in4.sin_addr, text, sizeof(text)))
    return JS_NewString(ctx, text);
  if (from->any.sa_family == AF_INET6 && inet_ntop(AF_INET6, &from->in6.sin6_addr, text, sizeof(text)))
    return JS_NewString(ctx, text);
  return JS_NewString(ctx, "");
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

static JSValue native_pipe(JSContext *ctx, JSValueConst this_value, int argc, JSValueConst *argv)
{
  int ends[2];
  JSValue result;

  (void)this_value;
  (void)argc;
  (void)argv;
  if (pipe2(ends, O_CLOEXEC) < 0)
    return throw_last(ctx, "pipe");
  result = JS_NewArray(ctx);
  if (JS_IsException(result)) {
    close(ends[0]);
    close(ends[1]);
    return JS_EXCEPTION;
  }
  JS_DefinePropertyValueUint32(ctx, result, 0, JS_NewInt32(ctx, ends[0]), JS_PROP_C_W_E);
  JS_DefinePropertyValueUint32(ctx, result, 1, JS_NewInt32(ctx, ends[1]), JS_PROP_C_W_E);
  return result;
}

static JSValue native_set_nonblocking(JSContext *ctx, JSValueConst this_value, int argc, JSValueConst *argv)
{
  int fd, flags;

  (void)this_value;
  (void)argc;
  if (read_fd(ctx, argv[0], &fd))
    return JS_EXCEPTION;
  flags = fcntl(fd, F_GETFL);
  if (flags < 0)
    return throw_last(ctx, "fcntl");
  return done_or_throw(ctx, "fcntl", fcntl(fd, F_SETFL, flags | O_NONBLOCK));
}

/*
 * signalFd([numbers]): the signals arrive on a descriptor from now on. QuickJS's own os.signal looks at a flag
 * before it sleeps in select(), so a signal in between waits for the next timer; a descriptor has no such gap.
 */
static JSValue native_signal_fd(JSContext *ctx, JSValueConst this_value, int argc, JSValueConst *argv)
{
  sigset_t set;
  uint32_t length = 0;
  JSValue value = JS_GetPropertyStr(ctx, argv[0], "length");
  int fd, number;

  (void)this_value;
  (void)argc;
  if (JS_ToUint32(ctx, &length, value))
    return JS_EXCEPTION;
  sigemptyset(&set);
  for (uint32_t i = 0; i < length; i++) {
    value = JS_GetPropertyUint32(ctx, argv[0], i);
    if (JS_ToInt32(ctx, &number, value)) {
      JS_FreeValue(ctx, value);
      return JS_EXCEPTION;
    }
    JS_FreeValue(ctx, value);
    if (sigaddset(&set, number) < 0)
      return throw_last(ctx, "signalfd");
  }
  if (sigprocmask(SIG_BLOCK, &set, NULL) < 0)
    return throw_last(ctx, "sigprocmask");
  fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
  return fd < 0 ? throw_last(ctx, "signalfd") : JS_NewInt32(ctx, fd);
}

static JSValue native_read_signal(JSContext *ctx, JSValueConst this_value, int argc, JSValueConst *argv)
{
  struct signalfd_siginfo info;
  ssize_t got;
  int fd;

  (void)this_value;
  (void)argc;
  if (read_fd(ctx, argv[0], &fd))
    return JS_EXCEPTION;
  got = read(fd, &info, sizeof(info));
  if (got == sizeof(info))
    return JS_NewInt32(ctx, (int)info.ssi_signo);
  if (got < 0 && errno != EAGAIN && errno != EINTR)
    return throw_last(ctx, "read");
  return JS_NULL;
}

static void free_strings(JSContext *ctx, const char **list)
{
  for (size_t i = 0; i < ARGV_MAX && list[i]; i++)
    JS_FreeCString(ctx, list[i]);
}

/* Fills `list` (ARGV_MAX + 1 entries, zeroed) from an array of strings. -1 on exception; what was read stays in the list. */
static int read_strings(JSContext *ctx, JSValueConst array, const char **list)
{
  JSValue value = JS_GetPropertyStr(ctx, array, "length");
  uint32_t length;

  if (JS_ToUint32(ctx, &length, value))
    return -1;
  if (length > ARGV_MAX) {
    throw_errno(ctx, "spawn", E2BIG);
    return -1;
  }
  for (uint32_t i = 0; i < length; i++) {
    value = JS_GetPropertyUint32(ctx, array, i);
    if (JS_IsException(value))
      return -1;
    list[i] = JS_ToCString(ctx, value);
    JS_FreeValue(ctx, value);
    if (!list[i])
      return -1;
  }
  return 0;
}

/* Closes everything above 2 but `report`. */
static void close_others(int report)
{
#ifdef SYS_close_range
  if ((report <= 3 || syscall(SYS_close_range, 3U, (unsigned int)report - 1, 0U) == 0) &&
      syscall(SYS_close_range, (unsigned int)report + 1, ~0U, 0U) == 0)
    return;
#endif
  for (int fd = 3; fd < SPAWN_FD_LIMIT; fd++)
    if (fd != report)
      close(fd);
}

/* Runs in the child between fork and exec: system calls only. `parent` is the process that forked. */
static void become_child(const char **argv, const char **env, const int stdio[3], int death_signal, int session, int report,
                         pid_t parent)
{
  sigset_t none;
  int kept[3], error;

  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, NULL);
  signal(SIGPIPE, SIG_DFL);
  if (session)
    setsid();
  if (death_signal) {
    prctl(PR_SET_PDEATHSIG, death_signal);
    /* It may have ended before. */
    if (getppid() != parent)
      _exit(127);
  }
  /* First above 2, then into place: a wanted descriptor may itself be 0, 1 or 2. */
  for (int i = 0; i < 3; i++)
    kept[i] = fcntl(stdio[i], F_DUPFD, 3);
  for (int i = 0; i < 3; i++)
    if (kept[i] < 0 || dup2(kept[i], i) < 0)
      goto fail;
  close_others(report);
  if (env)
    execvpe(argv[0], (char *const *)argv, (char *const *)env);
  else
    execvp(argv[0], (char *const *)argv);
fail:
  error = errno;
  if (write(report, &error, sizeof(error)) < 0)
    _exit(126);
  _exit(127);
}

/*
 * spawn(argv, { env?, stdin, stdout, stderr, deathSignal?, session? }): process id. A program that cannot be
 * executed is this call's error, not a mysterious exit status: the child reports it through a close-on-exec pipe.
 */
static JSValue native_spawn(JSContext *ctx, JSValueConst this_value, int argc, JSValueConst *argv)
{
  const char *words[ARGV_MAX + 1] = {0}, *env[ARGV_MAX + 1] = {0};
  JSValue list, result = JS_EXCEPTION;
  int stdio[3], death_signal, session, report[2], error, has_env = 0;
  ssize_t got;
  pid_t pid, parent;

  (void)this_value;
  (void)argc;
  if (read_strings(ctx, argv[0], words))
    goto out;
  if (!words[0]) {
    throw_errno(ctx, "spawn", EINVAL);
    goto out;
  }
  list = JS_GetPropertyStr(ctx, argv[1], "env");
  if (JS_IsException(list))
    goto out;
  if (!JS_IsUndefined(list)) {
    has_env = 1;
    error = read_strings(ctx, list, env);
    JS_FreeValue(ctx, list);
    if (error)
      goto out;
  }
  if (int_property(ctx, argv[1], "stdin", 0, &stdio[0]) || int_property(ctx, argv[1], "stdout", 1, &stdio[1]) ||
      int_property(ctx, argv[1], "stderr", 2, &stdio[2]) ||
      int_property(ctx, argv[1], "deathSignal", 0, &death_signal) ||
      int_property(ctx, argv[1], "session", 0, &session))
    goto out;
  if (pipe2(report, O_CLOEXEC) < 0) {
    throw_last(ctx, "spawn");
    goto out;
  }
  parent = getpid();
  pid = fork();
  if (pid == 0)
    become_child(words, has_env ? env : NULL, stdio, death_signal, session, report[1], parent);
  error = errno;
  close(report[1]);
  if (pid < 0) {
    close(report[0]);
    throw_errno(ctx, "fork", error);
    goto out;
  }
  do {
    got = read(report[0], &error, sizeof(error));
  } while (got < 0 && errno == EINTR);
  close(report[0]);
  if (got == sizeof(error)) {
    waitpid(pid, NULL, 0);
    throw_errno(ctx, words[0], error);
    goto out;
  }
  result = JS_NewInt32(ctx, pid);
out:
  free_strings(ctx, words);
  free_strings(ctx, env);
  return result;
}

/* reap(): [pid, exit code or 128 + signal] of one child that has ended, or null. */
static JSValue native_reap(JSContext *ctx, JSValueConst this_value, int argc, JSValueConst *argv)
{
  JSValue result;
  int status;
  pid_t pid = waitpid(-1, &status, WNOHANG);

  (void)this_value;
  (void)argc;
  (void)argv;
  if (pid <= 0)
    return JS_NULL;
  result = JS_NewArray(ctx);
  if (JS_IsException(result))
    return JS_EXCEPTION;
  JS_DefinePropertyValueUint32(ctx, result, 0, JS_NewInt32(ctx, pid), JS_PROP_C_W_E);
  JS_DefinePropertyValueUint32(
    ctx, result, 1, JS_NewInt32(ctx, WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status)), JS_PROP_C_W_E);
  return result;
}

static JSValue native_fsync(JSContext *ctx, JSValueConst this_value, int argc, JSValueConst *argv)
{
  int fd;

  (void)this_value;
  (void)argc;
  if (read_fd(ctx, argv[0], &fd))
    return JS_EXCEPTION;
  return done_or_throw(ctx, "fsync", fsync(fd));
}

static JSValue native_fchmod(JSContext *ctx, JSValueConst this_value, int argc, JSValueConst *argv)
{
  int fd;
  uint32_t mode;

  (void)this_value;
  (void)argc;
  if (read_fd(ctx, argv[0], &fd) || JS_ToUint32(ctx, &mode, argv[1]))
    return JS_EXCEPTION;
  return done_or_throw(ctx, "fchmod", fchmod(fd, (mode_t)mode));
}

/* lock(fd): true when the exclusive advisory lock was free; it ends with the descriptor. */
static JSValue native_lock(JSContext *ctx, JSValueConst this_value, int argc, JSValueConst *argv)
{
  int fd;

  (void)this_value;
  (void)argc;
  if (read_fd(ctx, argv[0], &fd))
    return JS_EXCEPTION;
  if (flock(fd, LOCK_EX | LOCK_NB) == 0)
    return JS_TRUE;
  return errno == EWOULDBLOCK ? JS_FALSE : throw_last(ctx, "flock");
}

static JSValue native_umask(JSContext *ctx, JSValueConst this_value, int argc, JSValueConst *argv)
{
  uint32_t mask;

  (void)this_value;
  (void)argc;
  if (JS_ToUint32(ctx, &mask, argv[0]))
    return JS_EXCEPTION;
  return JS_NewInt32(ctx, (int)umask((mode_t)mask));
}

/* monotonic(): milliseconds since boot that never jump, the same in every process. */
static JSValue native_monotonic(JSContext *ctx, JSValueConst this_value, int argc, JSValueConst *argv)
{
  struct timespec now;

  (void)this_value;
  (void)argc;
  (void)argv;
  if (clock_gettime(CLOCK_MONOTONIC, &now) < 0)
    return throw_last(ctx, "clock_gettime");
  return JS_NewFloat64(ctx, (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6);
}

static JSValue native_block_size(JSContext *ctx, JSValueConst this_value, int argc, JSValueConst *argv)
{
  uint64_t bytes;
  int fd;

  (void)this_value;
  (void)argc;
  if (read_fd(ctx, argv[0], &fd))
    return JS_EXCEPTION;
  if (ioctl(fd, BLKGETSIZE64, &bytes) < 0)
    return throw_last(ctx, "BLKGETSIZE64");
  return JS_NewInt64(ctx, (int64_t)bytes);
}

/* resizePartition(fd of the disk, number, start, length in bytes): tells the kernel, also while it is mounted. */
static JSValue native_resize_partition(JSContext *ctx, JSValueConst this_value, int argc, JSValueConst *argv)
{
  struct blkpg_partition partition;
  struct blkpg_ioctl_arg arg = {.op = BLKPG_RESIZE_PARTITION, .datalen = sizeof(partition), .data = &partition};
  int64_t start, length;
  int fd, number;

  (void)this_value;
  (void)argc;
  memset(&partition, 0, sizeof(partition));
  if (read_fd(ctx, argv[0], &fd) || JS_ToInt32(ctx, &number, argv[1]) || JS_ToInt64(ctx, &start, argv[2]) ||
      JS_ToInt64(ctx, &length, argv[3]))
    return JS_EXCEPTION;
  partition.pno = number;
  partition.start = start;
  partition.length = length;
  return done_or_throw(ctx, "BLKPG_RESIZE_PARTITION", ioctl(fd, BLKPG, &arg));
}

/* watchdogTimeout(fd, seconds): the timeout the driver really took. */
static JSValue native_watchdog_timeout(JSContext *ctx, JSValueConst this_value, int argc, JSValueConst *argv)
{
  int fd, seconds;

  (void)this_value;
  (void)argc;
  if (read_fd(ctx, argv[0], &fd) || JS_ToInt32(ctx, &seconds, argv[1]))
    return JS_EXCEPTION;
  if (ioctl(fd, WDIOC_SETTIMEOUT, &seconds) < 0)
    return throw_last(ctx, "WDIOC_SETTIMEOUT");
  return JS_NewInt32(ctx, seconds);
}

/*
 * rawTerminal(fd): every byte comes as it is, without echo and signals, and breaks are ignored; what is written still gets its
 * carriage returns. Gives the settings before, for restoreTerminal(); null when it is no terminal.
 */
static JSValue native_raw_terminal(JSContext *ctx, JSValueConst this_value, int argc, JSValueConst *argv)
{
  struct termios before, raw;
  int fd;

  (void)this_value;
  (void)argc;
  if (read_fd(ctx, argv[0], &fd))
    return JS_EXCEPTION;
  if (tcgetattr(fd, &before) < 0)
    return errno == ENOTTY || errno == EINVAL ? JS_NULL : throw_last(ctx, "tcgetattr");
  raw = before;
  raw.c_iflag = IGNBRK;
  raw.c_oflag |= OPOST | ONLCR;
  raw.c_lflag &= ~(tcflag_t)(ECHO | ECHONL | ICANON | IEXTEN | ISIG);
  raw.c_cflag &= ~(tcflag_t)(CSIZE | PARENB);
  raw.c_cflag |= CS8;
  raw.c_cc[VMIN] = 1;
  raw.c_cc[VTIME] = 0;
  /* At once: output that waits on a stuck line must not hold it up. */
  if (tcsetattr(fd, TCSANOW, &raw) < 0)
    return throw_last(ctx, "tcsetattr");
  return new_bytes(ctx, (const uint8_t *)&before, sizeof(before));
}

static JSValue native_restore_terminal(JSContext *ctx, JSValueConst this_value, int argc, JSValueConst *argv)
{
  struct termios before;
  const uint8_t *data;
  size_t length;
  int fd;

  (void)this_value;
  (void)argc;
  if (read_fd(ctx, argv[0], &fd))
    return JS_EXCEPTION;
  data = bytes_of(ctx, argv[1], &length);
  if (!data)
    return JS_EXCEPTION;
  if (length != sizeof(before))
    return JS_ThrowRangeError(ctx, "restoreTerminal: not what rawTerminal gave");
  memcpy(&before, data, sizeof(before));
  return done_or_throw(ctx, "tcsetattr", tcsetattr(fd, TCSANOW, &before));
}

static JSValue native_geteuid(JSContext *ctx, JSValueConst this_value, int argc, JSValueConst *argv)
{
  (void)this_value;
  (void)argc;
  (void)argv;
  return JS_NewInt32(ctx, (int)geteuid());
}

static const JSCFunctionListEntry exports[] = {
  JS_CFUNC_DEF("socket", 3, native_socket),
  JS_CFUNC_DEF("bind", 2, native_bind),
  JS_CFUNC_DEF("connect", 2, native_connect),
  JS_CFUNC_DEF("listen", 2, native_listen),
  JS_CFUNC_DEF("accept", 1, native_accept),
  JS_CFUNC_DEF("send", 3, native_send),
  JS_CFUNC_DEF("recv", 2, native_recv),
  JS_CFUNC_DEF("setsockopt", 4, native_setsockopt),
  JS_CFUNC_DEF("waitReadable", 2, native_wait_readable),
  JS_CFUNC_DEF("pipe", 0, native_pipe),
  JS_CFUNC_DEF("setNonBlocking", 1, native_set_nonblocking),
  JS_CFUNC_DEF("signalFd", 1, native_signal_fd),
  JS_CFUNC_DEF("readSignal", 1, native_read_signal),
  JS_CFUNC_DEF("spawn", 2, native_spawn),
  JS_CFUNC_DEF("reap", 0, native_reap),
  JS_CFUNC_DEF("fsync", 1, native_fsync),
  JS_CFUNC_DEF("fchmod", 2, native_fchmod),
  JS_CFUNC_DEF("lock", 1, native_lock),
  JS_CFUNC_DEF("umask", 1, native_umask),
  JS_CFUNC_DEF("monotonic", 0, native_monotonic),
  JS_CFUNC_DEF("blockSize", 1, native_block_size),
  JS_CFUNC_DEF("resizePartition", 4, native_resize_partition),
  JS_CFUNC_DEF("watchdogTimeout", 2, native_watchdog_timeout),
  JS_CFUNC_DEF("rawTerminal", 1, native_raw_terminal),
  JS_CFUNC_DEF("restoreTerminal", 2, native_restore_terminal),
  JS_CFUNC_DEF("geteuid", 0, native_geteuid),
};

static int init_exports(JSContext *ctx, JSModuleDef *module)
{
  return JS_SetModuleExportList(ctx, module, exports, (int)countof(exports));
}

/* The name that `qjsc -M plait_native` makes main() call. */
JSModuleDef *js_init_module_plait_native(JSContext *ctx, const char *name);

JSModuleDef *js_init_module_plait_native(JSContext *ctx, const char *name)
{
  JSModuleDef *module = JS_NewCModule(ctx, name, init_exports);

  if (module && JS_AddModuleExportList(ctx, module, exports, (int)countof(exports)) < 0)
    return NULL;
  return module;
}
