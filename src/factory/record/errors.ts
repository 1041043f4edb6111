// SPDX-License-Identifier: MIT
import { BuildError } from '../../image/errors.ts';

/** What was given as a record of a factory test is none, or is not what a station signed. */
export class RecordError extends BuildError {
  override name = 'RecordError';
}
