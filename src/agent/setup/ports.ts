// SPDX-License-Identifier: MIT
/** What setup needs from the platform beyond what the agent needs. */

/** The terminal that a person sits at. */
export interface Terminal {
  /** Bytes as they come in; `ended`: there will be no more. */
  listen(take: (bytes: Uint8Array) => void, ended: () => void): void;
  write(text: string): void;
  /** Gives it back as it was. */
  close(): void;
}

/** UDP by one device, whatever the routes say. */
export interface DatagramSocket {
  send(data: Uint8Array, address: string, port: number): void;
  close(): void;
}

export interface SetupPorts {
  /** Undefined: standard input is no terminal. */
  terminal(): Terminal | undefined;
  /** False: another process holds it. Held until this one ends. */
  lock(path: string): boolean;
  datagrams(device: string, source: string, receive: (data: Uint8Array) => void): DatagramSocket;
}
