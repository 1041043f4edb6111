// SPDX-License-Identifier: MIT
import { BuildError } from '../image/errors.ts';

/** An emulated machine could not be made, started or controlled; one sentence explains it. Exit code 1. */
export class MachineError extends BuildError {
  override name = 'MachineError';
}
