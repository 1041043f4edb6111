// SPDX-License-Identifier: MIT
/** A TCP server's side of the network in memory, and its clients. */
import type { Server, TcpConnection, TcpEvents } from '../../../src/agent/ports.ts';

type Accept = (connection: TcpConnection) => TcpEvents;

export class FakeTcp {
  /** `device address port`; undefined: nobody listens. */
  listens: string | undefined;
  /** The port is taken by somebody else. */
  taken = false;
  #accept: Accept | undefined;

  readonly listenTcp = (device: string, address: string, port: number, accept: Accept): Server => {
    if (this.taken) throw Object.assign(new Error('bind: Address already in use'), { code: 'EADDRINUSE' });
    this.listens = `${device} ${address} ${port}`;
    this.#accept = accept;
    return {
      close: () => {
        this.listens = undefined;
        this.#accept = undefined;
      },
    };
  };

  connect(peer = '192.168.1.50'): FakeClient {
    if (this.#accept === undefined) throw Object.assign(new Error('refused'), { code: 'ECONNREFUSED' });
    return new FakeClient(peer, this.#accept);
  }
}

export class FakeClient {
  /** The server has closed it. */
  closed = false;
  #received = '';
  readonly #events: TcpEvents;

  constructor(peer: string, accept: Accept) {
    this.#events = accept({
      peer,
      send: (data) => {
        if (this.closed) throw new Error('sent on a connection that is closed');
        this.#received += Buffer.from(data).toString('latin1');
      },
      close: () => {
        this.closed = true;
      },
    });
  }

  send(data: string | Uint8Array): this {
    if (!this.closed) this.#events.data(Buffer.from(data));
    return this;
  }

  /** The client's side breaks. */
  cut(): void {
    if (this.closed) return;
    this.closed = true;
    this.#events.end();
  }

  /** Status of the answer, after any "100 Continue"; 0: there is none yet. */
  get status(): number {
    return Number(/^(?:HTTP\/1\.1 100 Continue\r\n\r\n)?HTTP\/1\.1 (\d{3}) /.exec(this.#received)?.[1] ?? 0);
  }

  get received(): string {
    return this.#received;
  }

  get body(): string {
    return this.#received.split('\r\n\r\n').at(-1) ?? '';
  }

  field(name: string): string | undefined {
    return new RegExp(`^${name}: (.*)\r$`, 'm').exec(this.#received)?.[1];
  }
}
