// SPDX-License-Identifier: GPL-2.0-only
/*
 * TCP connections, as far as their state can be told from outside.
 *
 * Memory is bounded: a connection too many makes the one of the same hash be forgotten that was not used for longest.
 * Its packets stay on their legs without a connection: they are of an earlier life of its place. Memory is taken when it
 * is needed, and given back when none of its connections was used for a while.
 *
 * An acknowledgement is believed where TCP itself would take it (RFC 9293, 3.10.7.4; RFC 5961, 5.2; Linux:
 * tcp_ack() and tcp_is_sackblock_valid()): not after what was sent, and not older than the far end's window. Of that we
 * may not have seen the scale, so it is taken for as large as receivers have it. What acknowledges old numbers tells of
 * duplicates at most; to say what arrived one has to hit what is in flight. So nobody can who does not see the
 * connection's packets.
 */
#include "flow.h"

/* The far end's window. An acknowledgement that comes by a slow leg may be older than what is in flight. */
#define PLAIT_WINDOW_MOST (16U << 20)

/* The largest window of TCP (RFC 7323, 2.3). What lies further back was acknowledged by ways that we do not see. */
#define PLAIT_WINDOW_LIMIT (1U << 30)

/* What is not used for so long is forgotten: no TCP waits longer until it sends again (TCP_RTO_MAX of Linux). */
#define PLAIT_FLOW_IDLE (120 * PLAIT_S)

/**
 * plait_flows_init() - no connection is known
 * @flows: any memory
 * @seed: random
 */
void plait_flows_init(struct plait_flows *flows, u64 seed)
{
	u32 i;

	for (i = 0; i < PLAIT_FLOW_CHUNKS; i++)
		flows->chunk[i] = NULL;
	flows->seed = seed;
	flows->lives = 0;
	flows->last = PLAIT_NOBODY;
	flows->behind = PLAIT_NOBODY;
	flows->trim = 0;
}

/**
 * plait_flows_end() - give all memory back
 * @flows: connections, which are not used any more
 */
void plait_flows_end(struct plait_flows *flows)
{
	u32 i;

	for (i = 0; i < PLAIT_FLOW_CHUNKS; i++)
		plait_free(flows->chunk[i]);
}

/* Forgets connections that nobody uses; says whether there are others. */
static bool plait_flows_forget(struct plait_flow_chunk *chunk, s64 now)
{
	bool used = false;
	u32 i;

	for (i = 0; i < PLAIT_FLOWS_OF_CHUNK; i++) {
		struct plait_tcp_flow *flow = &chunk->flow[i];

		if (!flow->behind && now - flow->used > PLAIT_FLOW_IDLE &&
		    flow->packets[PLAIT_PACKETS].first == PLAIT_NOBODY &&
		    flow->packets[PLAIT_DUPLICATES].first == PLAIT_NOBODY)
			flow->taken = false;
		used |= flow->taken;
	}
	return used;
}

/**
 * plait_flows_trim() - forget connections that were not used for long, and give memory back; one chunk a call
 * @flows: connections
 * @now: ns
 *
 * Return: true when there is memory left.
 */
bool plait_flows_trim(struct plait_flows *flows, s64 now)
{
	bool trimmed = false, left = false;
	u32 i;

	for (i = 0; i < PLAIT_FLOW_CHUNKS; i++) {
		u32 at = (flows->trim + i) % PLAIT_FLOW_CHUNKS;

		if (!flows->chunk[at])
			continue;
		if (trimmed) {
			flows->trim = at;
			return true;
		}
		trimmed = true;
		left = plait_flows_forget(flows->chunk[at], now);
		if (left)
			continue;
		plait_free(flows->chunk[at]);
		flows->chunk[at] = NULL;
	}
	return left;
}

static bool plait_flow_key_equal(const struct plait_flow_key *a, const struct plait_flow_key *b)
{
	u32 differ = 0, i;

	if (a->ports != b->ports)
		return false;
	for (i = 0; i < 4; i++)
		differ |= (a->source[i] ^ b->source[i]) | (a->destination[i] ^ b->destination[i]);
	return !differ;
}

/* Each word is mixed with the seed's halves before it meets the next: without these nobody can choose a set. */
static u32 plait_flow_mix(u32 hash, u32 word)
{
	hash = (hash ^ word) * 0x85ebca6bU;
	hash ^= hash >> 15;
	return hash * 0x9e3779b1U;
}

static u32 plait_flow_hash(const struct plait_flows *flows, const struct plait_flow_key *key)
{
	u32 hash = plait_flow_mix((u32)flows->seed, key->ports), i;

	for (i = 0; i < 4; i++) {
		hash = plait_flow_mix(hash, key->source[i]);
		hash = plait_flow_mix(hash, key->destination[i]);
	}
	hash = plait_flow_mix(hash, (u32)(flows->seed >> 32));
	return hash ^ hash >> 16;
}

