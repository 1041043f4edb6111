// SPDX-License-Identifier: GPL-2.0-only
/*
 * Packets in flight, each in two lists: that of its leg in the order in which they left, and that of its connection
 * by sequence number.
 *
 * Memory is fixed, and so is work. Whoever goes along a list looks at no more packets than the budget of the call has
 * left (plait_flight_look()). What an acknowledgement tells of is found from places that are remembered: legs keep the
 * order, so the next packet of each leg to arrive is near the one that did before. A leg or a connection that begins
 * anew gets another life, by which its packets are known to count no more.
 */
#include "flight.h"

/* Test builds count. */
#ifndef PLAIT_COUNT_VISIT
#define PLAIT_COUNT_VISIT() do { } while (0)
#endif

static struct plait_flight_packet *plait_flight_at(struct plait_flight *flight, u16 index)
{
	return &flight->packet[index];
}

static u16 plait_flight_index(const struct plait_flight *flight,
			      const struct plait_flight_packet *packet)
{
	return packet - flight->packet;
}

/**
 * plait_flight_init() - nothing is in flight
 * @flight: any memory
 * @seed: random
 */
void plait_flight_init(struct plait_flight *flight, u64 seed)
{
	const struct plait_flight_list empty = { PLAIT_NOBODY, PLAIT_NOBODY };
	u32 i;

	for (i = 0; i < PLAIT_FLIGHT_PACKETS; i++)
		flight->packet[i].on_leg.next = i + 1;
	flight->packet[PLAIT_FLIGHT_PACKETS - 1].on_leg.next = PLAIT_NOBODY;
	flight->free = 0;
	flight->budget = 0;
	plait_flows_init(&flight->flows, seed);
	for (i = 0; i < PLAIT_FLIGHT_LISTS; i++)
		flight->leg[i] = empty;
	for (i = 0; i < PLAIT_SLOTS; i++)
		flight->leg_life[i] = 0;
}

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

/**
 * plait_flight_flow() - the connection of a packet
 * @flight: what is in flight
 * @packet: the packet
 *
 * Return: the connection; NULL when it is remembered no more, or began anew.
 */
struct plait_tcp_flow *plait_flight_flow(struct plait_flight *flight,
					 const struct plait_flight_packet *packet)
{
	struct plait_tcp_flow *flow = &flight->flows.flow[packet->flow];

	return flow->life == packet->flow_life ? flow : NULL;
}

