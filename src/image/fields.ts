// SPDX-License-Identifier: MIT
import { closest } from 'fastest-levenshtein';
import { CORE_SCHEMA, load } from 'js-yaml';
import { UsageError } from './errors.ts';

/** Reads a YAML text as a mapping. `file` goes into messages. Throws a UsageError. */
export function readYaml(text: string, file: string): Fields {
  let value: unknown;
  try {
    value = load(text, { schema: CORE_SCHEMA });
  } catch (error) {
    throw new UsageError(`${file}: not valid YAML: ${(error as Error).message.split('\n')[0]}`, {
      cause: error,
    });
  }
  return fieldsOf(value, file, '');
}

/**
 * A mapping that is read key by key. Every reader says file, path, the value seen and what it must be; `done` refuses
 * keys that nobody read.
 */
export class Fields {
  private readonly value: Record<string, unknown>;
  private readonly file: string;
  private readonly path: string;
  private readonly read = new Set<string>();

  constructor(value: Record<string, unknown>, file: string, path: string) {
    this.value = value;
    this.file = file;
    this.path = path;
  }

  has(key: string): boolean {
    this.read.add(key);
    return this.value[key] !== undefined;
  }

  /** Keys of a mapping that names what its values are of; each counts as read. */
  keys(): string[] {
    const keys = Object.keys(this.value);
    for (const key of keys) this.read.add(key);
    return keys;
  }

  isNumber(key: string): boolean {
    return typeof this.value[key] === 'number';
  }

  number(key: string): number {
    const value = this.take(key);
    if (typeof value !== 'number' || !Number.isFinite(value)) this.refuse(key, value, 'a number');
    return value;
  }

  string(key: string, what = 'a text', pattern = /./): string {
    const value = this.take(key);
    if (typeof value !== 'string' || !pattern.test(value)) this.refuse(key, value, what);
    return value;
  }

  integer(key: string, min: number, max: number): number {
    const value = this.take(key);
    if (typeof value !== 'number' || !Number.isInteger(value) || value < min || value > max) {
      this.refuse(key, value, `a whole number from ${min} to ${max}`);
    }
    return value;
  }

  boolean(key: string): boolean {
    const value = this.take(key);
    if (typeof value !== 'boolean') this.refuse(key, value, 'true or false');
    return value;
  }

  oneOf<T extends string | number>(key: string, choices: readonly T[]): T {
    const value = this.take(key);
    const found = choices.find((choice) => choice === value);
    if (found === undefined) this.refuse(key, value, `one of ${choices.join(', ')}`);
    return found;
  }

  strings(key: string, what = 'a list of texts', pattern = /./): string[] {
    const value = this.take(key);
    if (!Array.isArray(value)) this.refuse(key, value, what);
    for (const item of value)
      if (typeof item !== 'string' || !pattern.test(item)) this.refuse(key, item, what);
    return value as string[];
  }

  fields(key: string): Fields {
    return fieldsOf(this.take(key), this.file, this.at(key));
  }

  /** Refuses keys that no reader asked for. */
  done(): void {
    for (const key of Object.keys(this.value)) {
      if (this.read.has(key)) continue;
      const near = closest(key, [...this.read]);
      throw new UsageError(`${this.file}: ${this.at(key)}: unknown key; did you mean '${near}'?`);
    }
  }

  /** Throws the message for a value that is not as it must be. */
  refuse(key: string, value: unknown, must: string): never {
    const seen = value === undefined ? 'is missing' : `is ${JSON.stringify(value)}`;
    throw new UsageError(`${this.file}: ${this.at(key)} ${seen}; it must be ${must}`);
  }

  private take(key: string): unknown {
    this.read.add(key);
    return this.value[key];
  }

  private at(key: string): string {
    return this.path === '' ? key : `${this.path}.${key}`;
  }
}

function fieldsOf(value: unknown, file: string, path: string): Fields {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) {
    const seen = value === undefined ? 'is missing' : `is ${JSON.stringify(value)}`;
    throw new UsageError(
      `${file}: ${path || 'the document'} ${seen}; it must be a mapping of keys to values`,
    );
  }
  return new Fields(value as Record<string, unknown>, file, path);
}
