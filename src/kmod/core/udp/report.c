// SPDX-License-Identifier: GPL-2.0-only
/*
 * Receiver: counts. A report says how far counters have come and how many packets have: the rest
 * is lost, or still may come, in which case the next report takes it back.
 *
 * Sender: a round trip is the time from when the newest packet left, as echoed, less the time that
 * its receiver held it: one clock each, no clock of the other. Times of reports are in units of
 * 2^16 ns, and wrap at 16 bits, as nanoseconds do at 32.
 */
#include "report.h"

/* When a report is due. */
#define PLAIT_REPORT_PACKETS 16
#define PLAIT_REPORT_SOON (5 * PLAIT_MS)
#define PLAIT_REPORT_LATE (20 * PLAIT_MS)

/* Of a size in a report. */
#define PLAIT_REPORT_SIZE_MAX 0xff

/* Of a time in a report: held for longer than it can say. */
#define PLAIT_REPORT_HELD_MAX 0xffff
#define PLAIT_REPORT_UNIT (1 << PLAIT_UDP_TIME_SHIFT)

/* RFC 6298: weights of a sample in the mean and in the mean deviation. */
#define PLAIT_RTT_SHIFT 3
#define PLAIT_JITTER_SHIFT 2

/* Packets that a share of losses is a mean of: 2^8. */
#define PLAIT_LOST_SHIFT 8
#define PLAIT_LOST_ONE 65536

/* What leaves within this time is one group. */
#define PLAIT_SENT_SPACING (4 * PLAIT_MS)

/* --- Receiver --- */

void plait_received_count(struct plait_received *received, s64 now,
			  const struct plait_udp_header *header, u32 bytes)
{
	if (!received->packets || header->counter > received->highest) {
		received->highest = header->counter;
		received->newest = header->sent;
		received->newest_at = now;
	}
	received->packets++;
	received->bytes += bytes;
	if (header->type != PLAIT_UDP_DATA)
		return;
	if (!received->unreported++)
		received->unreported_at = now;
	if (bytes > received->largest)
		received->largest = bytes;
}

s64 plait_received_due(const struct plait_received *received)
{
	if (!received->unreported)
		return PLAIT_NEVER;
	if (received->unreported >= PLAIT_REPORT_PACKETS)
		return received->unreported_at + PLAIT_REPORT_SOON;
	return received->unreported_at + PLAIT_REPORT_LATE;
}

void plait_received_report(struct plait_received *received, u32 leg, s64 now,
			   struct plait_udp_report *report)
{
	s64 held = (now - received->newest_at) >> PLAIT_UDP_TIME_SHIFT;

	report->leg = leg;
	report->largest = received->largest >> PLAIT_REPORT_SIZE_SHIFT < PLAIT_REPORT_SIZE_MAX ?
				  received->largest >> PLAIT_REPORT_SIZE_SHIFT :
				  PLAIT_REPORT_SIZE_MAX;
	report->one_way = plait_udp_time(received->newest_at) - received->newest;
	report->highest = received->highest;
	report->packets = received->packets;
	report->bytes16 = received->bytes >> 4;
	report->echo = received->newest;
	report->held = held < PLAIT_REPORT_HELD_MAX ? held : PLAIT_REPORT_HELD_MAX;
	received->unreported = 0;
	received->largest = 0;
}

/* --- Sender: what is awaited --- */

/* Makes one of the two neighbours that left within the shortest time. */
static void plait_sent_merge(struct plait_sent *sent)
{
	struct plait_sent_group *groups = sent->groups;
	s64 shortest = PLAIT_NEVER;
	u32 best = 0, i;

	for (i = 0; i + 1 < PLAIT_SENT_GROUPS; i++) {
		s64 span = groups[i + 1].until - groups[i].since;

		if (span >= shortest)
			continue;
		shortest = span;
		best = i;
	}
	groups[best].end = groups[best + 1].end;
	groups[best].until = groups[best + 1].until;
	sent->groups_used--;
	for (i = best + 1; i < sent->groups_used; i++)
		groups[i] = groups[i + 1];
}

/* The group that a packet belongs to which leaves now. */
static struct plait_sent_group *plait_sent_group(struct plait_sent *sent, s64 now)
{
	struct plait_sent_group *group;

	if (!sent->groups_used) {
		sent->oldest_at = now;
	} else {
		group = &sent->groups[sent->groups_used - 1];
		if (now - group->since < PLAIT_SENT_SPACING)
			return group;
		if (sent->groups_used == PLAIT_SENT_GROUPS)
			plait_sent_merge(sent);
	}
	group = &sent->groups[sent->groups_used++];
	group->begin = sent->next;
	group->since = now;
	return group;
}

