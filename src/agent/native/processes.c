// SPDX-License-Identifier: MIT
/* Children, pipes to them, and signals on descriptors. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "native.h"

#define ARGV_MAX 128
/* Of kernels without close_range(): descriptors are few, and nearly all close by themselves. */
#define SPAWN_FD_LIMIT 1024

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

static JSValue native_geteuid(JSContext *ctx, JSValueConst this_value, int argc, JSValueConst *argv)
{
  (void)this_value;
  (void)argc;
  (void)argv;
  return JS_NewInt32(ctx, (int)geteuid());
}

static const JSCFunctionListEntry verbs[] = {
  JS_CFUNC_DEF("pipe", 0, native_pipe),
  JS_CFUNC_DEF("setNonBlocking", 1, native_set_nonblocking),
  JS_CFUNC_DEF("signalFd", 1, native_signal_fd),
  JS_CFUNC_DEF("readSignal", 1, native_read_signal),
  JS_CFUNC_DEF("spawn", 2, native_spawn),
  JS_CFUNC_DEF("reap", 0, native_reap),
  JS_CFUNC_DEF("geteuid", 0, native_geteuid),
};

const struct verb_list process_verbs = {verbs, countof(verbs)};
