// SPDX-License-Identifier: MIT
/** What comes in by a socket of datagrams or frames, as long as it is open. */
import * as native from 'plait_native';
import * as os from 'quickjs-os';

/** Taken from one socket before others get their turn. */
const BURST = 64;

export function listen(fd: number, most: number, receive: (got: native.Received) => void): void {
  os.setReadHandler(fd, () => {
    for (let count = 0; count < BURST; count++) {
      const got = tryReceive(fd, most);
      if (got === null) return;
      receive(got);
    }
  });
}

/** Errors that the network brought back are no data. */
function tryReceive(fd: number, most: number): native.Received | null {
  try {
    return native.recv(fd, most);
  } catch {
    return null;
  }
}

export function closeSocket(fd: number): void {
  os.setReadHandler(fd, null);
  os.close(fd);
}
