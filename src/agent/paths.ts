// SPDX-License-Identifier: MIT
/** Places in the board's file system that the agent reads and writes. */

/** The working copy of the configuration: what a person edits and `plaitctl apply` reads. */
export const CONFIG = '/data/plait.yaml';
/** Folder of the configurations that were confirmed: what the board starts from. */
export const CONFIG_STORE = '/data/plait/config';
/** What is known of the firmware in each slot. */
export const SLOTS = '/data/plait/slots.json';
/** Uplinks and tunnels that carried traffic when the board was last proved good. */
export const CARRIED = '/data/plait/carried.json';
/** Of each link with a far end, what its next handshake must be above: see freshness.ts. */
export const FRESHNESS = '/data/plait/freshness';
/** Uplinks whose targets have answered, with what they were then: see uplink-paths.ts. */
export const ANSWERED = '/data/plait/answered.json';
/** Answers of a setup that is not done yet. */
export const SETUP_ANSWERS = '/data/plait/setup.json';
/** Accounts of the last confirmed configuration: /etc/shadow until the agent has started (S11data). */
export const KEPT_ACCOUNTS = '/data/plait/shadow';
/** The last reset by the button: see config-reset.ts. */
export const RESET = '/data/plait/reset.json';
/** What the board was configured with before resets, a folder each. */
export const BEFORE_RESET = '/data/plait/before-reset';
/** Why run-plaitd restarted the board. */
export const RESET_REASON = '/data/plait/reset-reason.json';
/** The time, in seconds since 1970, as it was saved last: the next start is not before it (S12clock). */
export const SAVED_CLOCK = '/data/plait/clock';
export const WATCHDOG_STATUS = '/sys/class/watchdog/watchdog0/bootstatus';
export const RELEASE = '/etc/plait-release';
/** Why /data is not the data partition, written by the boot script. */
export const DATA_PROBLEM = '/run/plait/data-problem';

export const RUN = '/run/plait';
export const SOCKET = '/run/plait/plaitd.sock';
/** Held by the one setup that runs. */
export const SETUP_LOCK = '/run/plait/setup.lock';
export const RECORD = '/run/plait/applied.json';
/** What the time was taken from at the start, written by the boot scripts. */
export const CLOCK = '/run/plait/clock';
/** When the clock was synchronised last, in milliseconds since boot. */
export const CLOCK_SYNC = '/run/plait/clock-synchronised';
export const LEASES = '/run/plait/leases.json';
/** An apply that waits for confirmation: lets a restarted plaitd go on waiting. */
export const PENDING = '/run/plait/pending.json';
/** The last upgrade: lets a restarted plaitd end what it had begun. */
export const UPGRADE_JOB = '/run/plait/upgrade.json';
/** The button was looked at in this start of the board. */
export const BUTTON_SEEN = '/run/plait/button-seen';
/** Link to the disk that the board runs from, made by the boot script. */
export const DISK = '/run/plait/disk/disk';
export const DATA_DEVICE = '/run/plait/disk/data';

export const BOARD = '/etc/plait/board.json';
export const CMDLINE = '/proc/cmdline';
