// SPDX-License-Identifier: MIT
import { readFileSync } from 'node:fs';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { spdxExpression } from '../../../../src/image/engine/buildroot/licenses.ts';
import { spdxSchema } from '../../../../src/image/engine/buildroot/reports.ts';

const known = new Set((JSON.parse(readFileSync(spdxSchema(), 'utf8')) as { enum: string[] }).enum);
const spdx = suite('spdxExpression');

for (const [words, expression] of [
  ['MIT', 'MIT'],
  ['GPL-2.0', 'GPL-2.0-only'],
  ['LGPL-2.1+', 'LGPL-2.1-or-later'],
  ['GPL-2.0, LGPL-2.1+ (libblkid, libmount), MIT', 'GPL-2.0-only AND LGPL-2.1-or-later AND MIT'],
  ['GPL-2.0 or GPL-3.0', 'GPL-2.0-only OR GPL-3.0-only'],
  ['BSD-3-Clause, Public Domain or CC0', 'BSD-3-Clause AND (LicenseRef-Public-Domain OR LicenseRef-CC0)'],
  ['MIT (a), MIT (b)', 'MIT'],
] as const)
  spdx(`makes of '${words}' ${expression}`, () => assert.is(spdxExpression(words, known), expression));

spdx.run();
