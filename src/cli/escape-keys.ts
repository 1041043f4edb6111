// SPDX-License-Identifier: MIT
/** Keys for the board, and after Ctrl-] one for this program. */

/** As in telnet. */
const ESCAPE = 0x1d;

export type KeyAction = { kind: 'send'; bytes: Uint8Array } | { kind: 'command'; key: string };

export class EscapeKeys {
  #armed = false;

  feed(bytes: Uint8Array): KeyAction[] {
    const actions: KeyAction[] = [];
    let plain: number[] = [];
    const flush = () => {
      if (plain.length > 0) actions.push({ kind: 'send', bytes: Uint8Array.from(plain) });
      plain = [];
    };
    for (const byte of bytes) {
      if (this.#armed) {
        this.#armed = false;
        if (byte === ESCAPE) {
          plain.push(ESCAPE);
        } else {
          flush();
          actions.push({ kind: 'command', key: String.fromCharCode(byte).toLowerCase() });
        }
      } else if (byte === ESCAPE) {
        this.#armed = true;
      } else {
        plain.push(byte);
      }
    }
    flush();
    return actions;
  }
}
