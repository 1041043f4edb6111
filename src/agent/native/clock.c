// SPDX-License-Identifier: MIT
/* A clock that never jumps. */
#include <time.h>

#include "native.h"

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

static const JSCFunctionListEntry verbs[] = {
  JS_CFUNC_DEF("monotonic", 0, native_monotonic),
};

const struct verb_list clock_verbs = {verbs, countof(verbs)};
