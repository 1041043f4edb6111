// SPDX-License-Identifier: MIT
/* Errors and values between C and JavaScript. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "native.h"

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

JSValue throw_errno(JSContext *ctx, const char *call, int number)
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

JSValue throw_last(JSContext *ctx, const char *call)
{
  return throw_errno(ctx, call, errno);
}

JSValue done_or_throw(JSContext *ctx, const char *call, int result)
{
  return result < 0 ? throw_last(ctx, call) : JS_UNDEFINED;
}

const uint8_t *bytes_of(JSContext *ctx, JSValueConst value, size_t *length)
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

JSValue new_bytes(JSContext *ctx, const uint8_t *data, size_t length)
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

int string_property(JSContext *ctx, JSValueConst object, const char *name, const char **out)
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

int int_property(JSContext *ctx, JSValueConst object, const char *name, int fallback, int *out)
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

int read_fd(JSContext *ctx, JSValueConst value, int *fd)
{
  return JS_ToInt32(ctx, fd, value);
}
