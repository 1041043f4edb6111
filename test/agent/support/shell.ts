// SPDX-License-Identifier: MIT
/** A board made of name spaces (namespace.sh) with the real agent, and a shell in it. */
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import type { Status } from '../../../src/agent/status.ts';
import type { HostAgent } from './host-agent.ts';

const DEADLINE = 60_000;
const SETUP = readFileSync(new URL('./namespace.sh', import.meta.url), 'utf8');

/** A shell in the name spaces that takes one command at a time. */
export class Shell {
  #child: ChildProcessWithoutNullStreams;
  #output = '';
  #count = 0;
  #wake: () => void = () => {};

  constructor(agent: HostAgent, folder: string) {
    const spaces = ['--net', '--mount', '--uts', '--pid', '--fork', '--kill-child', '--mount-proc'];
    const root = process.getuid?.() === 0 ? [] : ['--user', '--map-root-user'];
    this.#child = spawn('unshare', [...root, ...spaces, 'bash', '-s', agent.plaitctl, folder]);
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      stream.setEncoding('utf8');
      stream.on('data', (text: string) => {
        this.#output += text;
        this.#wake();
      });
    }
    this.#child.on('close', () => this.#wake());
    this.#child.stdin.write(SETUP);
  }

  /** Output of a command; throws when it fails or does not end in time. */
  async run(command: string): Promise<string> {
    const end = `end-${++this.#count}`;
    const from = this.#output.length;
    this.#child.stdin.write(`${command}\necho "${end}:$?"\n`);
    const deadline = Date.now() + DEADLINE;
    for (;;) {
      const text = this.#output.slice(from);
      const done = text.match(new RegExp(`${end}:(\\d+)\\n`));
      if (done) {
        const output = text.slice(0, done.index);
        if (done[1] !== '0') throw new Error(`"${command}" ended with ${done[1]}: ${output}`);
        return output;
      }
      const left = deadline - Date.now();
      if (left <= 0 || this.#child.exitCode !== null) throw new Error(`"${command}" did not end: ${text}`);
      await this.#news(left);
    }
  }

  async status(): Promise<Status> {
    return JSON.parse(await this.run('board plaitctl status --json')) as Status;
  }

  /** Waits for a state of the board. */
  async until(what: string, holds: (status: Status) => boolean): Promise<Status> {
    const deadline = Date.now() + DEADLINE;
    for (;;) {
      const status = await this.status();
      if (holds(status)) return status;
      if (Date.now() > deadline) throw new Error(`never ${what}: ${JSON.stringify(status)}`);
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }

  async start(): Promise<void> {
    // Its output is the board's console; the daemon itself is silent.
    await this.run('board plaitd >/dev/null 2>&1 & daemon=$!');
    await this.run('for i in $(seq 100); do [ -S "$root/run/plait/plaitd.sock" ] && break; sleep 0.1; done');
    await this.until('up', (status) => !status.applying && status.memory.agentKiB > 0);
  }

  end(): void {
    this.#child.stdin.end();
    this.#child.kill('SIGKILL');
  }

  #news(most: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, most);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}
