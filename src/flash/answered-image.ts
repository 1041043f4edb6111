// SPDX-License-Identifier: MIT
/** Puts answers of `plaitctl setup` onto a card: the board's first login goes on with them, and asks only for the rest. */

import { SETUP_ANSWERS } from '../agent/paths.ts';
import { needsHash, readAnswers } from '../agent/setup/answers-file.ts';
import { keptAnswersText } from '../agent/setup/kept-answers.ts';
import { describe } from '../appliance/problems.ts';
import { MAKE } from '../appliance/setup/password.ts';
import { UsageError } from '../image/errors.ts';
import { withDataFile } from './data-files.ts';
import type { SourceImage } from './source-image.ts';

const WHAT = '--answers';
const MOUNT = '/data/';

/** The image with the answers in it. @throws UsageError when they are not valid, or hold a password as it is typed */
export async function answeredImage(
  image: SourceImage,
  name: string,
  text: string,
  signal: AbortSignal,
): Promise<SourceImage> {
  const read = readAnswers(text);
  if (!read.ok)
    throw new UsageError(`${WHAT}: ${name} is not valid:\n${read.problems.map(describe).join('\n')}`);
  const { password } = read.answers;
  // A card lies around, and goes by post.
  if (password === MAKE || (password !== undefined && needsHash(password)))
    throw new UsageError(
      `${WHAT}: ${name} has a password, and a card keeps only its hash: write what mkpasswd -m sha512 prints, or leave it out, and the board asks for it`,
    );
  const path = SETUP_ANSWERS.slice(MOUNT.length);
  return withDataFile(image, { what: 'the answers', path, text: keptAnswersText(read.answers) }, signal);
}
