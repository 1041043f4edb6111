// SPDX-License-Identifier: MIT
/** Firmware of boards as it speaks on a serial line. A fake knows nothing of the driver: it prints what the board prints, and takes keys. */

export interface Firmware {
  /** Bits per second that it speaks at now. */
  speed: number;
  /** Power comes, or a reset. */
  start(): void;
  key(key: string): void;
  /** Power is lost: nothing more is printed. */
  stop(): void;
}

export interface FirmwareWorld {
  print(text: string): void;
  /** The firmware is done; `network`: it starts what PXE gives. */
  boot(network?: boolean): void;
}

export interface TinyBiosSpec {
  readonly speed?: number;
  readonly version?: string;
  readonly memory?: number;
  /** Keys that are marked. */
  readonly on?: string;
  /** Keys that do nothing. */
  readonly stuck?: string;
  /** The new speed holds from the key on, or from the next start on. */
  readonly speedAt?: 'once' | 'restart';
  /** Milliseconds of the memory test. */
  readonly memoryTest?: number;
  /** No setup, whatever is pressed. */
  readonly noSetup?: boolean;
  /** Stops for ever in the menu. */
  readonly hangsInMenu?: boolean;
}

const SPEEDS: Readonly<Record<string, number>> = {
  '9': 9600,
  '2': 19200,
  '3': 38400,
  '5': 57600,
  '1': 115200,
};

/** Milliseconds between two figures of the memory test. */
const COUNT = 200;

export function fakeTinyBios(world: FirmwareWorld, spec: TinyBiosSpec = {}): Firmware & { on: Set<string> } {
  const { version = '0.99h', memory = 261120, memoryTest = 800, stuck = '' } = spec;
  const saved = new Set(spec.on ?? '3CR');
  let on = new Set(saved);
  let at: 'off' | 'memory' | 'menu' | 'question' = 'off';
  let opened = false;
  let timers: NodeJS.Timeout[] = [];
  const keyOf = (speed: number) => Object.keys(SPEEDS).find((key) => SPEEDS[key] === speed) ?? '3';
  if (spec.speed !== undefined) {
    for (const key of Object.keys(SPEEDS)) saved.delete(key);
    saved.add(keyOf(spec.speed));
  }
  const speedOf = (keys: Set<string>) => SPEEDS[[...keys].find((key) => key in SPEEDS) ?? '3'] ?? 38400;
  const later = (ms: number, run: () => void) => void timers.push(setTimeout(run, ms));
  const bios: Firmware & { on: Set<string> } = { speed: speedOf(saved), on: saved, start, key, stop };
  return bios;

  function start(): void {
    stop();
    on = new Set(saved);
    bios.speed = speedOf(saved);
    at = 'memory';
    world.print(`\r\n\r\nPC Engines ALIX.2 v${version}\r\n640 KB Base Memory\r\n`);
    opened = false;
    for (let ms = COUNT; ms < memoryTest; ms += COUNT)
      later(ms, () => {
        const at = Math.round((memory * ms) / memoryTest);
        world.print([0, 64, 128, 192].map((more) => `\r${at + more}`).join(''));
      });
    later(memoryTest, () => {
      world.print(`\r${memory} KB Extended Memory\r\n\r\n`);
      if (opened && spec.noSetup !== true) menu();
      else goOn();
    });
  }

  function stop(): void {
    for (const timer of timers) clearTimeout(timer);
    timers = [];
    at = 'off';
  }

  function key(pressed: string): void {
    if (at === 'memory' && pressed === 's') opened = true;
    else if (at === 'menu') inMenu(pressed);
    else if (at === 'question' && /[yn]/i.test(pressed)) answered(/y/i.test(pressed));
  }

  function inMenu(pressed: string): void {
    if (spec.hangsInMenu) return;
    const setting = pressed.toUpperCase();
    if (setting === 'Q') {
      at = 'question';
      world.print('\r\nSave changes Y/N ?');
      return;
    }
    if (!stuck.includes(setting)) change(setting);
    menu();
  }

  function change(setting: string): void {
    const group = [Object.keys(SPEEDS), ['C', 'L']].find((keys) => keys.includes(setting));
    if (group) {
      for (const other of group) on.delete(other);
      on.add(setting);
      if (setting in SPEEDS && spec.speedAt === 'once') bios.speed = SPEEDS[setting] ?? 0;
    } else if ('WVUMPRE'.includes(setting)) {
      if (!on.delete(setting)) on.add(setting);
    }
  }

  function menu(): void {
    at = 'menu';
    const mark = (setting: string) => (on.has(setting) ? `*${setting}*` : `(${setting})`);
    world.print(
      [
        '\r\nBIOS setup:\r\n',
        `${mark('9')} 9600 baud ${mark('2')} 19200 baud ${mark('3')} 38400 baud ${mark('5')} 57600 baud ${mark('1')} 115200 baud`,
        `${mark('C')} CHS mode ${mark('L')} LBA mode ${mark('W')} HDD wait ${mark('V')} HDD slave ${mark('U')} UDMA enable`,
        `${mark('M')} MFGPT workaround`,
        `${mark('P')} late PCI init`,
        `${mark('R')} Serial console enable`,
        `${mark('E')} PXE boot enable`,
        '(X) Xmodem upload',
        '(Q) Quit\r\n',
      ].join('\r\n'),
    );
  }

  function answered(save: boolean): void {
    if (save) {
      saved.clear();
      for (const setting of on) saved.add(setting);
    }
    world.print('\r\n');
    later(30, goOn);
  }

  function goOn(): void {
    at = 'off';
    bios.speed = speedOf(saved);
    const mode = saved.has('L') ? 'LBA' : 'CHS';
    world.print(
      `01F0 Master 044A SanDisk SDCFH2-002G\r\nPhys C/H/S 3897/16/63 Log C/H/S 974/64/63 ${mode}\r\n`,
    );
    later(20, () => world.boot(saved.has('E')));
  }
}

