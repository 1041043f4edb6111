// SPDX-License-Identifier: MIT
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { BuildError } from '../../image/errors.ts';

/** What the steps of a run have printed, by the steps' names. */
export class Results {
  private readonly folder: string;

  /** `folder` is the run's `out/`. */
  constructor(folder: string) {
    this.folder = folder;
  }

  text(name: string): string {
    return this.bytes(name).toString('utf8');
  }

  bytes(name: string): Buffer {
    try {
      return readFileSync(join(this.folder, name));
    } catch (error) {
      throw new BuildError(`step ${name} left no result: ${(error as Error).message}`, { cause: error });
    }
  }

  json(name: string): unknown {
    const text = this.text(name);
    try {
      return JSON.parse(text);
    } catch (error) {
      throw new BuildError(`step ${name} gave no JSON: ${text.slice(0, 200)}`, { cause: error });
    }
  }
}
