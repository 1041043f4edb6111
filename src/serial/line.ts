// SPDX-License-Identifier: MIT

/** Milliseconds of a BREAK: more than a character at the slowest speed, as tcsendbreak() has it. */
export const BREAK = 300;

/** Who gets what a line delivers. */
export interface LineEvents {
  data(bytes: Uint8Array): void;
  /** Called once, when no more will come; with the reason, unless `close()` was called. */
  end(error?: Error): void;
}

/** A line of bytes to a console: a port of this machine, or one behind the network. */
export interface Line {
  /** Begins to deliver; what came before is delivered first. Called once. */
  listen(events: LineEvents): void;
  /** Resolves when the bytes are out of this process. */
  write(bytes: Uint8Array): Promise<void>;
  /** Sets bits per second, 8N1. False: this line has no speed that could be set from here. */
  setSpeed(baud: number): Promise<boolean>;
  /** Sends a BREAK. False: this line has none. */
  sendBreak(): Promise<boolean>;
  /** Closing twice is fine. */
  close(): Promise<void>;
}
