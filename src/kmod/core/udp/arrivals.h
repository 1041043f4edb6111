/* SPDX-License-Identifier: GPL-2.0-only */
/* What a report says of the packets that the scheduler sent. */
#ifndef PLAIT_CORE_UDP_ARRIVALS_H
#define PLAIT_CORE_UDP_ARRIVALS_H

#include "../scheduler.h"
#include "report.h"
#include "serial.h"

/**
 * struct plait_udp_holes - what one CONTROL message names missing
 * @run: of any legs
 * @runs: how many
 */
struct plait_udp_holes {
	struct plait_udp_missing run[PLAIT_MISSING_MAX];
	u32 runs;
};

bool plait_udp_arrivals(const struct plait_sent *sent, const struct plait_serials *serials, s64 now,
			const struct plait_udp_report *report, const struct plait_udp_holes *holes,
			struct plait_arrivals *arrivals);

#endif /* PLAIT_CORE_UDP_ARRIVALS_H */
