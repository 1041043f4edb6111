// SPDX-License-Identifier: MIT
/**
 * A board on a pseudo-terminal, from power-on to a shell: its firmware, boot loader, kernel messages, login, and a real POSIX shell
 * with a plaitctl that says what a test tells it to. It garbles bit by bit what goes over the line while the two ends have
 * different speeds: a pseudo-terminal keeps the speed that the station has set, and the board reads it there.
 */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { SerialPort } from 'serialport';
import { pair, type Wire } from '../../serial/pty.ts';
import { resample } from '../../serial/uart.ts';
import type { Firmware, FirmwareWorld } from './fake-bios.ts';

export interface BoardSpec {
  readonly firmware: (world: FirmwareWorld) => Firmware;
  /** Bits per second of boot loader, kernel and login; absent: the line carries all at any speed, as a console server's. */
  readonly speed?: number;
  readonly macs: readonly string[];
  /** Measurements by phase. */
  readonly answers: Readonly<Record<string, Readonly<Record<string, number | string | boolean>>>>;
  /** Shell commands that plaitctl runs in a phase before it answers; they may set `p`, whose answer it is then. */
  readonly before?: Readonly<Record<string, string>>;
  /** The card is blank until a file `written` is in the board's folder ($F); started over the network, there is one `network`. */
  readonly blank?: boolean;
  /** Milliseconds until the watchdog bites a board whose agent is stopped; absent: it has none. */
  readonly watchdog?: number;
}

export interface FakeBoard {
  /** Of the station. */
  readonly port: string;
  readonly firmware: Firmware;
  power(on: boolean): void;
  /** The cable between station and board: while it is out, nothing goes either way. */
  plugged: boolean;
  /** Noise on the line, towards the station. */
  noise(bytes: Uint8Array): void;
  /** Takes the station's port away. */
  cut(): Promise<void>;
  /** What plaitctl was called with, in order. */
  calls(): string[];
  /** The identity that was written to it. */
  identity(): unknown;
  /** Shown when something went wrong. */
  readonly printed: () => string;
  remove(): Promise<void>;
}

/** Milliseconds in which services end. */
const SHUTDOWN = 500;
const RESTART = '\x16';
const AGENT_STOPPED = '\x17';
/** Milliseconds that the station's speed is taken for what it was: to look is to start a program. */
const LOOK = 20;
const LOGIN = '\r\nPlait 0.1.0 on PC Engines ALIX\r\n\r\nplait-1a2b3c login: ';

export async function fakeBoard(spec: BoardSpec): Promise<FakeBoard> {
  const wire = await pair();
  const folder = join(wire.folder, 'board');
  writeStubs(folder, spec);
  const far = new SerialPort({ path: wire.far, baudRate: 115200, lock: false, autoOpen: false });
  await new Promise<void>((resolve, reject) => far.open((error) => (error ? reject(error) : resolve())));
  far.on('error', () => {});
  return new Board(spec, wire, far, folder);
}

class Board implements FakeBoard {
  readonly port: string;
  readonly firmware: Firmware;
  plugged = true;
  readonly #spec: BoardSpec;
  readonly #wire: Wire;
  readonly #far: SerialPort;
  readonly #folder: string;
  #at: 'off' | 'firmware' | 'starting' | 'login' | 'shell' = 'off';
  #shell: ChildProcess | undefined;
  #typed = '';
  #timers: NodeJS.Timeout[] = [];
  #printed = '';
  #echo = '';
  #lookedAt = Number.NEGATIVE_INFINITY;
  #seenSpeed = 0;

