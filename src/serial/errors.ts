// SPDX-License-Identifier: MIT

/** Something went wrong on a serial console; the message is a sentence for people. */
export class ConsoleError extends Error {
  override name = 'ConsoleError';
}

/** What was waited for did not come in time. */
export class ConsoleTimeout extends ConsoleError {
  override name = 'ConsoleTimeout';
}

/** The port was closed, or it vanished (cable pulled, emulator gone). */
export class PortGone extends ConsoleError {
  override name = 'PortGone';
}

/** Nothing that can be read comes, or no login. */
export class NoAnswer extends ConsoleError {
  override name = 'NoAnswer';
}

/** The name or password is not taken, or one is wanted and none was given. */
export class LoginRefused extends ConsoleError {
  override name = 'LoginRefused';
}

/** Somebody answers, and it is no board with Plait. */
export class OtherProduct extends ConsoleError {
  override name = 'OtherProduct';
}
