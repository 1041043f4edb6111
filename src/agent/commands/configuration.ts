// SPDX-License-Identifier: MIT
/** Commands that look at a configuration, apply it, and keep or undo what was applied. */
import { checkBoard, missingPorts } from '../../appliance/board-checks.ts';
import { type Parsed, parseConfig } from '../../appliance/config.ts';
import { plan } from '../../appliance/plan.ts';
import { describe, type Problem } from '../../appliance/problems.ts';
import { Complaint, duration } from '../../appliance/units.ts';
import { dryRun, stepText } from '../apply/engine.ts';
import { readRecord } from '../apply/record.ts';
import { portsOf, readBoard } from '../board.ts';
import { readLeases } from '../leases.ts';
import { RECORD } from '../paths.ts';
import { CONFIRM_WITHIN, MAX_WITHIN, type Methods, MIN_WITHIN } from '../protocol.ts';
import {
  ask,
  boardPorts,
  type Context,
  EXIT_FAILED,
  EXIT_OK,
  FailureError,
  NoDaemon,
  readConfig,
  UsageError,
} from './context.ts';

export function checkCommand(context: Context): number {
  const { name, text } = readConfig(context);
  const checked = check(context, text);
  if (context.json) {
    context.out(`${JSON.stringify(checked.ok ? { ok: true, warnings: checked.warnings } : checked)}\n`);
  } else if (checked.ok) {
    context.err(warningLines(checked.warnings));
    context.out(`${name} can be applied\n`);
  } else {
    context.err(problemLines(checked.problems));
  }
  return checked.ok ? EXIT_OK : EXIT_FAILED;
}

/** Reads a text and holds it against the board's ports. */
function check(context: Context, text: string): Parsed {
  const parsed = parseConfig(text);
  if (!parsed.ok) return parsed;
  const facts = { ports: boardPorts(context, text) };
  const problems = checkBoard(parsed.config, facts);
  if (problems.length > 0) return { ok: false, problems };
  return { ...parsed, warnings: [...parsed.warnings, ...missingPorts(parsed.config, facts)] };
}

export function planCommand(context: Context): number {
  const { text } = readConfig(context);
  const changes = planByDaemon(context, text) ?? planAlone(context, text);
  if (context.json) context.out(`${JSON.stringify({ changes })}\n`);
  else
    context.out(
      changes.length === 0 ? 'nothing would change\n' : changes.map((change) => `${change}\n`).join(''),
    );
  return EXIT_OK;
}

/** Undefined when no daemon runs. */
function planByDaemon(context: Context, text: string): string[] | undefined {
  try {
    return ask(context, 'plan', { text }).changes;
  } catch (error) {
    if (error instanceof NoDaemon) return undefined;
    throw error;
  }
}

function planAlone(context: Context, text: string): string[] {
  const { files, processes, clock } = context.ports;
  const checked = check(context, text);
  if (!checked.ok)
    throw new FailureError({ code: 'invalid', message: 'invalid', problems: checked.problems });
  const kernel = context.kernel();
  const facts = {
    ports: portsOf(readBoard(files), kernel),
    leases: readLeases(files, clock.monotonic()),
    deadUplinks: [],
    deadLegs: {},
  };
  const services = { list: () => [], start: () => undefined, stop: async () => undefined };
  const record = readRecord(files, RECORD);
  return dryRun({ kernel, files, processes, services, record }, plan(checked.config, facts)).map(stepText);
}

const confirmTime = duration(MIN_WITHIN, MAX_WITHIN, '60s');

export function applyCommand(context: Context): number {
  const within = context.options.get('confirm-within');
  const ms = within === undefined ? CONFIRM_WITHIN : confirmTime(within);
  if (ms instanceof Complaint) {
    throw new UsageError(`--confirm-within "${within}" ${ms.message}; ${ms.remedy}`);
  }
  const { text } = readConfig(context);
  const result = ask(context, 'apply', { text, within: ms });
  if (context.json) {
    context.out(`${JSON.stringify(result)}\n`);
  } else {
    context.err(warningLines(result.warnings));
    context.out(applyText(result));
  }
  return EXIT_OK;
}

function applyText({ changes, pending, seconds }: Methods['apply']['result']): string {
  const wait = `"plaitctl confirm" within ${seconds} s keeps it, else it goes back`;
  const made = changes.length === 0 ? 'nothing had to change' : `${changes.length} changes made`;
  return pending ? `${made}; ${wait}\n` : `${made}\n`;
}

export function confirmCommand(context: Context): number {
  const result = ask(context, 'confirm', {});
  context.out(context.json ? `${JSON.stringify(result)}\n` : 'kept\n');
  return EXIT_OK;
}

export function revertCommand(context: Context): number {
  const result = ask(context, 'revert', {});
  if (context.json) context.out(`${JSON.stringify(result)}\n`);
  else context.out(`gone back, ${result.changes.length} changes made\n`);
  return EXIT_OK;
}

function warningLines(warnings: readonly Problem[]): string {
  return warnings.map((warning) => `warning: ${describe(warning)}\n`).join('');
}

export function problemLines(problems: readonly Problem[]): string {
  return problems.map((problem) => `${describe(problem)}\n`).join('');
}
