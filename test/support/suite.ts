// SPDX-License-Identifier: MIT
import { inspect } from 'node:util';
import { type Callback, type Test, suite as uvuSuite } from 'uvu';

/**
 * uvu's suite, for suites with a `before` hook. When such a hook fails, uvu 0.5 runs none of the tests and says nothing of
 * the reason: the `return` in its `finally` swallows the error. This one prints it.
 */
export function suite<T>(title: string): Test<T> {
  const tests = uvuSuite<T>(title);
  const { before } = tests;
  tests.before = Object.assign((hook: Callback<T>) => before(printsItsError(title, hook)), {
    each: before.each,
  });
  return tests;
}

function printsItsError<T>(title: string, hook: Callback<T>): Callback<T> {
  return async (context) => {
    try {
      await hook(context);
    } catch (error) {
      console.error(`\nbefore() of "${title}" failed, none of its tests ran: ${inspect(error)}`);
      throw error;
    }
  };
}
