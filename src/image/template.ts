// SPDX-License-Identifier: MIT
import { readFile } from 'node:fs/promises';

/**
 * Renders a handlebars template. A value that the model lacks is an error naming it and the template; nothing is
 * escaped, since the outputs are configuration files and not HTML.
 */
export async function renderTemplate(path: string, model: object): Promise<string> {
  // Loaded when something is rendered: a build that finds all in the cache does without.
  const { default: handlebars } = await import('handlebars');
  const template = handlebars.compile(await readFile(path, 'utf8'), {
    strict: true,
    noEscape: true,
    knownHelpersOnly: true,
  });
  try {
    return template(model);
  } catch (error) {
    throw new Error(`${path}: ${(error as Error).message}`, { cause: error });
  }
}
