// SPDX-License-Identifier: MIT
/*
 * The narrow native door of the agent: sockets on non-blocking descriptors, signals and children on
 * descriptors, and the few system calls QuickJS lacks. Verbs take plain numbers, strings and bytes;
 * names and comfort are the TypeScript side's (src/agent/platform/quickjs/). The contract is
 * plait_native.d.ts. Each failure is one Error with `code` ("ENOENT"), `errno` and a text naming the call.
 */
#include "native.h"

static const struct verb_list *const lists[] = {
  &socket_verbs, &process_verbs, &file_verbs, &device_verbs, &clock_verbs,
};

static int init_exports(JSContext *ctx, JSModuleDef *module)
{
  for (size_t i = 0; i < countof(lists); i++)
    if (JS_SetModuleExportList(ctx, module, lists[i]->entries, lists[i]->count) < 0)
      return -1;
  return 0;
}

/* The name that `qjsc -M plait_native` makes main() call. */
JSModuleDef *js_init_module_plait_native(JSContext *ctx, const char *name);

JSModuleDef *js_init_module_plait_native(JSContext *ctx, const char *name)
{
  JSModuleDef *module = JS_NewCModule(ctx, name, init_exports);

  for (size_t i = 0; module && i < countof(lists); i++)
    if (JS_AddModuleExportList(ctx, module, lists[i]->entries, lists[i]->count) < 0)
      return NULL;
  return module;
}