  constructor(spec: BoardSpec, wire: Wire, far: SerialPort, folder: string) {
    this.#spec = spec;
    this.#wire = wire;
    this.#far = far;
    this.#folder = folder;
    this.port = wire.path;
    this.firmware = spec.firmware({
      print: (text) => this.#print(text),
      boot: (network) => this.#boot(network),
    });
    far.on('data', (bytes: Buffer) => this.#received(bytes));
  }

  readonly printed = () => this.#printed;

  power(on: boolean): void {
    this.#halt();
    if (!on) return;
    writeFileSync(join(this.#folder, 'boot'), randomUUID());
    this.#at = 'firmware';
    this.firmware.start();
  }

  noise(bytes: Uint8Array): void {
    this.#far.write(Buffer.from(bytes));
  }

  cut(): Promise<void> {
    this.#halt();
    return this.#wire.cut();
  }

  calls(): string[] {
    return lines(join(this.#folder, 'calls'));
  }

  identity(): unknown {
    const file = join(this.#folder, 'identity');
    return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : undefined;
  }

  async remove(): Promise<void> {
    this.#halt();
    if (this.#far.isOpen) await new Promise<void>((resolve) => this.#far.close(() => resolve()));
    await this.#wire.remove();
  }

  #halt(): void {
    this.firmware.stop();
    for (const timer of this.#timers) clearTimeout(timer);
    this.#timers = [];
    this.#endShell();
    this.#typed = '';
    this.#at = 'off';
  }

  #endShell(): void {
    const shell = this.#shell;
    this.#shell = undefined;
    if (shell?.pid === undefined) return;
    try {
      process.kill(-shell.pid, 'SIGKILL');
    } catch {
      // It has ended by itself.
    }
  }

  #boot(network = false): void {
    this.#at = 'starting';
    const mark = join(this.#folder, 'network');
    rmSync(mark, { force: true });
    if (network) writeFileSync(mark, '');
    else if (this.#spec.blank && !existsSync(join(this.#folder, 'written'))) {
      this.#print('No boot device available.\r\n');
      return;
    }
    const said = [
      network
        ? 'Plait: starting from the network, station 192.168.91.1.\r\n'
        : 'Plait: starting slot a; tries left after this one: 2.\r\n',
      '[    0.000000] Linux version 6.12.48\r\n',
      'init started\r\n',
      LOGIN,
    ];
    for (const [index, text] of said.entries())
      this.#later(30 * (index + 1), () => {
        if (text === LOGIN) this.#at = 'login';
        this.#print(text);
      });
  }

  #later(ms: number, run: () => void): void {
    this.#timers.push(setTimeout(run, ms));
  }

  #speed(): number {
    return this.#at === 'firmware' ? this.firmware.speed : (this.#spec.speed ?? 0);
  }

  #stationSpeed(): number {
    const words = ['-F', this.#wire.path, 'speed'];
    return Number(execFileSync('stty', words, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }));
  }

  #print(text: string): void {
    this.#printed += text;
    if (!this.plugged || !this.#far.isOpen) return;
    const [ours, theirs] = [this.#speed(), this.#speedOrOurs()];
    const bytes = ours === theirs ? Buffer.from(text) : resample(Buffer.from(text), ours, theirs, true).bytes;
    this.#far.write(Buffer.from(bytes));
  }

  /** Of a wire that was cut nobody knows it. */
  #speedOrOurs(): number {
    if (this.#spec.speed === undefined) return this.#speed();
    const now = performance.now();
    try {
      if (now - this.#lookedAt > LOOK) this.#seenSpeed = this.#stationSpeed();
      this.#lookedAt = now;
      return this.#seenSpeed;
    } catch {
      return this.#speed();
    }
  }

  #received(bytes: Buffer): void {
    if (!this.plugged) return;
    this.#lookedAt = Number.NEGATIVE_INFINITY;
    const [ours, theirs] = [this.#speed(), this.#speedOrOurs()];
    const heard = ours === theirs ? [...bytes] : resample(bytes, theirs, ours).bytes;
    for (const byte of heard) this.#key(String.fromCharCode(byte));
    if (this.#echo !== '') this.#print(this.#echo);
    this.#echo = '';
  }

  #key(key: string): void {
    if (this.#at === 'firmware') this.firmware.key(key);
    else if (this.#at === 'login') this.#atLogin(key);
    else if (this.#at === 'shell') this.#atShell(key);
  }

  #atLogin(key: string): void {
    if (key !== '\r') {
      if (key >= ' ') this.#typed += key;
      return;
    }
    const name = this.#typed;
    this.#typed = '';
    if (name === 'root') this.#logIn();
    else this.#print(LOGIN);
  }

  #logIn(): void {
    this.#at = 'shell';
    const env = {
      PATH: `${this.#folder}/bin:/usr/bin:/bin`,
      ENV: join(this.#folder, 'env'),
      PS1: 'root@plait:~# ',
      F: this.#folder,
    };
    const shell = spawn('sh', ['-i'], { env, detached: true, stdio: ['pipe', 'pipe', 'pipe'] });
    this.#shell = shell;
    this.#print('\r\n');
    for (const stream of [shell.stdout, shell.stderr])
      stream.on('data', (bytes: Buffer) => this.#shell === shell && this.#said(bytes.toString('latin1')));
    shell.stdin.on('error', () => {});
    shell.once('close', () => {
      if (this.#shell !== shell) return;
      this.#shell = undefined;
      this.#at = 'login';
      this.#print(LOGIN);
    });
  }

  #said(text: string): void {
    const plain = text.replaceAll(RESTART, '').replaceAll(AGENT_STOPPED, '');
    if (plain !== '') this.#print(plain.replaceAll('\n', '\r\n'));
    if (text.includes(RESTART)) this.#later(SHUTDOWN, () => this.power(true));
    const { watchdog } = this.#spec;
    if (text.includes(AGENT_STOPPED) && watchdog !== undefined) this.#later(watchdog, () => this.power(true));
  }

  #atShell(key: string): void {
    if (key === '\x03') {
      this.#interrupt();
      return;
    }
    if (key === '\f') return;
    if (!existsSync(join(this.#folder, 'no-echo'))) this.#echo += key === '\r' ? '\r\n' : key;
    this.#shell?.stdin?.write(key === '\r' ? '\n' : key);
  }

  /** The shell stays; what it runs gets the signal, as from a terminal. */
  #interrupt(): void {
    const pid = this.#shell?.pid;
    if (pid === undefined) return;
    try {
      execFileSync('pkill', ['-INT', '-P', String(pid)]);
    } catch {
      // It ran nothing.
    }
    process.kill(pid, 'SIGINT');
    this.#print('^C\r\n');
    this.#shell?.stdin?.write('\n');
  }
}

function writeStubs(folder: string, { answers, before = {}, macs }: BoardSpec): void {
  const bin = join(folder, 'bin');
  mkdirSync(join(folder, 'answers'), { recursive: true });
  mkdirSync(bin);
  for (const [phase, measurements] of Object.entries({ board: {}, ...answers })) {
    const answer = { phase: '@PHASE@', boot: '@BOOT@', version: '0.1.0', macs, measurements };
    writeFileSync(join(folder, 'answers', phase), `${JSON.stringify(answer)}\n`);
    writeFileSync(join(folder, 'answers', `${phase}.sh`), before[phase] ?? '');
  }
  const script = (name: string, text: string) => {
    writeFileSync(join(bin, name), `#!/bin/sh\n${text}\n`);
    chmodSync(join(bin, name), 0o755);
  };
  script(
    'plaitctl',
    `[ "$1" = factory ] || exit 2
p=$2
echo "$*" >>"$F/calls"
case "$3" in identity=*) cp "\${3#identity=}" "$F/identity";; esac
. "$F/answers/$p.sh"
sed "s/@BOOT@/$(cat "$F/boot")/; s/@PHASE@/$2/" "$F/answers/$p"`,
  );
  script('stty', 'case "$1" in -echo) touch "$F/no-echo";; echo) rm -f "$F/no-echo";; esac');
  script('reboot', `printf '${RESTART}'; sleep 5`);
  script('killall', `[ "$1" = -STOP ] && printf '${AGENT_STOPPED}'; true`);
  writeFileSync(join(folder, 'release'), 'board=alix\nversion=0.1.0\nbuild=1\n');
  writeFileSync(
    join(folder, 'env'),
    `cat() { if [ "$1" = /etc/plait-release ]; then command cat "$F/release"; else command cat "$@"; fi; }\n`,
  );
}

function lines(file: string): string[] {
  return existsSync(file)
    ? readFileSync(file, 'utf8')
        .split('\n')
        .filter((line) => line !== '')
    : [];
}
