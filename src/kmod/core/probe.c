// SPDX-License-Identifier: GPL-2.0-only
/*
 * Probes: copies of packets, and packets that are risked, by which it is found out whether a leg delivers.
 *
 * Legs of which nothing is known, and those that are suspected to swallow packets, get copies of
 * packets that leave by another leg: the receiver reports them as duplicates (RFC 2883), and
 * nothing is late or lost when they do not arrive.
 */
#include "probe.h"
#include "trust.h"

/*
 * Shorter packets are not copied. Time between copies, and how many of a new leg are given up before a
 * packet is risked.
 */
#define PLAIT_PROBE_BYTES 200
#define PLAIT_PROBE_PERIOD (150 * PLAIT_MS)
#define PLAIT_PROBE_COPIES_NEW 4
#define PLAIT_RISK_PERIOD PLAIT_S

/* Legs that are not trusted, not known, or not used so that what is known of them grows old. */
static bool plait_probe_wanted(const struct plait_legs *legs, const struct plait_leg_model *leg, s64 now)
{
	/* Another one became ready first: what little it carries, such as second copies, may never show its rate. */
	if (leg->state == PLAIT_STATE_CARRYING && leg->trust < legs->trust)
		return now >= leg->probe.next;
	switch (leg->state) {
	case PLAIT_STATE_DEAD:
		return false;
	case PLAIT_STATE_SUSPECT:
	case PLAIT_STATE_SEARCHING:
		return now >= leg->probe.next;
	default:
		return now >= leg->probe.next && !leg->tracked && now - leg->heard > PLAIT_S;
	}
}

/**
 * plait_probe_risk() - choose a leg that answers no copies, for a packet itself
 * @legs: all legs
 * @now: ns
 * @flow: the connection of the packet
 *
 * Receivers without selective acknowledgements do not report duplicates. To one that never has, a packet is risked now
 * and then.
 *
 * Return: the slot, or -1.
 */
int plait_probe_risk(struct plait_legs *legs, s64 now, const struct plait_tcp_flow *flow)
{
	u32 i;

	if (flow->reports)
		return -1;
	for (i = 0; i < legs->count; i++) {
		struct plait_leg_model *leg = legs->leg[i];

		if (!plait_probe_wanted(legs, leg, now) || plait_leg_is_suspect(leg) ||
		    leg->probe.unanswered < PLAIT_PROBE_COPIES_NEW)
			continue;
		leg->probe.next = now + PLAIT_RISK_PERIOD;
		return i;
	}
	return -1;
}

/*
 * What is sent again while nothing is heard at all, of no leg, leaves by two: which of them died, or which of them the
 * acknowledgements came back by, nobody can say, and a second wrong guess costs TCP's next and longer timeout.
 * Gives the other leg, or -1.
 */
static int plait_probe_other(const struct plait_legs *legs, s64 now, u32 slot)
{
	int other = -1;
	u32 i;

	for (i = 0; i < legs->count; i++) {
		const struct plait_leg_model *leg = legs->leg[i];

		if (!plait_leg_is_live(leg))
			continue;
		if (now - leg->heard <= plait_leg_margin(leg))
			return -1;
		if (i != slot && (other < 0 || leg->heard > legs->leg[other]->heard))
			other = i;
	}
	return other;
}

/**
 * plait_probe_choose() - choose a leg that is to get a copy of a packet
 * @legs: all legs
 * @now: ns
 * @packet: on its way out, just sent or about to be
 * @slot: its leg
 *
 * Return: the slot, or -1.
 */
int plait_probe_choose(struct plait_legs *legs, s64 now, const struct plait_offer *packet, u32 slot)
{
	int other = packet->repeated ? plait_probe_other(legs, now, slot) : -1;
	u32 forbidden = plait_treatment_forbids(packet->treatment);
	const struct plait_path *path = &legs->leg[slot]->path;
	u32 i;

	if (other >= 0 && !(forbidden & 1U << other))
		return other;
	/*
	 * First the leg that carries the packets themselves: when a copy of a packet leaves by another leg, it is not
	 * known any more which of them was acknowledged when.
	 */
	if (packet->bytes < PLAIT_PROBE_BYTES || path->delay < 0 ||
	    (!plait_path_ready(path) && path->delivered < PLAIT_FIRST_WINDOW))
		return -1;
	for (i = 0; i < legs->count; i++) {
		struct plait_leg_model *leg = legs->leg[i];

		if (i == slot || forbidden & 1U << i || !plait_probe_wanted(legs, leg, now))
			continue;
		/*
		 * One after the other while they are answered: that shows the rate. And one leg
		 * after the other, since there may not be enough to fill several.
		 */
		if (plait_leg_is_suspect(leg) || leg->probe.unanswered >= PLAIT_PROBE_COPIES_NEW)
			leg->probe.next = now + PLAIT_PROBE_PERIOD;
		else if (!plait_path_has_room(&leg->path, now, 0))
			return -1;
		return i;
	}
	return -1;
}

/**
 * plait_probe_copy() - plait_probe_choose(), and remember the copy by the connection of the packet
 * @tracker: the tracker
 * @legs: all legs
 * @now: ns
 * @packet: on its way out, just sent or about to be
 * @slot: its leg
 *
 * Return: the slot, or -1.
 */
int plait_probe_copy(struct plait_tracker *tracker, struct plait_legs *legs, s64 now,
		     const struct plait_offer *packet, u32 slot)
{
	int other = plait_probe_choose(legs, now, packet, slot);

	if (other >= 0)
		plait_tracker_remember(tracker, legs, now, other, packet->flow, packet,
				       packet->repeated, true);
	return other;
}
