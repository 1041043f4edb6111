// SPDX-License-Identifier: GPL-2.0-only
/*
 * Finding packets of a connection by sequence number.
 *
 * Whoever goes along a list looks at no more packets than the budget of the call has left. What an acknowledgement tells of
 * is found from places that are remembered: legs keep the order, so the next packet of each leg to arrive is near the
 * one that did before.
 */
#include "seek.h"

/* Test builds count. */
#ifndef PLAIT_COUNT_VISIT
#define PLAIT_COUNT_VISIT() do { } while (0)
#endif

/**
 * plait_flight_look() - look at a packet
 * @flight: what is in flight
 * @index: its place, or PLAIT_NOBODY
 *
 * Return: the packet; NULL when there is none, or the call has looked at enough.
 */
struct plait_flight_packet *plait_flight_look(struct plait_flight *flight, u16 index)
{
	if (index == PLAIT_NOBODY || !flight->budget)
		return NULL;
	flight->budget--;
	PLAIT_COUNT_VISIT();
	return plait_flight_at(flight, index);
}

static u32 plait_flight_distance(const struct plait_flight *flight, u16 index, u32 seq)
{
	s32 distance = plait_flight_at(flight, index)->seq - seq;

	return distance < 0 ? -(u32)distance : (u32)distance;
}

/* The nearest of the places that are known: both ends, and the cursors. */
static u16 plait_flight_nearest(const struct plait_flight *flight, const struct plait_tcp_flow *flow,
				enum plait_flow_list list, u32 seq)
{
	u16 nearest = flow->packets[list].first, last = flow->packets[list].last;
	u32 least, distance, i;

	if (nearest == PLAIT_NOBODY)
		return PLAIT_NOBODY;
	least = plait_flight_distance(flight, nearest, seq);
	distance = plait_flight_distance(flight, last, seq);
	if (distance < least) {
		nearest = last;
		least = distance;
	}
	for (i = 0; i < PLAIT_CURSORS && list == PLAIT_PACKETS; i++) {
		if (flow->cursor[i] == PLAIT_NOBODY)
			continue;
		distance = plait_flight_distance(flight, flow->cursor[i], seq);
		if (distance < least) {
			nearest = flow->cursor[i];
			least = distance;
		}
	}
	return nearest;
}

static void plait_flight_set_cursor(struct plait_tcp_flow *flow, enum plait_flow_list list, u16 index)
{
	u32 i;

	if (list != PLAIT_PACKETS || index == PLAIT_NOBODY)
		return;
	for (i = 0; i < PLAIT_CURSORS; i++)
		if (flow->cursor[i] == index)
			return;
	flow->cursor[flow->turn] = index;
	flow->turn = (flow->turn + 1) % PLAIT_CURSORS;
}

/**
 * plait_flight_seek() - find the first packet of a connection that does not begin before a sequence number
 * @flight: what is in flight
 * @flow: the connection
 * @list: which of its packets
 * @seq: the sequence number
 * @index: gets its place, PLAIT_NOBODY when there is none
 *
 * Return: false when the call has looked at enough before; the next one goes on where this one stopped.
 */
bool plait_flight_seek(struct plait_flight *flight, struct plait_tcp_flow *flow,
		       enum plait_flow_list list, u32 seq, u16 *index)
{
	u16 at = plait_flight_nearest(flight, flow, list, seq);
	struct plait_flight_packet *packet;
	u16 last = at;

	while ((packet = plait_flight_look(flight, at)) && plait_before(packet->seq, seq)) {
		last = at;
		at = packet->in_flow.next;
	}
	if (packet) {
		last = at;
		while ((packet = plait_flight_look(flight, packet->in_flow.prev)) &&
		       !plait_before(packet->seq, seq)) {
			at = packet->place;
			last = at;
		}
	}
	plait_flight_set_cursor(flow, list, last);
	*index = at;
	return flight->budget > 0;
}

/**
 * plait_flight_overlap() - the first packet of a connection that shares sequence numbers
 * @flight: what is in flight
 * @flow: the connection
 * @list: which of its packets
 * @seq: the first sequence number
 * @end: the one behind the last
 *
 * Return: the packet; NULL when there is none, or the call has looked at enough.
 */
struct plait_flight_packet *plait_flight_overlap(struct plait_flight *flight,
						 struct plait_tcp_flow *flow, enum plait_flow_list list,
						 u32 seq, u32 end)
{
	u16 last = flow->packets[list].last, index;
	struct plait_flight_packet *packet, *before;

	/* New data lies behind all that is in flight. */
	if (last == PLAIT_NOBODY || !plait_before(seq, plait_flight_at(flight, last)->end))
		return NULL;
	if (!plait_flight_seek(flight, flow, list, seq, &index))
		return NULL;
	before = plait_flight_look(flight, index == PLAIT_NOBODY ?
				   last : plait_flight_at(flight, index)->in_flow.prev);
	if (before && plait_before(seq, before->end))
		return before;
	packet = plait_flight_look(flight, index);
	return packet && plait_before(packet->seq, end) ? packet : NULL;
}

/**
 * plait_flight_find_place() - find where a packet belongs in a list: behind all that do not begin after it
 * @flight: what is in flight
 * @flow: its connection
 * @list: the list
 * @seq: the first sequence number of the packet
 * @after: gets the place of the packet behind it, PLAIT_NOBODY when there is none
 *
 * Return: false when the call has looked at enough before.
 */
bool plait_flight_find_place(struct plait_flight *flight, struct plait_tcp_flow *flow,
			     enum plait_flow_list list, u32 seq, u16 *after)
{
	u16 last = flow->packets[list].last;

	*after = PLAIT_NOBODY;
	if (last == PLAIT_NOBODY || !plait_before(seq, plait_flight_at(flight, last)->seq))
		return true;
	return plait_flight_seek(flight, flow, list, seq + 1, after);
}
