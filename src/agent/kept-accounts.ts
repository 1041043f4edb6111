// SPDX-License-Identifier: MIT
/**
 * The accounts of the last confirmed configuration, on the data partition: S11data puts them in force, so that the login on
 * the console asks for the password from the first second of a start on, and when no agent comes.
 */

import { shadowText } from '../appliance/plan/services.ts';
import type { Config } from '../appliance/schema.ts';
import { KEPT_ACCOUNTS } from './paths.ts';
import { errorText, type Ports } from './ports.ts';

/** Does not throw: the configuration is in force, with or without this. */
export function keepAccounts({ files, log }: Pick<Ports, 'files' | 'log'>, config: Config): void {
  const text = shadowText(config);
  try {
    if (files.read(KEPT_ACCOUNTS) !== text) files.write(KEPT_ACCOUNTS, text, { mode: 0o600, durable: true });
  } catch (error) {
    log('warning', `keeping the accounts for the next start: ${errorText(error)}`);
  }
}