static void plait_sent_await(struct plait_sent *sent, s64 now)
{
	struct plait_sent_group *group = plait_sent_group(sent, now);

	group->end = sent->next + 1;
	group->until = now;
}

void plait_sent_count(struct plait_sent *sent, s64 now, u32 bytes, bool data)
{
	if (data)
		plait_sent_await(sent, now);
	sent->next++;
	sent->bytes += bytes;
}

/* Reports cover all before &plait_sent.acked. */
static void plait_sent_covered(struct plait_sent *sent)
{
	struct plait_sent_group *first = sent->groups;
	u32 gone = 0, i;

	while (gone < sent->groups_used && sent->groups[gone].end <= sent->acked)
		gone++;
	sent->groups_used -= gone;
	for (i = 0; i < sent->groups_used; i++)
		sent->groups[i] = sent->groups[gone + i];
	if (!sent->groups_used) {
		sent->oldest_at = 0;
		return;
	}
	if (first->begin < sent->acked)
		first->since = first->until;
	sent->oldest_at = first->since;
}

/* --- Sender: what a report says --- */

/* Of the last packets, @covered more are reported about, and @lost more, or fewer, are lost. */
static void plait_sent_share(struct plait_sent *sent, u64 covered, s64 lost)
{
	s64 share = sent->lost_recent;

	if (covered >= 1 << PLAIT_LOST_SHIFT)
		share = plait_div_s64(lost * PLAIT_LOST_ONE, covered);
	else
		share += (lost * PLAIT_LOST_ONE - (s64)covered * share) >> PLAIT_LOST_SHIFT;
	/* What comes late takes back what was lost long ago. */
	sent->lost_recent = share > 0 ? share : 0;
}

/* How many more packets are lost that count. */
static s64 plait_sent_lost(struct plait_sent *sent, u64 missing)
{
	s64 lost = missing - sent->lost;
	u32 excused = lost > 0 && lost < sent->expendable ? lost : sent->expendable;

	if (lost <= 0)
		return lost;
	sent->expendable -= excused;
	return lost - excused;
}

static void plait_sent_measured(struct plait_sent *sent, s64 rtt)
{
	s64 error = rtt - sent->rtt;

	if (sent->rtt < 0) {
		sent->rtt = rtt;
		sent->jitter = rtt / 2;
	} else {
		sent->rtt += error >> PLAIT_RTT_SHIFT;
		sent->jitter += ((error < 0 ? -error : error) - sent->jitter) >> PLAIT_JITTER_SHIFT;
	}
	if (sent->rtt_min < 0 || rtt < sent->rtt_min)
		sent->rtt_min = rtt;
}

/*
 * Echo and held are cut off to whole units, so that on the average the sample is one unit too long.
 * One that is more than half of what wraps around can not be told from a negative one.
 */
static void plait_sent_measure(struct plait_sent *sent, s64 now,
			       const struct plait_udp_report *report)
{
	u32 times = (u32)report->echo + report->held + 1;
	s32 rtt = (s32)((u32)now - (times << PLAIT_UDP_TIME_SHIFT));

	sent->one_way = (u32)report->one_way << PLAIT_UDP_TIME_SHIFT;
	if (report->held == PLAIT_REPORT_HELD_MAX || rtt < -PLAIT_REPORT_UNIT)
		return;
	plait_sent_measured(sent, rtt > 0 ? rtt : 0);
}

bool plait_sent_reported(struct plait_sent *sent, s64 now, const struct plait_udp_report *report)
{
	u64 behind, missing, acked, covered;

	if (!sent->next)
		return false;
	behind = (u32)(sent->next - 1) - report->highest;
	if (behind >= sent->next || sent->next - behind < sent->acked)
		return false;
	acked = sent->next - behind;
	missing = (u32)acked - report->packets;
	if (missing > acked || acked - missing <= sent->arrived)
		return false;
	covered = acked - sent->acked;
	if (missing < sent->lost)
		sent->late_at = now;
	plait_sent_share(sent, covered, plait_sent_lost(sent, missing));
	sent->acked = acked;
	sent->arrived = acked - missing;
	sent->lost = missing;
	sent->heard = now;
	if (covered) {
		plait_sent_covered(sent);
		plait_sent_measure(sent, now, report);
	}
	return true;
}

s64 plait_sent_behind(const struct plait_sent *sent, const struct plait_sent *fastest)
{
	if (sent->rtt < 0 || fastest->rtt < 0)
		return 0;
	return (s32)(sent->one_way - fastest->one_way);
}
