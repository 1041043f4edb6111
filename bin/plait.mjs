#!/usr/bin/env node
// SPDX-License-Identifier: MIT
// Starts the TypeScript command line without a build step that anybody would have to think of.
import { fileURLToPath, pathToFileURL } from 'node:url';
import { linkedCommand } from './link.mjs';

const linked = await linkedCommand(fileURLToPath(new URL('..', import.meta.url)));
if (linked === undefined) {
  const { register } = await import('tsx/esm/api');
  register();
  await import('../src/cli/main.ts');
} else {
  // Stacks name the sources.
  process.setSourceMapsEnabled(true);
  await import(pathToFileURL(linked).href);
}
