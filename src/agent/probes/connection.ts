// SPDX-License-Identifier: MIT
/** Probes that open a TCP connection: it is accepted (tcp), or a web server answers with a status of 200 to 299 (http). */
import type { HealthTarget } from '../../appliance/health-targets.ts';
import type { ProbeMethod } from '../../appliance/probe-target.ts';
import type { Clock, Sockets, Stream, Timer } from '../ports.ts';
import { decodeUtf8, encodeUtf8 } from '../utf8.ts';
import type { Answered, ProbeRequest, Sender } from './sender.ts';

/** Longer (ms) no connection is waited for. */
const PATIENCE = 2000;
const LONGEST_STATUS_LINE = 256;
const SUCCESS = /^HTTP\/1\.[01] 2\d\d[ \r]/;

type Connecting = Extract<ProbeMethod, { port: number }>;

interface Attempt {
  id: number;
  stream?: Stream;
  timer: Timer;
}

export class ConnectionSender implements Sender {
  #clock: Clock;
  #sockets: Sockets;
  #answered: Answered;
  #attempts = new Set<Attempt>();

  constructor(ports: { clock: Clock; sockets: Sockets }, answered: Answered) {
    this.#clock = ports.clock;
    this.#sockets = ports.sockets;
    this.#answered = answered;
  }

  send({ target, address, id, seq }: ProbeRequest): boolean {
    const method = target.method as Connecting;
    const attempt: Attempt = { id, timer: this.#clock.after(PATIENCE, () => this.#end(attempt)) };
    const done = () => {
      this.#end(attempt);
      this.#answered(id, seq);
    };
    let text = '';
    try {
      attempt.stream = this.#sockets.connect(target.device, target.source, address, method.port, {
        open: () => {
          if (method.by === 'tcp') done();
          else attempt.stream?.send(encodeUtf8(httpRequest(target.target, method.path)));
        },
        data: (bytes) => {
          text += decodeUtf8(bytes.subarray(0, LONGEST_STATUS_LINE));
          if (SUCCESS.test(text)) done();
          else if (text.includes('\n') || text.length >= LONGEST_STATUS_LINE) this.#end(attempt);
        },
        end: () => this.#end(attempt),
      });
    } catch {
      attempt.timer.cancel();
      return false;
    }
    this.#attempts.add(attempt);
    return true;
  }

  keep(targets: readonly HealthTarget[]): void {
    // What is left ends by itself soon; without targets it ends now.
    if (targets.length === 0) for (const attempt of [...this.#attempts]) this.#end(attempt);
  }

  #end(attempt: Attempt): void {
    if (!this.#attempts.delete(attempt)) return;
    attempt.timer.cancel();
    attempt.stream?.close();
  }
}

function httpRequest(host: string, path: string): string {
  return `GET ${path} HTTP/1.1\r\nHost: ${host}\r\nUser-Agent: plait\r\nAccept: */*\r\nConnection: close\r\n\r\n`;
}
