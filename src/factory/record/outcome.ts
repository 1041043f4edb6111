// SPDX-License-Identifier: MIT
/**
 * How a test ends, as in OpenHTF: PASS and FAIL judge the board; ERROR means that the test itself went wrong, TIMEOUT that
 * the board did not answer in time, ABORTED that a person, a pulled cable or a lost power supply ended it.
 */
export const OUTCOMES = ['PASS', 'FAIL', 'ERROR', 'TIMEOUT', 'ABORTED'] as const;
export type Outcome = (typeof OUTCOMES)[number];

/** What decides over a run, the strongest first: a run that was not finished says nothing of the board. */
const BY_WEIGHT: readonly Outcome[] = ['ABORTED', 'TIMEOUT', 'ERROR', 'FAIL', 'PASS'];

/** The outcome of all of them together. Nothing was tested: ABORTED, never PASS. */
export function overallOutcome(outcomes: readonly Outcome[]): Outcome {
  if (outcomes.length === 0) return 'ABORTED';
  return BY_WEIGHT.find((outcome) => outcomes.includes(outcome)) ?? 'ABORTED';
}
