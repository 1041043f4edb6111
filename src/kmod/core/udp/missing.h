/* SPDX-License-Identifier: GPL-2.0-only */
/* Holes in the counters of a leg: named once each, by the receiver, for the sender to send again what was there. */
#ifndef PLAIT_CORE_UDP_MISSING_H
#define PLAIT_CORE_UDP_MISSING_H

#include "replay.h"
#include "wire.h"

/* Counters that one report looks at. */
#define PLAIT_MISSING_LOOK 256

u32 plait_missing_name(const struct plait_replay *replay, u64 *named, u32 leg, struct plait_udp_missing *runs,
		       u32 most);

#endif /* PLAIT_CORE_UDP_MISSING_H */
