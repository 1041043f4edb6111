// SPDX-License-Identifier: MIT
/**
 * Probing: a question to each target at its interval, by its method (probes/). A target is dead when nothing has answered for
 * `interval × misses` since the last answer; so a path that falls silent is left within that time, whatever its
 * round trip, and one lost or late packet is nothing. It lives again after `misses` answers in a row.
 *
 * Two things look like death and are not worth leaving a path for again and again (damping.ts): a queue that makes
 * answers late, and a path that comes and goes.
 */
import type { HealthTarget } from '../appliance/health-targets.ts';
import { formatTarget } from '../appliance/probe-target.ts';
import { Damping } from './damping.ts';
import type { Clock, Log, Sockets, Timer } from './ports.ts';
import { ConnectionSender } from './probes/connection.ts';
import { DnsSender } from './probes/dns.ts';
import { PingSender } from './probes/ping.ts';
import { Resolver } from './probes/resolver.ts';
import type { Sender } from './probes/sender.ts';

/** Until the first answer nobody knows the round trip of the path: so much longer is waited then. */
const FIRST_ANSWER_GRACE = 1000;
/** Answers later than this (ms) are none. */
const LATEST_ANSWER = 2000;
/** A timer this late (ms) tells that the agent was busy with something else. */
const LATE = 20;
/** Weight of the newest sample in the smoothed round trip time (RFC 6298). */
const SMOOTHING = 1 / 8;

export interface TargetHealth {
  /** False: silent for too long. True before the first answer, as long as that may take. */
  alive: boolean;
  /** Where a name leads to now. */
  address?: string;
  /** Smoothed round trip in milliseconds; absent: no answer yet. */
  rtt?: number;
  sent: number;
  received: number;
}

interface Probe {
  target: HealthTarget;
  id: number;
  seq: number;
  health: TargetHealth;
  /** Since when silence counts. */
  lastHeard: number;
  damping: Damping;
  /** Sequence number and time of the requests that may still be answered. */
  asked: { seq: number; at: number }[];
  /** Answers in a row to successive requests, while dead. */
  row: number;
  rowSeq: number;
  nextSend: number;
}

export interface HealthEvents {
  /** A target has died or come back. */
  changed(target: HealthTarget, alive: boolean): void;
  /** A target that is alive has answered for the first time. */
  proved(target: HealthTarget): void;
}

export class Prober {
  #clock: Clock;
  #events: HealthEvents;
  #probes = new Map<string, Probe>();
  #byId = new Map<number, Probe>();
  #senders: Readonly<Record<HealthTarget['method']['by'], Sender>>;
  #resolver: Resolver;
  #timer: Timer | undefined;
  #due = 0;
  #nextId: number;

