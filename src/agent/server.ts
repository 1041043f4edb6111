// SPDX-License-Identifier: MIT
/** Answers questions on the control socket. */
import type { Daemon } from './daemon.ts';
import type { Kernel } from './kernel.ts';
import { SOCKET } from './paths.ts';
import { type Connection, errorText, type Ports, type Server } from './ports.ts';
import {
  type Answer,
  CONFIRM_WITHIN,
  MAX_LEDS_LENT,
  MAX_WITHIN,
  MIN_WITHIN,
  parseQuestion,
  type Question,
  Refusal,
} from './protocol.ts';
import { statusOf } from './status-of.ts';
import { isUrl } from './upgrade/receive.ts';
import { isOnStick } from './upgrade/stick.ts';
import type { UpgradeRequest, UpgradeTerms } from './upgrade/upgrader.ts';

export function serveControl(daemon: Daemon, ports: Ports, kernel: Kernel): Server {
  return ports.sockets.listen(SOCKET, (connection) => ({
    line: (line) => void answerLine(daemon, ports, kernel, connection, line),
    end: () => undefined,
  }));
}

async function answerLine(
  daemon: Daemon,
  ports: Ports,
  kernel: Kernel,
  connection: Connection,
  line: string,
): Promise<void> {
  const question = parseQuestion(line);
  const answer: Answer =
    question === undefined
      ? {
          id: 0,
          error: { code: 'usage', message: 'a question is {"id": number, "method": text, "params": {}}' },
        }
      : await answerTo(daemon, ports, kernel, question);
  connection.writeLine(JSON.stringify(answer));
}

async function answerTo(daemon: Daemon, ports: Ports, kernel: Kernel, question: Question): Promise<Answer> {
  const { id } = question;
  try {
    return { id, result: await act(daemon, ports, kernel, question) };
  } catch (error) {
    if (error instanceof Refusal) return { id, error: error.failure };
    ports.log('error', `${question.method}: ${errorText(error)}`);
    return { id, error: { code: 'failed', message: errorText(error) } };
  }
}

async function act(
  daemon: Daemon,
  ports: Ports,
  kernel: Kernel,
  { method, params }: Question,
): Promise<unknown> {
  switch (method) {
    case 'status':
      return statusOf(daemon, ports, kernel);
    case 'apply':
      return daemon.lifecycle.apply(text(params, 'text'), within(params));
    case 'confirm':
      return daemon.lifecycle.confirm();
    case 'revert':
      return daemon.lifecycle.revert();
    case 'plan':
      return { changes: daemon.lifecycle.preview(text(params, 'text')) };
    case 'show':
      return { text: daemon.show(params.what === 'plan' ? 'plan' : 'config') };
    case 'upgrade':
      return { job: daemon.upgrader.begin(upgradeRequest(params)) };
    case 'upgrade-listen':
      return daemon.upgrader.listen(upgradeTerms(params));
    case 'upgrade-close':
      daemon.upgrader.closeUpload();
      return {};
    case 'upgrade-job': {
      const { job } = daemon.upgrader;
      return job === undefined ? {} : { job };
    }
    case 'clock':
      daemon.clock.take(texts(params.env));
      return {};
    case 'lend-leds':
      daemon.panel.lend(ledSeconds(params));
      return {};
    case 'lease':
      daemon.lease(text(params, 'device'), text(params, 'event'), texts(params.env));
      return {};
    default:
      throw new Refusal({ code: 'usage', message: `there is no method "${method}"` });
  }
}

function text(params: Record<string, unknown>, name: string): string {
  const value = params[name];
  if (typeof value !== 'string') throw new Refusal({ code: 'usage', message: `"${name}" must be a text` });
  return value;
}

function upgradeRequest(params: Record<string, unknown>): UpgradeRequest {
  const path = text(params, 'path');
  if (!path.startsWith('/') && !isUrl(path) && !isOnStick(path))
    throw new Refusal({
      code: 'usage',
      message: '"path" must be an absolute path, begin with http://, or be "usb" or "usb:NAME"',
    });
  const name = text(params, 'name')
    .replace(/[^ -~]/g, '?')
    .slice(0, 200);
  return { path, name, ...upgradeTerms(params) };
}

function upgradeTerms({ reboot, allowOlder }: Record<string, unknown>): UpgradeTerms {
  if (reboot !== 'now' && reboot !== 'later')
    throw new Refusal({ code: 'usage', message: '"reboot" must be "now" or "later"' });
  return { reboot, allowOlder: allowOlder === true };
}

function within(params: Record<string, unknown>): number {
  const value = params.within ?? CONFIRM_WITHIN;
  if (typeof value !== 'number' || !(value >= MIN_WITHIN && value <= MAX_WITHIN)) {
    throw new Refusal({ code: 'usage', message: '"within" must be 5 s to 24 h, in milliseconds' });
  }
  return value;
}

function ledSeconds({ seconds }: Record<string, unknown>): number {
  if (typeof seconds !== 'number' || !(seconds >= 0 && seconds <= MAX_LEDS_LENT))
    throw new Refusal({ code: 'usage', message: `"seconds" must be 0 to ${MAX_LEDS_LENT}` });
  return seconds;
}

function texts(value: unknown): Record<string, string> {
  if (typeof value !== 'object' || value === null) return {};
  return Object.fromEntries(
    Object.entries(value).filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
  );
}
