// SPDX-License-Identifier: GPL-2.0-only
/*
 * Packets in flight, each in two lists: that of its leg in the order in which they left, and, when it
 * will be acknowledged, that of its connection by sequence number.
 *
 * Memory is fixed. Without a free packet nothing is remembered; a connection too many makes the one
 * of the same hash be forgotten that was not used for longest, whose packets stay on their legs
 * without a connection.
 */
#include "flight.h"

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
 */
void plait_flight_init(struct plait_flight *flight)
{
	const struct plait_flight_list empty = { PLAIT_NOBODY, PLAIT_NOBODY };
	u32 i;

	for (i = 0; i < PLAIT_FLIGHT_PACKETS; i++)
		flight->packet[i].on_leg.next = i + 1;
	flight->packet[PLAIT_FLIGHT_PACKETS - 1].on_leg.next = PLAIT_NOBODY;
	flight->free = 0;
	for (i = 0; i < PLAIT_FLOWS; i++)
		flight->flow[i].taken = false;
	for (i = 0; i < PLAIT_FLIGHT_SLOTS; i++)
		flight->leg[i] = empty;
}

static bool plait_flow_key_equal(const struct plait_flow_key *a, const struct plait_flow_key *b)
{
	u32 differ = a->ports ^ b->ports;
	u32 i;

	for (i = 0; i < 4; i++)
		differ |= (a->source[i] ^ b->source[i]) | (a->destination[i] ^ b->destination[i]);
	return !differ;
}

/* Multiplying by an odd number mixes upwards, so the upper bits are taken. */
static u32 plait_flow_set(const struct plait_flow_key *key)
{
	u32 hash = key->ports;
	u32 i;

	for (i = 0; i < 4; i++)
		hash = ((hash * 0x9e3779b1U ^ key->source[i]) * 0x85ebca6bU) ^ key->destination[i];
	return (hash * 0x9e3779b1U >> 16) % PLAIT_FLOW_SETS * PLAIT_FLOW_WAYS;
}

/**
 * plait_flow_find() - look for a connection
 * @flight: what is in flight
 * @key: which connection
 *
 * Return: its number, PLAIT_NOBODY when it is not remembered.
 */
u16 plait_flow_find(const struct plait_flight *flight, const struct plait_flow_key *key)
{
	u32 set = plait_flow_set(key), i;

	for (i = set; i < set + PLAIT_FLOW_WAYS; i++)
		if (flight->flow[i].taken && plait_flow_key_equal(&flight->flow[i].key, key))
			return i;
	return PLAIT_NOBODY;
}

static void plait_flow_forget(struct plait_flight *flight, struct plait_flow *flow)
{
	u16 index = flow->packets.first;

	while (index != PLAIT_NOBODY) {
		struct plait_flight_packet *packet = plait_flight_at(flight, index);

		packet->flow = PLAIT_NOBODY;
		index = packet->in_flow.next;
	}
	flow->taken = false;
}

/**
 * plait_flow_take() - look for a connection, and remember it when it is new
 * @flight: what is in flight
 * @key: which connection
 * @now: ns
 *
 * Return: its number.
 */
u16 plait_flow_take(struct plait_flight *flight, const struct plait_flow_key *key, s64 now)
{
	u16 found = plait_flow_find(flight, key);

	if (found == PLAIT_NOBODY) {
		u32 set = plait_flow_set(key), i, oldest = set;

		for (i = set; i < set + PLAIT_FLOW_WAYS && flight->flow[oldest].taken; i++)
			if (!flight->flow[i].taken ||
			    flight->flow[i].used < flight->flow[oldest].used)
				oldest = i;
		if (flight->flow[oldest].taken)
			plait_flow_forget(flight, &flight->flow[oldest]);
		flight->flow[oldest].key = *key;
		flight->flow[oldest].packets.first = PLAIT_NOBODY;
		flight->flow[oldest].packets.last = PLAIT_NOBODY;
		flight->flow[oldest].arrives = 0;
		flight->flow[oldest].last_slot = 0;
		flight->flow[oldest].sending = false;
		flight->flow[oldest].resending = false;
		flight->flow[oldest].resent_at = 0;
		flight->flow[oldest].acking = false;
		flight->flow[oldest].taken = true;
		found = oldest;
	}
	flight->flow[found].used = now;
	return found;
}

/**
 * plait_flight_get() - a packet by its number
 * @flight: what is in flight
 * @index: the number, or PLAIT_NOBODY
 *
 * Return: the packet or NULL.
 */
struct plait_flight_packet *plait_flight_get(struct plait_flight *flight, u16 index)
{
	return index == PLAIT_NOBODY ? NULL : plait_flight_at(flight, index);
}

