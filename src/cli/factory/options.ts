// SPDX-License-Identifier: MIT
/** Options that commands of the factory share. */
import { Option } from 'commander';

export function factoryOption(): Option {
  return new Option(
    '--factory <dir>',
    'where the records and their index are (default: ~/.local/share/plait/factory)',
  ).env('PLAIT_FACTORY');
}

export function databaseOption(): Option {
  return new Option(
    '--database <url>',
    'a PostgreSQL database that stations share, postgres://user@host/name (default: a file beside the records)',
  ).env('PLAIT_FACTORY_DATABASE');
}
