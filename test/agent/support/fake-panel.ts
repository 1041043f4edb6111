// SPDX-License-Identifier: MIT
/** LEDs as sysfs has them, and a button as the kernel polls it. */
import type { Key, KeyEvents } from '../../../src/agent/ports.ts';
import type { FakeClock, FakeFiles } from './fake-ports.ts';

const TRIGGERS = ['none', 'timer', 'heartbeat'];

/** What an ALIX, of 32 bits, lists, beside a keyboard that has such a key, too. */
export const BUTTON_DEVICES = `I: Bus=0003 Vendor=046d Product=c31c Version=0110
N: Name="USB Keyboard"
H: Handlers=sysrq kbd event0
B: EV=120013
B: KEY=1000000 7 ff9f207a c14057ff febeffdf ffefffff ffffffff fffffffe

I: Bus=0019 Vendor=0001 Product=0001 Version=0100
N: Name="gpio-keys-polled"
P: Phys=gpio-keys-polled/input0
H: Handlers=kbd event1
B: EV=3
B: KEY=1000000 0 0 0 0 0 0 0 0 0 0 0 0

`;

/** Refuses what the kernel refuses; the delays are there only while the trigger is `timer`. */
export class SysfsLeds {
  /** `alix:0 trigger timer` … in order. */
  readonly written: string[] = [];
  /** Names of LEDs whose driver fails. */
  readonly broken = new Set<string>();
  #files: FakeFiles;

  constructor(files: FakeFiles, names: readonly string[]) {
    this.#files = files;
    for (const name of names) {
      this.#put(name, 'brightness', '0');
      this.#trigger(name, 'none');
    }
    const poke = files.poke.bind(files);
    files.poke = (path, text) => {
      const [, name = '', file = ''] = /^\/sys\/class\/leds\/([^/]+)\/(\w+)$/.exec(path) ?? [];
      if (name === '') {
        poke(path, text);
        return;
      }
      if (!files.content.has(path)) throw failure(path, 'ENOENT');
      if (this.broken.has(name)) throw failure(path, 'EIO');
      this.#store(name, file, text, path);
      this.written.push(`${name} ${file} ${text}`);
    };
  }

  /** `on`, `off`, or milliseconds on and off. */
  shows(name: string): string {
    const value = (file: string) => this.#files.content.get(`/sys/class/leds/${name}/${file}`)?.trim();
    if (value('trigger')?.includes('[timer]')) return `${value('delay_on')}/${value('delay_off')}`;
    return value('brightness') === '0' ? 'off' : 'on';
  }

  #store(name: string, file: string, text: string, path: string): void {
    if (file === 'trigger') {
      if (!TRIGGERS.includes(text)) throw failure(path, 'EINVAL');
      this.#trigger(name, text);
      return;
    }
    if (!/^\d+$/.test(text)) throw failure(path, 'EINVAL');
    // led-class.c: dark for good.
    if (file === 'brightness' && text === '0') this.#trigger(name, 'none');
    this.#put(name, file, text);
  }

  #trigger(name: string, trigger: string): void {
    this.#put(name, 'trigger', TRIGGERS.map((one) => (one === trigger ? `[${one}]` : one)).join(' '));
    for (const file of ['delay_on', 'delay_off']) {
      if (trigger === 'timer') this.#put(name, file, '500');
      else this.#files.content.delete(`/sys/class/leds/${name}/${file}`);
    }
    if (trigger === 'none') this.#put(name, 'brightness', '0');
  }

  #put(name: string, file: string, text: string): void {
    this.#files.content.set(`/sys/class/leds/${name}/${file}`, `${text}\n`);
  }
}

/** Milliseconds from opening it to the first poll, and between polls (pcengines-apuv2.c: the slowest). */
const FIRST_POLL = 200;
const POLL = 100;

export class FakeButton {
  /** As a person has it. */
  down = false;
  /** Opening it fails so. */
  failure: string | undefined;
  opened = 0;
  #clock: FakeClock;
  /** As the kernel knows it. */
  #known = false;
  #on: KeyEvents | undefined;

  constructor(clock: FakeClock) {
    this.#clock = clock;
  }

  /** The kernel looks at it at its own start. */
  atKernelStart(down: boolean): void {
    this.down = down;
    this.#known = down;
  }

  get isOpen(): boolean {
    return this.#on !== undefined;
  }

  open(path: string, code: number, on: KeyEvents): Key {
    if (path !== '/dev/input/event1' || code !== 408) throw failure(path, 'ENOENT');
    if (this.failure !== undefined) throw failure(path, this.failure);
    this.#on = on;
    this.opened++;
    this.#clock.after(FIRST_POLL, () => this.#poll(on));
    return {
      down: this.#known,
      close: () => {
        if (this.#on === on) this.#on = undefined;
      },
    };
  }

  /** It is unplugged, or its driver fails. */
  lose(): void {
    const on = this.#on;
    this.#on = undefined;
    on?.lost(failure('/dev/input/event1', 'ENODEV'));
  }

  #poll(on: KeyEvents): void {
    if (this.#on !== on) return;
    if (this.#known !== this.down) {
      this.#known = this.down;
      on.changed(this.down);
    }
    this.#clock.after(POLL, () => this.#poll(on));
  }
}

function failure(path: string, code: string): Error {
  return Object.assign(new Error(`${path}: ${code}`), { code });
}
