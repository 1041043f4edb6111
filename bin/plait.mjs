#!/usr/bin/env node
// SPDX-License-Identifier: MIT
// Loads the TypeScript command line without a build step.
import { register } from 'tsx/esm/api';

register();
await import('../src/cli/main.ts');
