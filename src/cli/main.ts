// SPDX-License-Identifier: MIT
import { run } from './run.ts';

const exitCode = await run(process.argv.slice(2));
// A verb that did its work may have set another one.
if (exitCode !== 0) process.exitCode = exitCode;
