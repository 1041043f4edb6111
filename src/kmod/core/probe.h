/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef PLAIT_CORE_PROBE_H
#define PLAIT_CORE_PROBE_H

#include "track/tracker.h"

int plait_probe_risk(struct plait_legs *legs, s64 now, const struct plait_tcp_flow *flow);
int plait_probe_choose(struct plait_legs *legs, s64 now, const struct plait_offer *packet, u32 slot);
int plait_probe_copy(struct plait_tracker *tracker, struct plait_legs *legs, s64 now,
		     const struct plait_offer *packet, u32 slot);

#endif /* PLAIT_CORE_PROBE_H */
