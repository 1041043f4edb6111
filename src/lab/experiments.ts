// SPDX-License-Identifier: MIT
import { readdir } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { closest } from 'fastest-levenshtein';
import { UsageError } from '../image/errors.ts';
import type { Experiment } from './experiment.ts';

const folder = fileURLToPath(new URL('experiments/', import.meta.url));

/** Every experiment: what the files of experiments/ export by default, one or a list; in the files' order. */
export async function allExperiments(): Promise<Experiment[]> {
  const files = (await readdir(folder)).filter((name) => name.endsWith('.ts')).sort();
  const found: Experiment[] = [];
  for (const file of files) {
    // In the form that esbuild finds the files by, too.
    const { default: exported } = (await import(`./experiments/${file.slice(0, -'.ts'.length)}.ts`)) as {
      default?: Experiment | Experiment[];
    };
    // A file without a default export holds what experiments share.
    if (exported !== undefined) found.push(...[exported].flat());
  }
  const twice = found.find(({ name }, index) => found.findIndex((one) => one.name === name) < index);
  if (twice) throw new Error(`two experiments are called ${twice.name}`);
  return found;
}

/** Experiments by name; `thesis-*` stands for all that begin so. @throws UsageError */
export function chooseExperiments(all: readonly Experiment[], names: readonly string[]): Experiment[] {
  const chosen = names.flatMap((name) => {
    const fit = name.endsWith('*')
      ? all.filter((one) => one.name.startsWith(name.slice(0, -1)))
      : all.filter((one) => one.name === name);
    if (fit.length > 0) return fit;
    const near = closest(
      name,
      all.map((one) => one.name),
    );
    throw new UsageError(
      `there is no experiment ${name}; the nearest name is ${near}, 'plait lab' lists all`,
    );
  });
  return [...new Set(chosen)];
}
