/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What arrives by a leg, as its receiver counts it, and as its sender hears of it. No clock of two
 * boxes is compared.
 */
#ifndef PLAIT_CORE_UDP_REPORT_H
#define PLAIT_CORE_UDP_REPORT_H

#include "wire.h"

/* A report tells sizes in units of 8 bytes, what is over is cut off. */
#define PLAIT_REPORT_SIZE_SHIFT 3

/**
 * struct plait_received - what came by one leg with the current keys; all zero at first
 * @highest: highest counter
 * @packets: of DATA and CONTROL
 * @bytes: of their UDP payloads
 * @newest: send time of the packet with the highest counter
 * @newest_at: when it came, ns
 * @unreported: packets of DATA since the last report
 * @unreported_at: when the first of them came, ns
 * @largest: bytes of the largest of them
 */
struct plait_received {
	u64 highest;
	u64 packets;
	u64 bytes;
	u16 newest;
	s64 newest_at;
	u32 unreported;
	s64 unreported_at;
	u32 largest;
};

/**
 * plait_received_count() - a packet came whose tag was right, and that is no replay
 * @received: of its leg
 * @now: ns
 * @header: type, whole counter, and sent
 * @bytes: of its UDP payload
 */
void plait_received_count(struct plait_received *received, s64 now,
			  const struct plait_udp_header *header, u32 bytes);

/**
 * plait_received_due() - when the leg is to be reported
 * @received: of the leg
 *
 * 5 ms after the first packet of DATA that is not reported, if there are 16 of them, else 20 ms
 * after it. Others make no report due.
 *
 * Return: ns; PLAIT_NEVER when all DATA that came is reported.
 */
s64 plait_received_due(const struct plait_received *received);

/**
 * plait_received_report() - make the report; plait_received_due() then waits for more
 * @received: of the leg
 * @leg: its number
 * @now: ns
 * @report: filled in
 */
void plait_received_report(struct plait_received *received, u32 leg, s64 now,
			   struct plait_udp_report *report);

/* Packets that are awaited, by when they left: so many groups. */
#define PLAIT_SENT_GROUPS 8

/**
 * struct plait_sent_group - packets of DATA in a row of which one or more are awaited
 * @begin: counter of the first
 * @end: one more than that of the last
 * @since: when the first left, or, once some are reported, the last, ns
 * @until: when the last left, ns
 */
struct plait_sent_group {
	u64 begin;
	u64 end;
	s64 since;
	s64 until;
};

/**
 * struct plait_sent - what left by one leg with the current keys, and what is known of it; all zero
 * at first, but for @rtt and @rtt_min
 * @next: counter of the next packet
 * @bytes: of UDP payloads
 * @acked: counters below it have been reported or are lost
 * @arrived: packets reported
 * @lost: packets that were passed by and not reported; one that still comes counts no more
 * @late_at: when a report last took back what had been lost: packets overtook each other; ns, 0: never
 * @lost_recent: share of the last packets that was lost, in 1/65536, a moving mean
 * @expendable: packets on their way whose loss is no loss of the leg: padded probes
 * @rtt: smoothed round trip, ns; -1 while unknown
 * @rtt_min: shortest, ns; -1 while unknown
 * @jitter: mean deviation of it, ns
 * @one_way: receiver's clock less ours, of the newest, ns modulo 2^32 ns; only to be compared with
 *	that of other legs
 * @heard: when a report last showed an arrival, ns; 0: never
 * @oldest_at: when the oldest packet of DATA left that no report covers, ns; 0: there is none. When
 *	a report covers a part of what left together, up to 4 ms later, or, if that is more, 2/7 of
 *	the time that is in flight
 * @groups: of those
 * @groups_used: how many
 */
struct plait_sent {
	u64 next;
	u64 bytes;
	u64 acked;
	u64 arrived;
	u64 lost;
	s64 late_at;
	u32 lost_recent;
	u32 expendable;
	s64 rtt;
	s64 rtt_min;
	s64 jitter;
	u32 one_way;
	s64 heard;
	s64 oldest_at;
	struct plait_sent_group groups[PLAIT_SENT_GROUPS];
	u32 groups_used;
};

/**
 * plait_sent_count() - a packet leaves
 * @sent: of the leg; its @next is the packet's counter, and is raised
 * @now: ns
 * @bytes: of its UDP payload
 * @data: it is DATA: a report of it is waited for. CONTROL is counted, and reported with what comes
 *	after it; else reports would ask for reports
 */
void plait_sent_count(struct plait_sent *sent, s64 now, u32 bytes, bool data);

/**
 * plait_sent_reported() - a report of the leg came
 * @sent: of the leg
 * @now: ns
 * @report: authenticated; what it says of packets that were not sent, or takes back, is ignored
 *
 * Return: true when it shows that something arrived that was not known to have.
 */
bool plait_sent_reported(struct plait_sent *sent, s64 now, const struct plait_udp_report *report);

/**
 * plait_sent_behind() - how much later than another leg's packets those of a leg arrive
 * @sent: of the leg
 * @fastest: of the other
 *
 * Return: ns, negative when they are earlier, 0 when nothing was reported of one of them; exact
 * without a common clock, as both legs share the two clocks.
 */
s64 plait_sent_behind(const struct plait_sent *sent, const struct plait_sent *fastest);

#endif /* PLAIT_CORE_UDP_REPORT_H */
