// SPDX-License-Identifier: MIT
/** The list of a board's tests, `board/<name>/factory.yaml`: phases in their order, with measurements, limits and units. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { closest } from 'fastest-levenshtein';
import type { Board } from '../../image/board.ts';
import { UsageError } from '../../image/errors.ts';
import { type Fields, readYaml } from '../../image/fields.ts';
import type { Limits } from '../record/measurement.ts';
import { type MeasureFacts, PHASES, type PhaseFacts } from './phase-table.ts';

export interface TestList {
  /** A folder of board/. */
  readonly board: string;
  /** Name of the chosen list: `quick`. */
  readonly name: string;
  readonly firmware: {
    readonly driver: FirmwareName;
    /** Bits per second that the firmware and all after it is to speak at. */
    readonly speed: number;
  };
  /** Where the serial number comes from: the person reads it from the board, or it follows from the first MAC address. */
  readonly serial: SerialSource;
  /** Seconds from the firmware to the login. */
  readonly start: number;
  readonly phases: readonly PlannedPhase[];
}

export interface PlannedPhase {
  readonly name: string;
  readonly facts: PhaseFacts;
  /** Seconds after which it is ended, beside those that it lasts by its parameters. */
  readonly timeout: number;
  /** A board that does not pass it is tested no further. */
  readonly stop: boolean;
  readonly parameters: Readonly<Record<string, string | number>>;
  readonly measure: readonly PlannedMeasurement[];
}

/** A measurement that the phase must take. */
export interface PlannedMeasurement {
  readonly name: string;
  readonly unit?: string;
  /** Absent: only noted. */
  readonly limits?: Limits;
}

export const FIRMWARES = ['tinybios', 'seabios'] as const;
export type FirmwareName = (typeof FIRMWARES)[number];

export const SERIAL_SOURCES = ['ask', 'mac'] as const;
export type SerialSource = (typeof SERIAL_SOURCES)[number];

const SPEEDS = [9600, 19_200, 38_400, 57_600, 115_200] as const;
const LIST = /^[a-z][a-z-]{0,19}$/;
const PARAMETER = /^[A-Za-z0-9][\w:,.-]{0,99}$/;
/** Seconds; a burn-in takes a night. */
const LONGEST = 24 * 3600;

/** @throws UsageError for a board without one, a list that is not right, or a name that none of its phases has */
export async function loadTestList(board: Board, name: string): Promise<TestList> {
  const file = join(board.dir, 'factory.yaml');
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw error;
    throw new UsageError(`board ${board.name} has no list of factory tests: there is no ${file}`);
  });
  return parseTestList(text, board.name, name);
}

/** The list with another length of its burn-in. @throws UsageError when it has none */
export function withHours(list: TestList, hours: number): TestList {
  if (!list.phases.some(({ facts }) => facts.kind === 'load'))
    throw new UsageError(`--hours: list '${list.name}' of board ${list.board} has no phase load`);
  return {
    ...list,
    phases: list.phases.map((phase) =>
      phase.facts.kind === 'load'
        ? { ...phase, parameters: { ...phase.parameters, minutes: hours * 60 } }
        : phase,
    ),
  };
}

/** @throws UsageError that names file, key, value and what would be right */
export function parseTestList(text: string, board: string, name: string): TestList {
  const file = `board/${board}/factory.yaml`;
  const top = readYaml(text, file);
  const firmware = top.fields('firmware');
  const all = phasesIn(top.fields('phases'));
  const list = {
    ...{ board, name },
    firmware: {
      driver: firmware.oneOf('driver', FIRMWARES),
      speed: firmware.oneOf('speed', SPEEDS),
    },
    serial: top.oneOf('serial', SERIAL_SOURCES),
    start: top.integer('start', 1, 3600),
    phases: all.filter(({ lists }) => lists.includes(name)).map(({ phase }) => phase),
  };
  firmware.done();
  top.done();
  if (list.phases.length === 0) {
    const names = [...new Set(all.flatMap(({ lists }) => lists))];
    throw new UsageError(`${file} has no list '${name}'; it has ${names.join(', ') || 'none'}`);
  }
  checkOrder(list.phases, name, file);
  checkRestarts(list.phases, file);
  return list;
}

function phasesIn(fields: Fields): { phase: PlannedPhase; lists: string[] }[] {
  const phases = fields.keys().map((name) => phaseIn(fields, name));
  return phases;
}

