// SPDX-License-Identifier: MIT
/** What verbs share that work over a serial port: which port, at which speed, who logs in. */
import { InvalidArgumentError, Option } from 'commander';
import { UsageError } from '../image/errors.ts';
import { SPEEDS } from '../serial/find-speed.ts';
import { isUsb, serialPorts } from '../serial/list-ports.ts';
import { wholeNumber } from './options.ts';

/** Undefined: it is found. */
export type Speed = number | 'auto';

export const PORT_MEANING =
  'a device as in /dev/ttyUSB0, or a console server: tcp://HOST:PORT, or telnet://HOST:PORT (RFC 2217)';

export function speedOption(): Option {
  return new Option('--speed <n>', 'bits per second, or auto to find it')
    .default('auto')
    .argParser((text) => {
      if (text === 'auto') return text;
      const speed = /^\d{2,7}$/.test(text) ? Number(text) : 0;
      if (speed < 50 || speed > 4_000_000)
        throw new InvalidArgumentError('It must be auto, or bits per second, as in 38400.');
      return speed;
    });
}

/** At which the port is opened, before any is found. */
export function firstSpeed(speed: Speed): number {
  return speed === 'auto' ? SPEEDS[0] : speed;
}

export function logOption(): Option {
  return new Option('--log <file>', 'a file that gets all that the board prints');
}

export function userOption(): Option {
  return new Option('--user <name>', 'who logs in').default('root');
}

export function passwordFileOption(): Option {
  return new Option(
    '--password-file <file>',
    'a file with the password of a board that has one, in its first line',
  );
}

export function waitOption(): Option {
  return new Option('--wait <s>', 'seconds until a login must have come, also of a board that is starting')
    .default(120)
    .argParser(wholeNumber(1, 3600));
}

/** Where nobody names a port, the only one that there is. */
export function portOf(named: string | undefined): string {
  if (named !== undefined) return named;
  const ports = serialPorts();
  const usb = ports.filter(isUsb);
  const [only] = usb.length === 1 ? usb : ports;
  if (only !== undefined && (usb.length === 1 || ports.length === 1)) return only;
  if (ports.length === 0)
    throw new UsageError('this machine has no serial port: plug a USB adapter in, or name a console server');
  throw new UsageError(`name a port, one of ${ports.join(', ')}`);
}
