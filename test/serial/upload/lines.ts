// SPDX-License-Identifier: MIT
/** Lines for tests of transfers: one that counts its bytes, and faults that one has. */
import type { Line, LineEvents } from '../../../src/serial/line.ts';

/** What a fault makes of the bytes that go to the board; `offset`: how many went before. */
export type Fault = (bytes: Buffer, offset: number) => Buffer;

export interface Traffic {
  sent: number;
  received: number;
}

export class ObservedLine implements Line {
  /** Bytes that went to the board. */
  sent = 0;
  /** Speeds in the order in which they were set. */
  readonly speeds: number[] = [];
  /** Bytes that went, and came, by the speed that was set last. */
  readonly atSpeed = new Map<number, Traffic>();
  readonly #line: Line;
  readonly #fault: Fault;
  readonly #settable: boolean;

  constructor(line: Line, { fault = (bytes: Buffer) => bytes, settable = true }: LineSpec = {}) {
    this.#line = line;
    this.#fault = fault;
    this.#settable = settable;
  }

  listen({ data, end }: LineEvents): void {
    this.#line.listen({
      data: (bytes) => {
        this.#traffic().received += bytes.length;
        data(bytes);
      },
      end,
    });
  }

  write(bytes: Uint8Array): Promise<void> {
    const faulty = this.#fault(Buffer.from(bytes), this.sent);
    this.sent += bytes.length;
    this.#traffic().sent += bytes.length;
    return this.#line.write(faulty);
  }

  async setSpeed(baud: number): Promise<boolean> {
    if (!this.#settable) return false;
    this.speeds.push(baud);
    return this.#line.setSpeed(baud);
  }

  sendBreak(): Promise<boolean> {
    return this.#line.sendBreak();
  }

  close(): Promise<void> {
    return this.#line.close();
  }

  #traffic(): Traffic {
    const speed = this.speeds.at(-1) ?? 0;
    const traffic = this.atSpeed.get(speed) ?? { sent: 0, received: 0 };
    this.atSpeed.set(speed, traffic);
    return traffic;
  }
}

export interface LineSpec {
  readonly fault?: Fault;
  /** Whether its speed can be set. Default: true. */
  readonly settable?: boolean;
}