/**
 * plait_flight_first() - the packet that left a leg first
 * @flight: what is in flight
 * @slot: the leg
 *
 * Return: the packet, NULL when the leg has none in flight.
 */
struct plait_flight_packet *plait_flight_first(struct plait_flight *flight, u32 slot)
{
	return plait_flight_get(flight, flight->leg[slot].first);
}

/**
 * plait_flight_overlap() - the first packet of a connection that shares sequence numbers
 * @flight: what is in flight
 * @flow: the connection
 * @seq: the first sequence number
 * @end: the one behind the last
 * @duplicate: among duplicates; otherwise among the others
 *
 * Return: the packet or NULL.
 */
struct plait_flight_packet *plait_flight_overlap(struct plait_flight *flight, u16 flow, u32 seq,
						 u32 end, bool duplicate)
{
	const struct plait_flight_list *list = &flight->flow[flow].packets;
	u16 index = list->first;

	/* New data lies behind all that is in flight. */
	if (index == PLAIT_NOBODY || !plait_seq_before(seq, plait_flight_at(flight, list->last)->end))
		return NULL;
	while (index != PLAIT_NOBODY) {
		struct plait_flight_packet *packet = plait_flight_at(flight, index);

		if (!plait_seq_before(packet->seq, end))
			return NULL;
		if (plait_seq_before(seq, packet->end) && packet->duplicate == duplicate)
			return packet;
		index = packet->in_flow.next;
	}
	return NULL;
}

static void plait_flight_link_to_leg(struct plait_flight *flight, u16 index)
{
	struct plait_flight_packet *packet = plait_flight_at(flight, index);
	struct plait_flight_list *list = &flight->leg[packet->slot];

	packet->on_leg.prev = list->last;
	packet->on_leg.next = PLAIT_NOBODY;
	if (list->last == PLAIT_NOBODY)
		list->first = index;
	else
		plait_flight_at(flight, list->last)->on_leg.next = index;
	list->last = index;
}

/* From the end, where new data goes. */
static void plait_flight_link_to_flow(struct plait_flight *flight, u16 index)
{
	struct plait_flight_packet *packet = plait_flight_at(flight, index);
	struct plait_flight_list *list = &flight->flow[packet->flow].packets;
	u16 before = list->last, after = PLAIT_NOBODY;

	while (before != PLAIT_NOBODY &&
	       plait_seq_before(packet->seq, plait_flight_at(flight, before)->seq)) {
		after = before;
		before = plait_flight_at(flight, before)->in_flow.prev;
	}
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

/**
 * plait_flight_add() - a packet leaves
 * @flight: what is in flight
 * @slot: its leg
 * @flow: its connection, PLAIT_NOBODY when it will not be acknowledged
 * @seq: its first sequence number
 * @end: the one behind the last
 *
 * Return: the packet, of which @shot, @due, @expires, @bytes, @repeated and @duplicate are to be set; NULL when too
 * many are in flight.
 */
struct plait_flight_packet *plait_flight_add(struct plait_flight *flight, u32 slot, u16 flow,
					     u32 seq, u32 end)
{
	struct plait_flight_packet *packet = plait_flight_get(flight, flight->free);

	if (!packet)
		return NULL;
	flight->free = packet->on_leg.next;
	packet->slot = slot;
	packet->flow = flow;
	packet->seq = seq;
	packet->end = end;
	packet->kept = PLAIT_NOBODY;
	packet->missed = false;
	packet->repair = false;
	plait_flight_link_to_leg(flight, plait_flight_index(flight, packet));
	if (flow != PLAIT_NOBODY)
		plait_flight_link_to_flow(flight, plait_flight_index(flight, packet));
	return packet;
}

static void plait_flight_unlink_from_leg(struct plait_flight *flight,
					 const struct plait_flight_packet *packet)
{
	struct plait_flight_list *list = &flight->leg[packet->slot];
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

static void plait_flight_unlink_from_flow(struct plait_flight *flight,
					  const struct plait_flight_packet *packet)
{
	struct plait_flight_list *list = &flight->flow[packet->flow].packets;
	const struct plait_flight_links *links = &packet->in_flow;

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
 * plait_flight_remove() - a packet is in flight no more
 * @flight: what is in flight
 * @packet: the packet; its memory is used again with the next plait_flight_add()
 */
void plait_flight_remove(struct plait_flight *flight, struct plait_flight_packet *packet)
{
	plait_flight_unlink_from_leg(flight, packet);
	if (packet->flow != PLAIT_NOBODY)
		plait_flight_unlink_from_flow(flight, packet);
	packet->on_leg.next = flight->free;
	flight->free = plait_flight_index(flight, packet);
}