/* Which part of the numbers below a bound is a hash? No division. */
static u32 plait_flow_part(u32 hash, u32 bound)
{
	return (hash & 0xffff) * bound >> 16;
}

static u32 plait_flow_chunk_of(u32 hash)
{
	return plait_flow_part(hash >> 16, PLAIT_FLOW_CHUNKS);
}

/* The connections of a hash; NULL: there is no memory for them yet. */
static struct plait_tcp_flow *plait_flow_set(const struct plait_flows *flows, u32 hash)
{
	struct plait_flow_chunk *chunk = flows->chunk[plait_flow_chunk_of(hash)];

	return chunk ? &chunk->flow[plait_flow_part(hash, PLAIT_FLOW_SETS) * PLAIT_FLOW_WAYS] : NULL;
}

static struct plait_tcp_flow *plait_flow_look(const struct plait_flows *flows,
					      const struct plait_flow_key *key, u32 hash)
{
	struct plait_tcp_flow *set = plait_flow_set(flows, hash);
	u32 i;

	for (i = 0; set && i < PLAIT_FLOW_WAYS; i++)
		if (set[i].taken && set[i].hash == hash && plait_flow_key_equal(&set[i].key, key))
			return &set[i];
	return NULL;
}

/**
 * plait_flow_is() - is a connection the one that is meant?
 * @flows: connections
 * @number: its number, or PLAIT_NOBODY
 * @key: which is meant
 *
 * Return: true when it is.
 */
bool plait_flow_is(const struct plait_flows *flows, u16 number, const struct plait_flow_key *key)
{
	const struct plait_tcp_flow *flow = number == PLAIT_NOBODY ? NULL : plait_flow_at(flows, number);

	return flow && flow->taken && plait_flow_key_equal(&flow->key, key);
}

/**
 * plait_flow_find() - look for a connection
 * @flows: connections
 * @key: which
 *
 * Return: its number, PLAIT_NOBODY when it is not remembered.
 */
u16 plait_flow_find(const struct plait_flows *flows, const struct plait_flow_key *key)
{
	const struct plait_tcp_flow *flow;

	if (plait_flow_is(flows, flows->last, key))
		return flows->last;
	flow = plait_flow_look(flows, key, plait_flow_hash(flows, key));
	return flow ? flow->number : PLAIT_NOBODY;
}

/* Memory for the connections of a hash, and others; false when there is none. */
static bool plait_flow_grow(struct plait_flows *flows, u32 hash)
{
	struct plait_flow_chunk *chunk = plait_alloc(sizeof(*chunk));
	u32 at = plait_flow_chunk_of(hash), i, list;

	if (!chunk)
		return false;
	for (i = 0; i < PLAIT_FLOWS_OF_CHUNK; i++) {
		chunk->flow[i].number = at << PLAIT_FLOW_BITS | i;
		for (list = 0; list < PLAIT_FLOW_LISTS; list++)
			chunk->flow[i].packets[list].first = PLAIT_NOBODY;
	}
	flows->chunk[at] = chunk;
	return true;
}

/* One that is not used, else the one that was not for longest; NULL when there is no memory. */
static struct plait_tcp_flow *plait_flow_place(struct plait_flows *flows, u32 hash)
{
	struct plait_tcp_flow *set = plait_flow_set(flows, hash), *oldest;
	u32 i;

	if (!set) {
		if (!plait_flow_grow(flows, hash))
			return NULL;
		set = plait_flow_set(flows, hash);
	}
	oldest = set;
	for (i = 0; i < PLAIT_FLOW_WAYS; i++) {
		if (!set[i].taken)
			return &set[i];
		if (set[i].used < oldest->used)
			oldest = &set[i];
	}
	return oldest;
}

/* Nothing is known of a connection, and none of the packets in flight is its. */
static void plait_flow_restart(struct plait_flows *flows, struct plait_tcp_flow *flow)
{
	u32 i;

	flow->life = ++flows->lives;
	for (i = 0; i < PLAIT_FLOW_LISTS; i++)
		flow->packets[i] = (struct plait_flight_list){ PLAIT_NOBODY, PLAIT_NOBODY };
	for (i = 0; i < PLAIT_CURSORS; i++)
		flow->cursor[i] = PLAIT_NOBODY;
	flow->window = 0;
	flow->resent_at = 0;
	flow->acked_at = 0;
	flow->heard_at = 0;
	flow->heard_other = 0;
	flow->arrives = 0;
	flow->last_slot = 0;
	flow->heard_slot = 0;
	flow->turn = 0;
	flow->sending = false;
	flow->resending = false;
	flow->acking = false;
	flow->begun = false;
	flow->reports = false;
}

/* Remembers a connection; gives its number. */
static u16 plait_flow_remember(struct plait_flows *flows, const struct plait_flow_key *key)
{
	u32 hash = plait_flow_hash(flows, key);
	struct plait_tcp_flow *flow = plait_flow_place(flows, hash);

	if (!flow)
		return PLAIT_NOBODY;
	plait_flow_restart(flows, flow);
	flow->key = *key;
	flow->hash = hash;
	flow->taken = true;
	return flow->number;
}

