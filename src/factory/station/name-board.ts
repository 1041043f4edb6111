// SPDX-License-Identifier: MIT
/** Which board it is, before anything is measured: so that also the record of one that fails says it. */
import { type Identity, identityProblems } from '../../agent/identity.ts';
import type { Person } from './person.ts';
import { serialOfMac } from './registry.ts';
import type { SerialSource } from './test-list.ts';

/** Milliseconds to read a label and to type it, or to scan it. */
const PERSON = 300_000;

/** `report`: id of the run. @throws NobodyAnswers, StoppedByPerson */
export async function nameBoard(
  macs: readonly string[],
  report: string,
  source: SerialSource,
  person: Person,
  port: string,
): Promise<Identity> {
  const [first] = macs;
  const serial = source === 'mac' && first !== undefined ? serialOfMac(first) : await askSerial(person, port);
  return { serial, macs: [...macs], report };
}

function askSerial(person: Person, port: string): Promise<string> {
  return person.ask(port, {
    text: 'Serial number on the board: scan it, or type it',
    problem: (serial) => identityProblems({ serial, macs: ['00:00:00:00:00:00'] })[0],
    timeout: PERSON,
  });
}
