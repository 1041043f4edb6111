// SPDX-License-Identifier: MIT
/** `plaitctl setup`: sets the board up, by questions on the terminal or by a file of answers. */
import { CONFIG_STORE, SETUP_LOCK } from '../paths.ts';
import { answersFront } from '../setup/answers-front.ts';
import { Dialog } from '../setup/dialog.ts';
import { type Context, EXIT_FAILED, EXIT_OK, UsageError } from './context.ts';

export async function setupCommand(context: Context): Promise<number> {
  const { options } = context;
  const file = options.get('answers');
  const alone = ['anew', 'all', 'offer'].find((name) => options.has(name));
  if (file !== undefined && alone !== undefined)
    throw new UsageError(`--${alone} is for questions on the terminal, not for --answers`);
  const ofFile = ['print', 'keep'].find((name) => options.has(name));
  if (file === undefined && ofFile !== undefined) throw new UsageError(`--${ofFile} is for --answers only`);
  if (file === undefined && context.json) throw new UsageError('--json is for --answers only');
  if (options.has('offer') && isSetUp(context)) return EXIT_OK;
  if (!context.setup().lock(SETUP_LOCK)) {
    if (options.has('offer')) return EXIT_OK;
    throw new Error('setup is running already, on another terminal');
  }
  return file === undefined ? questions(context) : answersFront(context, file);
}

/** Something was confirmed on this board. */
function isSetUp({ ports }: Context): boolean {
  return ports.files.list(CONFIG_STORE).some((name) => name.endsWith('.yaml'));
}

async function questions(context: Context): Promise<number> {
  const terminal = context.setup().terminal();
  if (terminal === undefined) {
    if (context.options.has('offer')) return EXIT_OK;
    throw new UsageError(
      'setup asks on a terminal, and this is none; --answers FILE takes answers from a file',
    );
  }
  try {
    const dialog = new Dialog(context, terminal);
    if (context.options.has('offer') && !(await dialog.offer())) {
      terminal.write('Later: plaitctl setup\n');
      return EXIT_OK;
    }
    return (await dialog.run()) === 'kept' ? EXIT_OK : EXIT_FAILED;
  } finally {
    terminal.close();
  }
}