/**
 * plait_flow_take() - look for a connection, and remember it when it is new
 * @flows: connections
 * @key: which
 * @now: ns
 *
 * Return: its number; PLAIT_NOBODY when there is no memory for it.
 */
u16 plait_flow_take(struct plait_flows *flows, const struct plait_flow_key *key, s64 now)
{
	u16 number = plait_flow_find(flows, key);

	if (number == PLAIT_NOBODY)
		number = plait_flow_remember(flows, key);
	if (number == PLAIT_NOBODY)
		return PLAIT_NOBODY;
	plait_flow_at(flows, number)->used = now;
	flows->last = number;
	return number;
}

/* Does a packet begin the connection anew, as its ports are used again? */
static bool plait_flow_begins(const struct plait_tcp_flow *flow, const struct plait_header *header)
{
	if (!flow->sending)
		return false;
	if (header->flags & PLAIT_TCP_SYN)
		return !flow->begun || flow->isn != header->seq;
	/* Nobody retransmits what was acknowledged so long ago. */
	return plait_before(header->seq, flow->una - PLAIT_WINDOW_MOST);
}

/**
 * plait_flow_retransmits() - were sequence numbers of a packet sent before?
 * @flow: its connection, before plait_flow_sends()
 * @header: its header; takes sequence numbers
 *
 * Return: true when they were.
 */
bool plait_flow_retransmits(const struct plait_tcp_flow *flow, const struct plait_header *header)
{
	return flow->sending && plait_before(header->seq, flow->end) &&
	       !plait_flow_begins(flow, header);
}

/**
 * plait_flow_sends() - a packet is about to leave
 * @flows: connections
 * @flow: its connection
 * @header: its header; takes sequence numbers
 */
void plait_flow_sends(struct plait_flows *flows, struct plait_tcp_flow *flow,
		      const struct plait_header *header)
{
	if (plait_flow_begins(flow, header))
		plait_flow_restart(flows, flow);
	if (header->flags & PLAIT_TCP_SYN) {
		flow->begun = true;
		flow->isn = header->seq;
	}
	if (!flow->sending) {
		flow->una = header->seq;
		flow->end = header->seq;
		flow->sending = true;
	}
	if (plait_after(header->end, flow->end))
		flow->end = header->end;
	if (flow->end - flow->una > PLAIT_WINDOW_LIMIT)
		flow->una = flow->end - PLAIT_WINDOW_LIMIT;
}

/**
 * plait_flow_believes() - would TCP take an acknowledgement?
 * @flow: the connection
 * @ack: the number
 *
 * Return: true when it would.
 */
bool plait_flow_believes(const struct plait_tcp_flow *flow, u32 ack)
{
	return flow->sending && !plait_after(ack, flow->end) &&
	       !plait_before(ack, flow->una - PLAIT_WINDOW_MOST);
}

/**
 * plait_flow_believes_sack() - would TCP take a selective acknowledgement?
 * @flow: the connection, after plait_flow_acks()
 * @block: what is acknowledged
 * @duplicate: it is reported as a duplicate (RFC 2883)
 *
 * Return: true when it would.
 */
bool plait_flow_believes_sack(const struct plait_tcp_flow *flow, const struct plait_range *block,
			      bool duplicate)
{
	u32 least = duplicate ? flow->una - PLAIT_WINDOW_MOST : flow->una;

	return plait_before(block->start, block->end) && !plait_after(block->end, flow->end) &&
	       !plait_before(block->start, least);
}

/**
 * plait_flow_acks() - an acknowledgement came that is believed
 * @flow: the connection
 * @ack: everything before it has arrived
 * @now: ns
 */
void plait_flow_acks(struct plait_tcp_flow *flow, u32 ack, s64 now)
{
	if (flow->acking && !plait_after(ack, flow->una))
		return;
	if (plait_after(ack, flow->una))
		flow->una = ack;
	flow->acking = true;
	flow->acked_at = now;
}

/**
 * plait_flow_hears() - something of a connection arrived
 * @flow: the connection
 * @slot: the leg by which it did
 * @now: ns
 */
void plait_flow_hears(struct plait_tcp_flow *flow, u32 slot, s64 now)
{
	if (flow->heard_slot != slot)
		flow->heard_other = flow->heard_at;
	flow->heard_slot = slot;
	flow->heard_at = now;
}

/**
 * plait_flow_heard_other() - did something of a connection arrive by another leg?
 * @flow: the connection
 * @slot: the leg that does not count
 * @since: when that began, ns
 *
 * Return: true when it did.
 */
bool plait_flow_heard_other(const struct plait_tcp_flow *flow, u32 slot, s64 since)
{
	return (flow->heard_slot == slot ? flow->heard_other : flow->heard_at) > since;
}
