// SPDX-License-Identifier: MIT
/** Installs what most tests call, and brings apt's lists up to date when they are old: two files at once could not. */
import { needs } from '../image/needs.ts';

await needs();