export interface SeaBiosSpec {
  readonly version?: string;
  readonly memory?: number;
  /** Nothing to start from. */
  readonly empty?: boolean;
  /** Versions 4.0.14 and 4.0.15 of PC Engines say nothing of the boot menu. */
  readonly noMenu?: boolean;
}

/** coreboot and SeaBIOS of an APU, at 115200 bits per second. */
export function fakeSeaBios(world: FirmwareWorld, spec: SeaBiosSpec = {}): Firmware {
  let timers: NodeJS.Timeout[] = [];
  let typed = '';
  let asked = false;
  const later = (ms: number, run: () => void) => void timers.push(setTimeout(run, ms));
  const bios: Firmware = { speed: 115200, start, key, stop };
  return bios;

  function key(pressed: string): void {
    typed += pressed;
    if (!asked && typed.endsWith('\x1b[21~')) {
      asked = true;
      stop();
      world.print('\r\nSelect boot device:\r\n\r\n1. ata0-0: SanDisk ATA-9 Hard-Disk (15 GiBytes)\r\n');
      world.print('2. iPXE (PCI 00:00.0)\r\n3. Payload [memtest]\r\n\r\n');
    } else if (asked && pressed === '2') {
      asked = false;
      world.print('Booting from ROM...\r\n');
      later(20, () => world.boot(true));
    }
  }

  function start(): void {
    stop();
    [typed, asked] = ['', false];
    world.print(
      `PC Engines apu2\r\ncoreboot build 20210308\r\nBIOS version ${spec.version ?? 'v4.13.0.4'}\r\n`,
    );
    later(60, () =>
      world.print(`${spec.memory ?? 4080} MB ECC DRAM\r\n\r\nSeaBIOS (version rel-1.12.1.3-0-g300e8b70)\r\n`),
    );
    if (!spec.noMenu) later(90, () => world.print('\r\nPress F10 key now for boot menu\r\n'));
    later(130, () => {
      world.print(spec.empty ? 'No bootable device.\r\n' : 'Booting from Hard Disk...\r\n');
      if (!spec.empty) later(20, () => world.boot());
    });
  }

  function stop(): void {
    for (const timer of timers) clearTimeout(timer);
    timers = [];
  }
}
