// SPDX-License-Identifier: GPL-2.0-only
/* Counters of a report become serial numbers; holes become runs of packets that are lost. */
#include "arrivals.h"

/* Counters in holes that one report may name. */
#define PLAIT_ARRIVALS_LOOK 512

/* Packets that overtook each other inside a leg were named missing: nothing is sent again by holes for so long. */
#define PLAIT_ARRIVALS_REORDERED (10 * PLAIT_S)

/* Adds a packet; false when there are too many runs. */
static bool plait_udp_add_missing(struct plait_arrivals *arrivals, u32 serial)
{
	struct plait_missing *last = arrivals->runs ? &arrivals->missing[arrivals->runs - 1] : NULL;

	if (last && last->serial + last->count == serial) {
		last->count++;
		return true;
	}
	if (arrivals->runs == PLAIT_MISSING_MAX)
		return false;
	arrivals->missing[arrivals->runs++] = (struct plait_missing){ serial, 1 };
	return true;
}

static void plait_udp_add_hole(const struct plait_sent *sent, const struct plait_serials *serials,
			       const struct plait_udp_missing *hole, u32 *budget,
			       struct plait_arrivals *arrivals)
{
	u32 behind = (u32)(sent->acked - 1) - hole->counter, i;
	u64 first = sent->acked - 1 - behind;

	if (behind >= sent->acked)
		return;
	for (i = 0; i < hole->run && i < behind && *budget; i++, --*budget) {
		u32 serial = plait_serials_at(serials, first + i);

		if (serial && !plait_udp_add_missing(arrivals, serial))
			return;
	}
}

/**
 * plait_udp_arrivals() - what follows from a report
 * @sent: of its leg; plait_sent_reported() was true
 * @serials: of its leg
 * @now: ns
 * @report: the report
 * @holes: of the same message
 * @arrivals: filled in
 *
 * Return: false when it tells of no packet that is remembered.
 */
bool plait_udp_arrivals(const struct plait_sent *sent, const struct plait_serials *serials, s64 now,
			const struct plait_udp_report *report, const struct plait_udp_holes *holes,
			struct plait_arrivals *arrivals)
{
	u32 budget = PLAIT_ARRIVALS_LOOK, i;

	arrivals->serial = plait_serials_until(serials, sent->acked - 1);
	arrivals->at = now - ((s64)report->held << PLAIT_UDP_TIME_SHIFT);
	arrivals->runs = 0;
	if (!arrivals->serial)
		return false;
	if (sent->late_at && now - sent->late_at < PLAIT_ARRIVALS_REORDERED)
		return true;
	for (i = 0; i < holes->runs; i++)
		if (holes->run[i].leg == report->leg)
			plait_udp_add_hole(sent, serials, &holes->run[i], &budget, arrivals);
	return true;
}
