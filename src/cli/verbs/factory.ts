// SPDX-License-Identifier: MIT
/** `plait factory`: tests of new boards, and what is kept of them. */
import { Command } from 'commander';
import { calibrateCommand } from '../factory/calibrate.ts';
import { exportCommand } from '../factory/export.ts';
import { labelCommand } from '../factory/label.ts';
import { pxeCommand } from '../factory/pxe.ts';
import { reportCommand } from '../factory/report.ts';
import { runCommand } from '../factory/run.ts';
import { verifyCommand } from '../factory/verify.ts';

export function command(): Command {
  return new Command('factory')
    .summary('test new boards; check, count and print what was found')
    .description('Tests of new boards, and what is kept of them: signed records, figures, labels.')
    .addCommand(runCommand())
    .addCommand(pxeCommand())
    .addCommand(verifyCommand())
    .addCommand(exportCommand())
    .addCommand(reportCommand())
    .addCommand(labelCommand())
    .addCommand(calibrateCommand());
}
