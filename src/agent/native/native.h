// SPDX-License-Identifier: MIT
/*
 * What the files of the native module share: values that go between C and JavaScript, errors, and the lists of verbs.
 */
#ifndef PLAIT_NATIVE_H
#define PLAIT_NATIVE_H

#include <stddef.h>
#include <stdint.h>

#include "quickjs.h"

#define countof(x) (sizeof(x) / sizeof((x)[0]))

/* Functions that JavaScript calls. */
struct verb_list {
  const JSCFunctionListEntry *entries;
  int count;
};

extern const struct verb_list socket_verbs, process_verbs, file_verbs, device_verbs, clock_verbs;

/* Throws the one error shape for a failed call; `number` is an errno value. */
JSValue throw_errno(JSContext *ctx, const char *call, int number);

/* The same with errno itself. */
JSValue throw_last(JSContext *ctx, const char *call);

/* Throws when the result of a system call is below 0. */
JSValue done_or_throw(JSContext *ctx, const char *call, int result);

/* Bytes of a Uint8Array (or an ArrayBuffer); the pointer is valid until JS code runs again. NULL on exception. */
const uint8_t *bytes_of(JSContext *ctx, JSValueConst value, size_t *length);

/* A Uint8Array with a copy of them. */
JSValue new_bytes(JSContext *ctx, const uint8_t *data, size_t length);

/* Reads one property as a C string. 1: read (free it with JS_FreeCString), 0: absent, -1: exception. */
int string_property(JSContext *ctx, JSValueConst object, const char *name, const char **out);

/* Reads one property as a number, which is `fallback` when it is absent. -1 on exception. */
int int_property(JSContext *ctx, JSValueConst object, const char *name, int fallback, int *out);

/* -1 on exception. */
int read_fd(JSContext *ctx, JSValueConst value, int *fd);

#endif
