// SPDX-License-Identifier: MIT
/** Entry of the one executable: the name it was called by says whether it is the daemon or the command. */
import * as std from 'quickjs-std';

std.out.puts(`plait ${PLAIT_VERSION} ${PLAIT_BOARD} ${scriptArgs.join(' ')}\n`);
