// SPDX-License-Identifier: MIT
/** Questions to name servers. Also that a name does not exist is an answer; that the server cannot tell is none. */
import type { HealthTarget } from '../../appliance/health-targets.ts';
import { decodeAnswer, encodeQuestion, NOERROR, NXDOMAIN, TYPE_A, TYPE_NS } from '../dns-message.ts';
import type { DatagramSocket, Sockets } from '../ports.ts';
import type { Answered, ProbeRequest, Sender } from './sender.ts';

export const DNS_PORT = 53;

interface Question {
  seq: number;
  dnsId: number;
  name: string;
}

interface Asked {
  socket: DatagramSocket;
  questions: Question[];
}

/** Questions of one target that may still be answered. */
const MOST_QUESTIONS = 4;

export class DnsSender implements Sender {
  #sockets: Sockets;
  #answered: Answered;
  /** By the id of the probe: each has a socket, and so a port, of its own. */
  #asked = new Map<number, Asked & { key: string }>();

  constructor(ports: { sockets: Sockets }, answered: Answered) {
    this.#sockets = ports.sockets;
    this.#answered = answered;
  }

  send({ target, address, id, seq }: ProbeRequest): boolean {
    const name = target.method.by === 'dns' ? target.method.name : '';
    const question: Question = { seq, dnsId: randomId(), name: name.toLowerCase() };
    try {
      const asked = this.#asked.get(id) ?? this.#open(target, address, id);
      asked.questions = [...asked.questions.slice(1 - MOST_QUESTIONS), question];
      return asked.socket.send(
        address,
        DNS_PORT,
        encodeQuestion(question.dnsId, name, name === '' ? TYPE_NS : TYPE_A),
      );
    } catch {
      return false;
    }
  }

  keep(targets: readonly HealthTarget[]): void {
    const wanted = new Set(targets.map(keyOf));
    for (const [id, { socket, key }] of this.#asked) {
      if (wanted.has(key)) continue;
      socket.close();
      this.#asked.delete(id);
    }
  }

  #open(target: HealthTarget, address: string, id: number): Asked {
    const socket = this.#sockets.datagram(target.device, target.source, (from, port, data) => {
      const answer = from === address && port === DNS_PORT ? decodeAnswer(data) : undefined;
      if (answer === undefined || (answer.rcode !== NOERROR && answer.rcode !== NXDOMAIN)) return;
      const asked = this.#asked.get(id);
      const found = asked?.questions.find(({ dnsId, name }) => dnsId === answer.id && name === answer.name);
      if (asked === undefined || found === undefined) return;
      asked.questions = asked.questions.filter((one) => one !== found);
      this.#answered(id, found.seq);
    });
    const asked = { socket, questions: [], key: keyOf(target) };
    this.#asked.set(id, asked);
    return asked;
  }
}

/** The port, which the kernel chooses, is the other half of what a forger would have to guess. */
export function randomId(): number {
  return Math.floor(Math.random() * 0x10000);
}

function keyOf({ device, source, target }: HealthTarget): string {
  return `${device} ${source} ${target}`;
}
