// SPDX-License-Identifier: MIT
/** Where the agent's own words go. */
import * as native from 'plait_native';
import * as os from 'quickjs-os';
import * as std from 'quickjs-std';
import type { Log, LogLevel } from '../../ports.ts';
import { encodeUtf8 } from '../../utf8.ts';
import { withFile, writeAll } from './descriptors.ts';

const AF_UNIX = 1;
const SOCK_DGRAM = 2;

const SYSLOG_DAEMON = 24;
const SEVERITY: Record<LogLevel, number> = { debug: 7, info: 6, notice: 5, warning: 4, error: 3 };

/** To syslog; what a person at the console should know goes there as well. */
export function systemLog(name: string): Log {
  let fd = -1;
  const connect = () => {
    fd = native.socket(AF_UNIX, SOCK_DGRAM, 0);
    native.connect(fd, { path: '/dev/log' });
  };
  return (level, text) => {
    const line = encodeUtf8(`<${SYSLOG_DAEMON + SEVERITY[level]}>${name}: ${text}`);
    for (let tries = 0; tries < 2; tries++) {
      try {
        if (fd < 0) connect();
        native.send(fd, line);
        break;
      } catch {
        // syslogd is not there yet or was restarted: once more, then this line is given up.
        if (fd >= 0) os.close(fd);
        fd = -1;
      }
    }
    if (level === 'notice' || level === 'error') toConsole(`plait: ${text}\r\n`);
  };
}

function toConsole(text: string): void {
  try {
    // Never waits for a console that does not take anything.
    const O_NONBLOCK = 0o4000;
    const O_NOCTTY = 0o400;
    withFile('/dev/console', os.O_WRONLY | O_NONBLOCK | O_NOCTTY, 0, (fd) => {
      writeAll('/dev/console', fd, encodeUtf8(text));
    });
  } catch {
    // No console: the system log has it.
  }
}

export function stderrLog(level: LogLevel, text: string): void {
  if (level === 'warning' || level === 'error') std.err.puts(`${text}\n`);
}
