// SPDX-License-Identifier: GPL-2.0-only
/*
 * Copies of packets, and packets that are risked, by which the scheduler `earliest` finds out whether a leg delivers.
 */
#include "earliest.h"

/*
 * Shorter packets are not copied. Time between copies, and how many of a new leg are given up before a
 * packet is risked, how many of a suspect one before it counts as new.
 */
#define PLAIT_PROBE_BYTES 200
#define PLAIT_PROBE_PERIOD (150 * PLAIT_MS)
#define PLAIT_PROBE_COPIES_NEW 4
#define PLAIT_PROBE_COPIES_SUSPECT 64
#define PLAIT_EXPLORE_PERIOD PLAIT_S

/* Legs that are not trusted, not known, or not used so that what is known of them grows old. */
static bool plait_earliest_wants_probe(const struct plait_earliest_leg *leg, s64 now)
{
	if (!leg->live || now < leg->probe.next)
		return false;
	return leg->suspect || (!plait_path_ready(&leg->path) && !leg->carries) ||
	       (!leg->tracked && now - leg->heard > PLAIT_S);
}

/**
 * plait_earliest_explore() - choose a leg that answers no copies, for the packet itself
 * @state: the scheduler's
 * @now: ns
 *
 * Receivers without selective acknowledgements do not report duplicates. While none was ever reported
 * a packet is risked now and then.
 *
 * Return: the slot, or -1.
 */
int plait_earliest_explore(struct plait_earliest *state, s64 now)
{
	u32 i;

	if (state->reports)
		return -1;
	for (i = 0; i < state->slots; i++) {
		struct plait_earliest_leg *leg = &state->leg[i];

		if (!plait_earliest_wants_probe(leg, now))
			continue;
		if (leg->suspect && leg->probe.unanswered >= PLAIT_PROBE_COPIES_SUSPECT)
			plait_earliest_forget(state, i);
		if (leg->suspect || leg->probe.unanswered < PLAIT_PROBE_COPIES_NEW)
			continue;
		leg->probe.next = now + PLAIT_EXPLORE_PERIOD;
		return i;
	}
	return -1;
}

/*
 * What is sent again while nothing is heard at all, of no leg, leaves by two: which of them died, or which of them the
 * acknowledgements came back by, nobody can say, and a second wrong guess costs TCP's next and longer timeout.
 * Gives the other leg, or -1.
 */
static int plait_earliest_other(const struct plait_earliest *state, s64 now, u32 slot)
{
	int other = -1;
	u32 i;

	for (i = 0; i < state->slots; i++) {
		const struct plait_earliest_leg *leg = &state->leg[i];

		if (!leg->live)
			continue;
		if (now - leg->heard <= plait_earliest_margin(&leg->path))
			return -1;
		if (i != slot && (other < 0 || leg->heard > state->leg[other].heard))
			other = i;
	}
	return other;
}

static int plait_earliest_copy(struct plait_earliest *state, s64 now, const struct plait_offer *packet,
			       int slot)
{
	u16 flow = plait_flow_take(&state->flight, &packet->tcp.key, now);

	plait_earliest_remember(state, now, slot, flow, packet, packet->repeated, true);
	return slot;
}

/**
 * plait_earliest_probe() - choose a leg that is to get a copy of a packet, and remember the copy
 * @state: the scheduler's
 * @now: ns
 * @packet: on its way out, just sent or about to be
 * @slot: its leg
 *
 * Return: the slot, or -1.
 */
int plait_earliest_probe(struct plait_earliest *state, s64 now, const struct plait_offer *packet,
			 u32 slot)
{
	int other = packet->repeated ? plait_earliest_other(state, now, slot) : -1;
	u32 i;

	if (other >= 0)
		return plait_earliest_copy(state, now, packet, other);
	/*
	 * First the leg that carries the packets themselves: when a copy of a packet leaves by another leg, it is not
	 * known any more which of them was acknowledged when.
	 */
	if (packet->bytes < PLAIT_PROBE_BYTES || state->leg[slot].path.delay < 0 ||
	    (!plait_path_ready(&state->leg[slot].path) &&
	     state->leg[slot].path.delivered < PLAIT_FIRST_WINDOW))
		return -1;
	for (i = 0; i < state->slots; i++) {
		struct plait_earliest_leg *leg = &state->leg[i];

		if (i == slot || !plait_earliest_wants_probe(leg, now))
			continue;
		/*
		 * One after the other while they are answered: that shows the rate. And one leg
		 * after the other, since there may not be enough to fill several.
		 */
		if (leg->suspect || leg->probe.unanswered >= PLAIT_PROBE_COPIES_NEW)
			leg->probe.next = now + PLAIT_PROBE_PERIOD;
		else if (!plait_path_has_room(&leg->path, now, 0))
			return -1;
		return plait_earliest_copy(state, now, packet, i);
	}
	return -1;
}
