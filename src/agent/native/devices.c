// SPDX-License-Identifier: MIT
/* Block devices, the watchdog, keys and terminals. */
#define _GNU_SOURCE
#include <errno.h>
#include <linux/blkpg.h>
#include <linux/fs.h>
#include <linux/input.h>
#include <linux/watchdog.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include "native.h"

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

/* keyDown(fd of an input device, code) */
static JSValue native_key_down(JSContext *ctx, JSValueConst this_value, int argc, JSValueConst *argv)
{
  uint8_t keys[KEY_CNT / 8] = {0};
  int fd, code;

  (void)this_value;
  (void)argc;
  if (read_fd(ctx, argv[0], &fd) || JS_ToInt32(ctx, &code, argv[1]))
    return JS_EXCEPTION;
  if (code < 0 || code >= KEY_CNT)
    return JS_ThrowRangeError(ctx, "keyDown: there is no key %d", code);
  if (ioctl(fd, EVIOCGKEY(sizeof(keys)), keys) < 0)
    return throw_last(ctx, "EVIOCGKEY");
  return JS_NewBool(ctx, keys[code / 8] >> (code % 8) & 1);
}

/* readInputEvent(fd): [type, code, value] of the next one, null when none waits. The kernel gives whole events only. */
static JSValue native_read_input_event(JSContext *ctx, JSValueConst this_value, int argc, JSValueConst *argv)
{
  struct input_event event;
  JSValue result;
  ssize_t got;
  int fd;

  (void)this_value;
  (void)argc;
  if (read_fd(ctx, argv[0], &fd))
    return JS_EXCEPTION;
  do
    got = read(fd, &event, sizeof(event));
  while (got < 0 && errno == EINTR);
  if (got < 0)
    return errno == EAGAIN ? JS_NULL : throw_last(ctx, "read");
  if (got != (ssize_t)sizeof(event))
    return JS_ThrowRangeError(ctx, "readInputEvent: part of an event");
  result = JS_NewArray(ctx);
  if (JS_IsException(result))
    return result;
  if (JS_SetPropertyUint32(ctx, result, 0, JS_NewInt32(ctx, event.type)) < 0 ||
      JS_SetPropertyUint32(ctx, result, 1, JS_NewInt32(ctx, event.code)) < 0 ||
      JS_SetPropertyUint32(ctx, result, 2, JS_NewInt32(ctx, event.value)) < 0) {
    JS_FreeValue(ctx, result);
    return JS_EXCEPTION;
  }
  return result;
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

static const JSCFunctionListEntry verbs[] = {
  JS_CFUNC_DEF("blockSize", 1, native_block_size),
  JS_CFUNC_DEF("resizePartition", 4, native_resize_partition),
  JS_CFUNC_DEF("watchdogTimeout", 2, native_watchdog_timeout),
  JS_CFUNC_DEF("keyDown", 2, native_key_down),
  JS_CFUNC_DEF("readInputEvent", 1, native_read_input_event),
  JS_CFUNC_DEF("rawTerminal", 1, native_raw_terminal),
  JS_CFUNC_DEF("restoreTerminal", 2, native_restore_terminal),
};

const struct verb_list device_verbs = {verbs, countof(verbs)};
