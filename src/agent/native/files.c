// SPDX-License-Identifier: MIT
/* What QuickJS lacks for files. */
#include <errno.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "native.h"

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

static const JSCFunctionListEntry verbs[] = {
  JS_CFUNC_DEF("fsync", 1, native_fsync),
  JS_CFUNC_DEF("fchmod", 2, native_fchmod),
  JS_CFUNC_DEF("lock", 1, native_lock),
  JS_CFUNC_DEF("umask", 1, native_umask),
};

const struct verb_list file_verbs = {verbs, countof(verbs)};
