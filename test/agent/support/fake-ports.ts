// SPDX-License-Identifier: MIT
/** Files, clock, processes and services in memory; each can be told to fail. */

import type { ServiceControl } from '../../../src/agent/apply/services.ts';
import type { Child, Clock, Files, Processes, RunResult } from '../../../src/agent/ports.ts';
import type { ServiceItem } from '../../../src/appliance/plan-types.ts';

/** Fails the nth act (from 0) counted over all parts that share it. */
export class Fault {
  acts = 0;
  failAt = -1;

  act(what: string): void {
    if (this.acts++ === this.failAt)
      throw Object.assign(new Error(`injected failure: ${what}`), { code: 'EIO' });
  }
}

export class FakeFiles implements Files {
  readonly content = new Map<string, string>();
  readonly modes = new Map<string, number>();
  /** Paths written durably, in order. */
  readonly durable: string[] = [];
  fault: Fault | undefined;
  /** /data takes no more. */
  full = false;

  constructor(content: Record<string, string> = {}) {
    for (const [path, text] of Object.entries(content)) this.content.set(path, text);
  }

  read(path: string): string | undefined {
    return this.content.get(path);
  }

  write(path: string, text: string, options: { mode?: number; durable?: boolean } = {}): void {
    this.fault?.act(`write ${path}`);
    if (this.full && path.startsWith('/data/'))
      throw Object.assign(new Error(`${path}: no space left on device`), { code: 'ENOSPC' });
    this.content.set(path, text);
    this.modes.set(path, options.mode ?? 0o644);
    if (options.durable) this.durable.push(path);
  }

  poke(path: string, text: string): void {
    this.fault?.act(`poke ${path}`);
    if (!this.content.has(path)) throw Object.assign(new Error(`${path}: no such file`), { code: 'ENOENT' });
    this.content.set(path, `${text}\n`);
  }

  remove(path: string): void {
    this.fault?.act(`remove ${path}`);
    this.content.delete(path);
  }

  move(from: string, to: string): void {
    this.fault?.act(`move ${from}`);
    moveAll(this.content, from, to);
  }

  list(path: string): string[] {
    const below = `${path}/`;
    const names = [...this.content.keys()].filter((name) => name.startsWith(below));
    return [...new Set(names.map((name) => name.slice(below.length).split('/')[0] ?? ''))];
  }

  /** Links and devices, by path. */
  readonly special = new Map<string, 'link' | 'other'>();

  look(path: string): { kind: 'file' | 'link' | 'other'; mode: number } | undefined {
    const below = this.list(path).length > 0 ? 'other' : undefined;
    const kind = this.special.get(path) ?? (this.content.has(path) ? 'file' : below);
    return kind && { kind, mode: kind === 'link' ? 0 : (this.modes.get(path) ?? 0o600) };
  }

  makeFolder(): void {}
}

/** As rename(2) does with a file or a folder. */
export function moveAll(content: Map<string, string>, from: string, to: string): void {
  const moved = [...content].filter(([path]) => path === from || path.startsWith(`${from}/`));
  if (moved.length === 0) throw Object.assign(new Error(`${from}: no such file`), { code: 'ENOENT' });
  if ([...content.keys()].some((path) => path.startsWith(`${to}/`)))
    throw Object.assign(new Error(`${to}: folder not empty`), { code: 'ENOTEMPTY' });
  for (const [path, text] of moved) {
    content.delete(path);
    content.set(to + path.slice(from.length), text);
  }
}

/** Time moves only by `advance`; timers fire in order of their time. */
export class FakeClock implements Clock {
  now = 1000;
  #timers: { at: number; run: () => void }[] = [];

  monotonic(): number {
    return this.now;
  }

  wall(): number {
    return 1_700_000_000_000 + this.now;
  }

  after(ms: number, run: () => void): { cancel(): void } {
    const timer = { at: this.now + Math.max(0, ms), run };
    this.#timers.push(timer);
    return { cancel: () => (this.#timers = this.#timers.filter((other) => other !== timer)) };
  }

  /** As when the process that set them has ended. */
  dropTimers(): void {
    this.#timers = [];
  }

  /** Promises settle between two timers, as they do in an event loop. */
  async advance(ms: number): Promise<void> {
    const end = this.now + ms;
    for (;;) {
      await settle();
      const next = this.#timers.filter((timer) => timer.at <= end).sort((a, b) => a.at - b.at)[0];
      if (next === undefined) break;
      this.#timers = this.#timers.filter((timer) => timer !== next);
      this.now = Math.max(this.now, next.at);
      next.run();
    }
    this.now = end;
    await settle();
  }
}

export function settle(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** Programs do nothing and succeed. */
export class FakeProcesses implements Processes {
  readonly ran: string[] = [];
  readonly children: { argv: readonly string[]; exit: (code: number) => void; signals: string[] }[] = [];
  fault: Fault | undefined;
  /** Exit codes by program, where they are not 0. */
  codes: Record<string, number> = {};
  /** Programs end only after this. */
  held: Promise<void> | undefined;

  async run(argv: readonly string[]): Promise<RunResult> {
    await this.held;
    this.ran.push(argv.join(' '));
    return { code: this.codes[argv[0] ?? ''] ?? 0, stdout: '', stderr: '' };
  }

  start(argv: readonly string[], on: { line(text: string): void; exit(code: number): void }): Child {
    this.fault?.act(`start ${argv.join(' ')}`);
    const child = { argv, exit: on.exit, signals: [] as string[] };
    this.children.push(child);
    return {
      pid: this.children.length,
      signal: (name) => {
        child.signals.push(name);
        on.exit(143);
      },
    };
  }
}

export class FakeServices implements ServiceControl {
  running: ServiceItem[] = [];
  /** `start x`, `stop x` in order. */
  readonly events: string[] = [];
  fault: Fault | undefined;

  list(): ServiceItem[] {
    return [...this.running];
  }

  start(item: ServiceItem): void {
    this.fault?.act(`start ${item.name}`);
    this.events.push(`start ${item.name}`);
    this.running.push(item);
  }

  async stop(name: string): Promise<void> {
    this.fault?.act(`stop ${name}`);
    this.events.push(`stop ${name}`);
    this.running = this.running.filter((item) => item.name !== name);
  }
}
