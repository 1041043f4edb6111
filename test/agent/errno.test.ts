// SPDX-License-Identifier: MIT
import { readFileSync } from 'node:fs';
import { constants } from 'node:os';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { errnoName } from '../../src/agent/errno.ts';

const NATIVE = new URL('../../src/agent/native/values.c', import.meta.url);
const named = [...readFileSync(NATIVE, 'utf8').matchAll(/\bE\((E[A-Z0-9]+)\)/g)].map(([, name = '']) => name);

const codes = suite('error codes');

codes('are the same whether the native part throws or netlink answers', () => {
  const numbers: Record<string, number | undefined> = { ...constants.errno };
  const here = Array.from({ length: 134 }, (_, number) => ({ number, code: errnoName(number).code }));
  const known = here.filter(({ code, number }) => code !== `E${number}`);
  assert.equal(known.map(({ code }) => code).sort(), [...named].sort());
  for (const { code, number } of known) assert.is(numbers[code] ?? number, number, code);
});

codes.run();
