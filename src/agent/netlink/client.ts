// SPDX-License-Identifier: MIT
/** Requests over one netlink socket: acknowledged changes and dumps. Synchronous, as the kernel answers while it is asked. */

import { errnoName } from '../errno.ts';
import { KernelError } from '../kernel.ts';
import type { NetlinkSocket } from '../ports.ts';
import {
  decodeAck,
  encodeMessage,
  type Message,
  NLM_F_ACK,
  NLM_F_DUMP,
  NLM_F_DUMP_INTR,
  NLM_F_REQUEST,
  NLMSG_DONE,
  NLMSG_ERROR,
  splitMessages,
} from './message.ts';

/** Module loading happens inside a request; a slow card may take its time over it. */
const ANSWER_TIMEOUT = 5000;
const DUMP_TRIES = 4;

export class NetlinkClient {
  #socket: NetlinkSocket;
  #seq = 0;

  constructor(socket: NetlinkSocket) {
    this.#socket = socket;
  }

  /** Sends one request and gives the messages answered before its acknowledgement. `what` words the error. */
  request(type: number, flags: number, payload: Uint8Array, what: string): Message[] {
    return this.#exchange(type, flags | NLM_F_REQUEST | NLM_F_ACK, payload, what).messages;
  }

  /** All messages of a dump; asked again when the kernel says it changed meanwhile. */
  dump(type: number, payload: Uint8Array, what: string): Message[] {
    for (let tries = 1; ; tries++) {
      const { messages, interrupted } = this.#exchange(type, NLM_F_REQUEST | NLM_F_DUMP, payload, what);
      if (!interrupted || tries === DUMP_TRIES) return messages;
    }
  }

  #exchange(
    type: number,
    flags: number,
    payload: Uint8Array,
    what: string,
  ): { messages: Message[]; interrupted: boolean } {
    this.#seq = (this.#seq % 0x7fffffff) + 1;
    const seq = this.#seq;
    this.#socket.send(encodeMessage({ type, flags, seq, payload }));
    const messages: Message[] = [];
    let interrupted = false;
    for (;;) {
      const datagram = this.#socket.receive(ANSWER_TIMEOUT);
      if (datagram === undefined) {
        throw new KernelError('ETIMEDOUT', `${what}: the kernel gave no answer within ${ANSWER_TIMEOUT} ms`);
      }
      for (const message of splitMessages(datagram)) {
        if (message.seq !== seq) continue;
        if (message.flags & NLM_F_DUMP_INTR) interrupted = true;
        if (message.type === NLMSG_ERROR || message.type === NLMSG_DONE) {
          const { errno, text } = decodeAck(message);
          if (errno === 0) return { messages, interrupted };
          const known = errnoName(errno);
          throw new KernelError(known.code, `${what}: ${text ?? known.text}`);
        }
        messages.push(message);
      }
    }
  }
}