static u32 plait_flight_distance(const struct plait_flight *flight, u16 index, u32 seq)
{
	s32 distance = flight->packet[index].seq - seq;

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
			at = plait_flight_index(flight, packet);
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

static void plait_flight_link_to_leg(struct plait_flight *flight, u32 list_number, u16 index)
{
	struct plait_flight_packet *packet = plait_flight_at(flight, index);
	struct plait_flight_list *list = &flight->leg[list_number];

	packet->on_leg.prev = list->last;
	packet->on_leg.next = PLAIT_NOBODY;
	if (list->last == PLAIT_NOBODY)
		list->first = index;
	else
		plait_flight_at(flight, list->last)->on_leg.next = index;
	list->last = index;
}

static void plait_flight_unlink_from_leg(struct plait_flight *flight,
					 const struct plait_flight_packet *packet)
{
	bool counts = packet->leg_life == flight->leg_life[packet->slot];
	struct plait_flight_list *list =
		&flight->leg[counts ? packet->slot : PLAIT_FLIGHT_FORGOTTEN];
	const struct plait_flight_links *links = &packet->on_leg;

	if (links->prev == PLAIT_NOBODY)
		list->first = links->next;
	else
		plait_flight_at(flight, links->prev)->on_leg.next = links->next;
	if (links->next == PLAIT_NOBODY)
		list->last = links->prev;
	else
		plait_flight_at(flight, links->next)->on_leg.prev = links->prev;
}

/* Where a packet belongs in a list: behind all that do not begin after it. False: its place was not found. */
static bool plait_flight_place(struct plait_flight *flight, struct plait_tcp_flow *flow,
			       enum plait_flow_list list, u32 seq, u16 *after)
{
	u16 last = flow->packets[list].last;

	*after = PLAIT_NOBODY;
	if (last == PLAIT_NOBODY || !plait_before(seq, plait_flight_at(flight, last)->seq))
		return true;
	return plait_flight_seek(flight, flow, list, seq + 1, after);
}

static void plait_flight_link_to_flow(struct plait_flight *flight, struct plait_tcp_flow *flow,
				      enum plait_flow_list list_number, u16 index, u16 after)
{
	struct plait_flight_packet *packet = plait_flight_at(flight, index);
	struct plait_flight_list *list = &flow->packets[list_number];
	u16 before = after == PLAIT_NOBODY ? list->last : plait_flight_at(flight, after)->in_flow.prev;

	packet->in_flow.prev = before;
	packet->in_flow.next = after;
	if (before == PLAIT_NOBODY)
		list->first = index;
	else
		plait_flight_at(flight, before)->in_flow.next = index;
	if (after == PLAIT_NOBODY)
		list->last = index;
	else
		plait_flight_at(flight, after)->in_flow.prev = index;
}

static enum plait_flow_list plait_flight_list_of(const struct plait_flight_packet *packet)
{
	return packet->duplicate ? PLAIT_DUPLICATES : PLAIT_PACKETS;
}

static void plait_flight_unlink_from_flow(struct plait_flight *flight, struct plait_tcp_flow *flow,
					  const struct plait_flight_packet *packet)
{
	struct plait_flight_list *list = &flow->packets[plait_flight_list_of(packet)];
	const struct plait_flight_links *links = &packet->in_flow;
	u16 index = plait_flight_index(flight, packet);
	u32 i;

	for (i = 0; i < PLAIT_CURSORS; i++)
		if (flow->cursor[i] == index)
			flow->cursor[i] = links->next;
	if (links->prev == PLAIT_NOBODY)
		list->first = links->next;
	else
		plait_flight_at(flight, links->prev)->in_flow.next = links->next;
	if (links->next == PLAIT_NOBODY)
		list->last = links->prev;
	else
		plait_flight_at(flight, links->next)->in_flow.prev = links->prev;
}

/**
 * plait_flight_add() - a packet leaves
 * @flight: what is in flight
 * @slot: its leg
 * @flow: its connection
 * @seq: its first sequence number
 * @end: the one behind the last
 * @duplicate: see &plait_flight_packet.duplicate
 *
 * Return: the packet, of which @shot, @due, @expires, @bytes, @copy and @repeated are to be set; NULL when too many are
 * in flight, or its place among them was not found.
 */
struct plait_flight_packet *plait_flight_add(struct plait_flight *flight, u32 slot, u16 flow,
					     u32 seq, u32 end, bool duplicate)
{
	enum plait_flow_list list = duplicate ? PLAIT_DUPLICATES : PLAIT_PACKETS;
	struct plait_tcp_flow *of = &flight->flows.flow[flow];
	struct plait_flight_packet *packet;
	u16 index = flight->free, after;

	if (index == PLAIT_NOBODY || !plait_flight_place(flight, of, list, seq, &after))
		return NULL;
	packet = plait_flight_at(flight, index);
	flight->free = packet->on_leg.next;
	packet->slot = slot;
	packet->leg_life = flight->leg_life[slot];
	packet->flow = flow;
	packet->flow_life = of->life;
	packet->seq = seq;
	packet->end = end;
	packet->kept = PLAIT_NO_COPY;
	packet->duplicate = duplicate;
	packet->missed = false;
	packet->repair = false;
	plait_flight_link_to_leg(flight, slot, index);
	plait_flight_link_to_flow(flight, of, list, index, after);
	return packet;
}

/**
 * plait_flight_becomes_duplicate() - what a packet carries has been sent again
 * @flight: what is in flight
 * @packet: the packet; its own arrival will be reported as that of a duplicate
 *
 * Return: false when its new place was not found, so that it is as it was.
 */
bool plait_flight_becomes_duplicate(struct plait_flight *flight, struct plait_flight_packet *packet)
{
	struct plait_tcp_flow *flow = plait_flight_flow(flight, packet);
	u16 after;

	if (!flow || !plait_flight_place(flight, flow, PLAIT_DUPLICATES, packet->seq, &after))
		return false;
	plait_flight_unlink_from_flow(flight, flow, packet);
	packet->duplicate = true;
	packet->repeated = true;
	plait_flight_link_to_flow(flight, flow, PLAIT_DUPLICATES,
				  plait_flight_index(flight, packet), after);
	return true;
}

/**
 * plait_flight_remove() - a packet is in flight no more
 * @flight: what is in flight
 * @packet: the packet; its memory is used again with the next plait_flight_add()
 */
void plait_flight_remove(struct plait_flight *flight, struct plait_flight_packet *packet)
{
	struct plait_tcp_flow *flow = plait_flight_flow(flight, packet);

	plait_flight_unlink_from_leg(flight, packet);
	if (flow)
		plait_flight_unlink_from_flow(flight, flow, packet);
	packet->on_leg.next = flight->free;
	flight->free = plait_flight_index(flight, packet);
}

/**
 * plait_flight_forget_leg() - a leg begins anew: what is in flight of it counts no more
 * @flight: what is in flight
 * @slot: the leg
 *
 * These packets go to the list of those to be removed, however many they are.
 */
void plait_flight_forget_leg(struct plait_flight *flight, u32 slot)
{
	struct plait_flight_list *forgotten = &flight->leg[PLAIT_FLIGHT_FORGOTTEN];
	struct plait_flight_list *list = &flight->leg[slot];

	flight->leg_life[slot]++;
	if (list->first == PLAIT_NOBODY)
		return;
	plait_flight_at(flight, list->first)->on_leg.prev = forgotten->last;
	if (forgotten->last == PLAIT_NOBODY)
		forgotten->first = list->first;
	else
		plait_flight_at(flight, forgotten->last)->on_leg.next = list->first;
	forgotten->last = list->last;
	*list = (struct plait_flight_list){ PLAIT_NOBODY, PLAIT_NOBODY };
}