  constructor(ports: { clock: Clock; sockets: Sockets; log: Log }, events: HealthEvents) {
    this.#clock = ports.clock;
    this.#events = events;
    const answered = (id: number, seq: number) => this.#answer(id, seq);
    const connections = new ConnectionSender(ports, answered);
    this.#senders = {
      ping: new PingSender(ports, answered),
      dns: new DnsSender(ports, answered),
      tcp: connections,
      http: connections,
    };
    this.#resolver = new Resolver(ports);
    this.#nextId = Math.floor(ports.clock.wall()) & 0xffff;
  }

  /** Probes these from now on. What was known of a target that stays is kept. */
  setTargets(targets: readonly HealthTarget[]): void {
    const before = this.#probes;
    const now = this.#clock.monotonic();
    this.#probes = new Map();
    this.#byId = new Map();
    for (const target of targets) {
      const name = targetKey(target);
      const probe = before.get(name) ?? this.#newProbe(target, now);
      if (target.interval < probe.target.interval) hasten(probe, now);
      probe.target = target;
      this.#probes.set(name, probe);
      this.#byId.set(probe.id, probe);
    }
    for (const by of ['ping', 'dns'] as const)
      this.#senders[by].keep(targets.filter(({ method }) => method.by === by));
    this.#senders.tcp.keep(targets.filter(({ method }) => method.by === 'tcp' || method.by === 'http'));
    if (targets.length === 0) this.#resolver.stop();
    else this.#resolver.tidy();
    this.#schedule();
  }

  health(target: HealthTarget): TargetHealth | undefined {
    return this.#probes.get(targetKey(target))?.health;
  }

  /** Targets that are dead now. */
  dead(): HealthTarget[] {
    return [...this.#probes.values()].filter(({ health }) => !health.alive).map(({ target }) => target);
  }

  stop(): void {
    this.setTargets([]);
  }

  #newProbe(target: HealthTarget, now: number): Probe {
    this.#nextId = (this.#nextId + 1) & 0xffff;
    return {
      target,
      id: this.#nextId,
      seq: 0,
      health: { alive: true, sent: 0, received: 0 },
      lastHeard: now + FIRST_ANSWER_GRACE,
      damping: new Damping(),
      asked: [],
      row: 0,
      rowSeq: -1,
      nextSend: now,
    };
  }

  #schedule(): void {
    const now = this.#clock.monotonic();
    if (this.#timer !== undefined) this.#excuseDelay(now);
    this.#timer?.cancel();
    this.#timer = undefined;
    let next = Number.POSITIVE_INFINITY;
    for (const probe of this.#probes.values()) {
      const death = probe.health.alive ? deadline(probe, now) : Number.POSITIVE_INFINITY;
      next = Math.min(next, probe.nextSend, death);
    }
    if (next === Number.POSITIVE_INFINITY) return;
    const wait = Math.max(0, Math.ceil(next - now));
    this.#due = now + wait;
    this.#timer = this.#clock.after(wait, () => this.#tick());
  }

  #tick(): void {
    const now = this.#clock.monotonic();
    this.#excuseDelay(now);
    for (const probe of [...this.#probes.values()]) {
      if (probe.health.alive && now >= deadline(probe, now)) this.#die(probe, now);
      if (now >= probe.nextSend) this.#send(probe, now);
    }
    this.#schedule();
  }

  /**
   * While the agent was busy nobody read the answers that came: that time is not silence. Looked at before each new
   * deadline too, since a death that is told may keep the agent busy until the others' time is over.
   */
  #excuseDelay(now: number): void {
    const late = now - this.#due;
    if (late > LATE) for (const probe of this.#probes.values()) probe.lastHeard += late;
    this.#due = now;
  }

  #send(probe: Probe, now: number): void {
    const { target } = probe;
    // A late timer does not make up for lost probes by sending a burst.
    probe.nextSend = Math.max(probe.nextSend + target.interval, now + target.interval / 2);
    probe.seq = (probe.seq + 1) & 0xffff;
    probe.asked.push({ seq: probe.seq, at: now });
    probe.asked = probe.asked.filter(({ at }) => at > now - LATEST_ANSWER);
    const address = this.#resolver.address(target.target, target);
    if (address === undefined) return;
    if (address !== target.target) probe.health.address = address;
    const { id, seq } = probe;
    if (this.#senders[target.method.by].send({ target, address, id, seq })) probe.health.sent++;
  }

  #answer(id: number, answeredSeq: number): void {
    const probe = this.#byId.get(id);
    const asked = probe?.asked.find(({ seq }) => seq === answeredSeq);
    if (probe === undefined || asked === undefined) return;
    probe.asked = probe.asked.filter((one) => one !== asked);
    const now = this.#clock.monotonic();
    const { health } = probe;
    health.received++;
    health.rtt =
      health.rtt === undefined ? now - asked.at : health.rtt + (now - asked.at - health.rtt) * SMOOTHING;
    probe.damping.answered(probe.target, asked.at, probe.lastHeard, now);
    probe.lastHeard = now;
    if (!health.alive) this.#count(probe, asked.seq, now);
    else if (health.received === 1) this.#events.proved(probe.target);
  }

  #count(probe: Probe, seq: number, now: number): void {
    probe.row = seq === ((probe.rowSeq + 1) & 0xffff) ? probe.row + 1 : 1;
    probe.rowSeq = seq;
    if (probe.row < probe.damping.answersWanted(probe.target, now)) return;
    probe.health.alive = true;
    this.#events.changed(probe.target, true);
    this.#schedule();
  }

  #die(probe: Probe, now: number): void {
    probe.health.alive = false;
    probe.damping.died(probe.lastHeard, now);
    probe.row = 0;
    probe.rowSeq = -1;
    this.#events.changed(probe.target, false);
  }
}

/** `uplink dsl` or `leg hq dsl`. */
export function targetName(target: HealthTarget): string {
  return target.kind === 'uplink' ? `uplink ${target.uplink}` : `leg ${target.tunnel} ${target.leg}`;
}

/** Names the path that is probed, and how. */
export function targetKey(target: HealthTarget): string {
  const { source, device, method } = target;
  return `${targetName(target)} ${source} ${device} ${formatTarget(target.target, method)}`;
}

/** It is probed more often from now on, and has not been asked for a while: as if it were new. */
function hasten(probe: Probe, now: number): void {
  probe.nextSend = now;
  probe.lastHeard = now + FIRST_ANSWER_GRACE;
}

function deadline({ target, lastHeard, damping }: Probe, now: number): number {
  return lastHeard + damping.patience(target, now);
}
