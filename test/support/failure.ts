// SPDX-License-Identifier: MIT
import * as assert from 'uvu/assert';

/** Why a promise was rejected; an assertion fails when it was not. */
export async function failure(promise: Promise<unknown>): Promise<Error> {
  const outcome = await promise.then(
    () => undefined,
    (error: unknown) => error,
  );
  assert.instance(outcome, Error, 'should have been rejected');
  return outcome as Error;
}
