// SPDX-License-Identifier: MIT
/* Block devices, the watchdog and terminals. */
#define _GNU_SOURCE
#include <errno.h>
#include <linux/blkpg.h>
#include <linux/fs.h>
#include <linux/watchdog.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>

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
  JS_CFUNC_DEF("rawTerminal", 1, native_raw_terminal),
  JS_CFUNC_DEF("restoreTerminal", 2, native_restore_terminal),
};

const struct verb_list device_verbs = {verbs, countof(verbs)};
