// SPDX-License-Identifier: MIT
/** A server of the Network Time Protocol on this machine (RFC 5905, mode 4), whose clock goes as a test wants. */
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';

/** A board can ask no other port. */
const PORT = 123;
/** Where a board with a user network finds this machine. */
export const TIME_SERVER = '10.0.2.2';
/** Seconds from 1900, where NTP begins to count, to 1970. */
const NTP_EPOCH = 2_208_988_800;
const LENGTH = 48;
/** No warning of a leap second, version 4, server. */
const SERVER = 0x24;
const PRIMARY = 1;

export class TimeServer {
  /** Seconds that its clock is ahead of this machine's. */
  ahead = 0;
  readonly #socket: Socket;
  #running = true;

  static async start(): Promise<TimeServer> {
    const socket = createSocket('udp4');
    const server = new TimeServer(socket);
    socket.bind(PORT, '127.0.0.1');
    await once(socket, 'listening');
    return server;
  }

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.on('message', (question, { address, port }) => {
      if (question.length < LENGTH) return;
      socket.send(this.#answer(question), port, address);
    });
  }

  /** What its clock says, in seconds since 1970. */
  get now(): number {
    return Date.now() / 1000 + this.ahead;
  }

  /** It may have stopped before. */
  stop(): void {
    if (this.#running) this.#socket.close();
    this.#running = false;
  }

  #answer(question: Buffer): Buffer {
    const now = this.now + NTP_EPOCH;
    const answer = Buffer.alloc(LENGTH);
    answer[0] = SERVER;
    answer[1] = PRIMARY;
    // Poll interval as asked, precision of a microsecond, identifier of a primary source.
    answer[2] = question[2] ?? 0;
    answer.writeInt8(-20, 3);
    answer.write('TEST', 12);
    for (const at of [16, 32, 40]) writeTime(answer, at, now);
    // When the question was sent, by the clock of who asked.
    question.copy(answer, 24, 40, 48);
    return answer;
  }
}

/** 32 bits of seconds, which begin anew in 2036, and 32 of their fraction. */
function writeTime(to: Buffer, at: number, seconds: number): void {
  const whole = Math.floor(seconds);
  to.writeUInt32BE(whole % 2 ** 32, at);
  to.writeUInt32BE(Math.floor((seconds - whole) * 2 ** 32), at + 4);
}
