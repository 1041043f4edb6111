// SPDX-License-Identifier: GPL-2.0-only
/*
 * Packets in flight, each in two lists: that of its leg in the order in which they left, and that of its connection
 * by sequence number.
 *
 * A leg or a connection that begins anew gets another life, by which its packets are known to count no more.
 */
#include "flight.h"
#include "seek.h"

/**
 * plait_flight_init() - nothing is in flight
 * @flight: any memory
 * @seed: random
 */
void plait_flight_init(struct plait_flight *flight, u64 seed)
{
	const struct plait_flight_list empty = { PLAIT_NOBODY, PLAIT_NOBODY };
	u32 i;

	plait_records_init(&flight->records);
	flight->budget = 0;
	plait_flows_init(&flight->flows, seed);
	for (i = 0; i < PLAIT_FLIGHT_LISTS; i++)
		flight->leg[i] = empty;
	for (i = 0; i < PLAIT_SLOTS; i++)
		flight->leg_life[i] = 0;
}

/**
 * plait_flight_end() - give all memory back
 * @flight: what is in flight, which is not used any more
 */
void plait_flight_end(struct plait_flight *flight)
{
	plait_records_end(&flight->records);
	plait_flows_end(&flight->flows);
}

/**
 * plait_flight_trim() - give memory back that is not used
 * @flight: what is in flight
 * @now: ns
 *
 * Return: true when there is memory left.
 */
bool plait_flight_trim(struct plait_flight *flight, s64 now)
{
	bool records = plait_records_trim(&flight->records);

	return plait_flows_trim(&flight->flows, now) || records;
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
	struct plait_tcp_flow *flow = NULL;

	if (!plait_flight_is_reported(packet))
		flow = plait_flow_at(&flight->flows, packet->flow);
	return flow && flow->life == packet->flow_life ? flow : NULL;
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

/* The number of the list that a packet is in. */
static u32 plait_flight_list_number(const struct plait_flight *flight,
				    const struct plait_flight_packet *packet)
{
	bool counts = packet->leg_life == flight->leg_life[packet->slot];

	if (plait_flight_is_reported(packet) && (packet->missed || !counts))
		return PLAIT_FLIGHT_LOST;
	return counts ? packet->slot : PLAIT_FLIGHT_FORGOTTEN;
}

static void plait_flight_unlink_from_leg(struct plait_flight *flight,
					 const struct plait_flight_packet *packet)
{
	struct plait_flight_list *list = &flight->leg[plait_flight_list_number(flight, packet)];
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
	u32 i;

	for (i = 0; i < PLAIT_CURSORS; i++)
		if (flow->cursor[i] == packet->place)
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

/* Memory for a packet that leaves, in the list of its leg; NULL: there is none. */
static struct plait_flight_packet *plait_flight_take(struct plait_flight *flight, u32 slot, u16 flow)
{
	struct plait_flight_packet *packet = plait_records_take(&flight->records);

	if (!packet)
		return NULL;
	packet->slot = slot;
	packet->leg_life = flight->leg_life[slot];
	packet->flow = flow;
	packet->kept = PLAIT_NO_COPY;
	packet->missed = false;
	packet->repair = false;
	plait_flight_link_to_leg(flight, slot, packet->place);
	return packet;
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
 * Return: the packet, of which @shot, @due, @bytes, @copy and @repeated are to be set; NULL when too many are in flight,
 * there is no memory, or its place among them was not found.
 */
struct plait_flight_packet *plait_flight_add(struct plait_flight *flight, u32 slot, u16 flow,
					     u32 seq, u32 end, bool duplicate)
{
	enum plait_flow_list list = duplicate ? PLAIT_DUPLICATES : PLAIT_PACKETS;
	struct plait_tcp_flow *of = plait_flow_at(&flight->flows, flow);
	struct plait_flight_packet *packet;
	u16 after;

	if (!plait_flight_find_place(flight, of, list, seq, &after))
		return NULL;
	packet = plait_flight_take(flight, slot, flow);
	if (!packet)
		return NULL;
	packet->flow_life = of->life;
	packet->seq = seq;
	packet->end = end;
	packet->duplicate = duplicate;
	plait_flight_link_to_flow(flight, of, list, packet->place, after);
	return packet;
}

/**
 * plait_flight_add_reported() - a packet leaves by a leg whose far end reports what arrives
 * @flight: what is in flight
 * @slot: its leg
 * @serial: its serial number there
 * @copy: the packet itself leaves by another leg
 *
 * Return: as plait_flight_add().
 */
struct plait_flight_packet *plait_flight_add_reported(struct plait_flight *flight, u32 slot, u32 serial,
						      bool copy)
{
	struct plait_flight_packet *packet = plait_flight_take(flight, slot, PLAIT_NOBODY);

	if (!packet)
		return NULL;
	packet->seq = serial;
	packet->end = serial;
	packet->duplicate = copy;
	return packet;
}

/**
 * plait_flight_lose() - a packet of a leg that reports is lost
 * @flight: what is in flight
 * @packet: the packet, which goes to the list of those
 */
void plait_flight_lose(struct plait_flight *flight, struct plait_flight_packet *packet)
{
	plait_flight_unlink_from_leg(flight, packet);
	packet->missed = true;
	plait_flight_link_to_leg(flight, PLAIT_FLIGHT_LOST, packet->place);
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

	if (!flow || !plait_flight_find_place(flight, flow, PLAIT_DUPLICATES, packet->seq, &after))
		return false;
	plait_flight_unlink_from_flow(flight, flow, packet);
	packet->duplicate = true;
	packet->repeated = true;
	plait_flight_link_to_flow(flight, flow, PLAIT_DUPLICATES, packet->place, after);
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
	plait_records_give(&flight->records, packet);
}

/**
 * plait_flight_forget_leg() - a leg begins anew: what is in flight of it counts no more
 * @flight: what is in flight
 * @slot: the leg
 *
 * These packets go to the list of those to be removed, or, of a leg that reports, of those that are lost, however many
 * they are.
 */
void plait_flight_forget_leg(struct plait_flight *flight, u32 slot)
{
	struct plait_flight_list *list = &flight->leg[slot], *forgotten;
	bool reported;

	flight->leg_life[slot]++;
	if (list->first == PLAIT_NOBODY)
		return;
	reported = plait_flight_is_reported(plait_flight_at(flight, list->first));
	forgotten = &flight->leg[reported ? PLAIT_FLIGHT_LOST : PLAIT_FLIGHT_FORGOTTEN];
	plait_flight_at(flight, list->first)->on_leg.prev = forgotten->last;
	if (forgotten->last == PLAIT_NOBODY)
		forgotten->first = list->first;
	else
		plait_flight_at(flight, forgotten->last)->on_leg.next = list->first;
	forgotten->last = list->last;
	*list = (struct plait_flight_list){ PLAIT_NOBODY, PLAIT_NOBODY };
}