function phaseIn(fields: Fields, name: string): { phase: PlannedPhase; lists: string[] } {
  const facts = Object.hasOwn(PHASES, name) ? PHASES[name] : undefined;
  const own = fields.fields(name);
  if (facts === undefined)
    fields.refuse(name, 'no phase', `a phase, as in ${closest(name, Object.keys(PHASES))}`);
  const lists = own.strings('lists', 'a list of names as quick and burn-in', LIST);
  if (lists.length === 0) own.refuse('lists', lists, 'at least one name');
  const measure = own.fields('measure');
  const planned = measure.keys().map((key) => measurementIn(measure, key, name, facts));
  if (planned.length === 0) own.refuse('measure', {}, 'at least one measurement');
  const phase = {
    ...{ name, facts, measure: planned },
    timeout: own.integer('timeout', 1, LONGEST),
    stop: own.has('stop') ? own.boolean('stop') : false,
    parameters: own.has('with') ? parametersIn(own.fields('with'), facts) : {},
  };
  own.done();
  return { phase, lists };
}

function parametersIn(fields: Fields, { parameters = [] }: PhaseFacts): Record<string, string | number> {
  const given = fields.keys();
  const found: Record<string, string | number> = {};
  for (const name of given) {
    if (!parameters.includes(name))
      fields.refuse(name, 'no parameter of this phase', `one of ${parameters.join(', ') || 'none at all'}`);
    found[name] = fields.isNumber(name)
      ? fields.integer(name, 1, 1_000_000_000)
      : fields.string(name, 'a whole number, or letters, digits and :,._-', PARAMETER);
  }
  return found;
}

function measurementIn(measure: Fields, name: string, phase: string, facts: PhaseFacts): PlannedMeasurement {
  const known = Object.hasOwn(facts.measures, name) ? facts.measures[name] : undefined;
  if (known === undefined)
    measure.refuse(
      name,
      `nothing that ${phase} measures`,
      `one of ${Object.keys(facts.measures).join(', ')}`,
    );
  const own = measure.fields(name);
  const unit = own.has('unit') ? own.string('unit') : undefined;
  if (known.unit !== undefined && unit !== known.unit) own.refuse('unit', unit, known.unit);
  const limits = limitsIn(own, known);
  own.done();
  return { name, ...(unit === undefined ? {} : { unit }), ...(limits === undefined ? {} : { limits }) };
}

function limitsIn(own: Fields, { is }: MeasureFacts): Limits | undefined {
  const hasEquals = own.has('equals');
  const [hasMin, hasMax] = [own.has('min'), own.has('max')];
  if (hasEquals) {
    if (hasMin || hasMax) own.refuse('equals', 'beside min or max', 'alone');
    if (is === 'number') return { equals: own.number('equals') };
    return { equals: is === 'text' ? own.string('equals') : own.boolean('equals') };
  }
  if (!hasMin && !hasMax) return undefined;
  if (is !== 'number') own.refuse(hasMin ? 'min' : 'max', `a limit of a ${is}`, 'left out, or equals');
  const limits = {
    ...(hasMin ? { min: own.number('min') } : {}),
    ...(hasMax ? { max: own.number('max') } : {}),
  };
  if (hasMin && hasMax && Number(limits.min) > Number(limits.max))
    own.refuse('min', limits.min, `at most max, which is ${limits.max}`);
  return limits;
}

/**
 * The firmware comes first, since nothing of it can be seen later. What gives the board its identity comes last: without it a
 * record would not say which board has passed.
 */
function checkOrder(phases: readonly PlannedPhase[], name: string, file: string): void {
  if (phases[0]?.facts.kind !== 'firmware')
    throw new UsageError(
      `${file}: list '${name}' begins with ${phases[0]?.name}; it must begin with firmware`,
    );
  const last = phases.at(-1);
  const early = phases.findIndex(({ facts }) => facts.kind === 'finalize');
  if (early !== phases.length - 1)
    throw new UsageError(`${file}: list '${name}' ends with ${last?.name}; it must end with finalize`);
}

/** A load goes on after a power cut. That it is no PASS then must not be left to who writes the list. */
function checkRestarts(phases: readonly PlannedPhase[], file: string): void {
  for (const { name, facts, measure } of phases) {
    if (facts.kind !== 'load') continue;
    const limits = measure.find((one) => one.name === 'restarts')?.limits;
    const most = limits === undefined ? undefined : 'equals' in limits ? limits.equals : limits.max;
    if (most !== 0)
      throw new UsageError(
        `${file}: phases.${name}.measure.restarts must be { max: 0 }: lost power is no PASS`,
      );
  }
}
