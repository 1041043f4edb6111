// SPDX-License-Identifier: MIT
/** Tables of the index. It is made of the signed records at any time, so another version of it is another index. */

/** Raised with each change of the tables or of what is put into them. */
export const INDEX_VERSION = 1;

export const TABLES: readonly string[] = [
  // `store` is the folder of the record's file, `signer` the fingerprint of the key that signed it.
  `CREATE TABLE IF NOT EXISTS runs (
    number INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, store TEXT NOT NULL, signer TEXT NOT NULL, sha256 TEXT NOT NULL,
    board TEXT NOT NULL, list TEXT NOT NULL, serial TEXT, lot TEXT, station TEXT NOT NULL, operator TEXT NOT NULL,
    firmware TEXT NOT NULL, started TEXT NOT NULL, seconds DOUBLE PRECISION NOT NULL, outcome TEXT NOT NULL)`,
  `CREATE TABLE IF NOT EXISTS macs (run INTEGER NOT NULL, mac TEXT NOT NULL)`,
  // What did not pass: a measurement, or a phase without one that failed.
  `CREATE TABLE IF NOT EXISTS failures (run INTEGER NOT NULL, phase TEXT NOT NULL, measurement TEXT, outcome TEXT NOT NULL)`,
  // What is measured: once for all boards of a kind.
  `CREATE TABLE IF NOT EXISTS series (
    number INTEGER PRIMARY KEY, board TEXT NOT NULL, list TEXT NOT NULL, phase TEXT NOT NULL, name TEXT NOT NULL, unit TEXT)`,
  // Numbers only; `least` and `most` are their limits.
  `CREATE TABLE IF NOT EXISTS measurements (
    run INTEGER NOT NULL, series INTEGER NOT NULL, value DOUBLE PRECISION NOT NULL,
    least DOUBLE PRECISION, most DOUBLE PRECISION)`,
  `CREATE INDEX IF NOT EXISTS runs_by_serial ON runs (serial)`,
  `CREATE INDEX IF NOT EXISTS macs_by_mac ON macs (mac)`,
];

/** Tables with rows of runs, the runs themselves last. */
export const TABLES_OF_RUNS = [
  { name: 'macs', key: 'run' },
  { name: 'failures', key: 'run' },
  { name: 'measurements', key: 'run' },
  { name: 'runs', key: 'number' },
] as const;
