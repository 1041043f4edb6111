/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef PLAIT_CORE_TRACK_FLOW_H
#define PLAIT_CORE_TRACK_FLOW_H

#include "../clock.h"
#include "../header.h"
#include "../sequence.h"

/*
 * Connections remembered at a time: PLAIT_FLOW_WAYS for each value of a hash. Memory for PLAIT_FLOW_SETS of these values
 * is taken together, when the first connection has one of them.
 */
#define PLAIT_FLOW_WAYS 4
#define PLAIT_FLOW_SETS 7
#define PLAIT_FLOW_CHUNKS 18
#define PLAIT_FLOWS_OF_CHUNK (PLAIT_FLOW_SETS * PLAIT_FLOW_WAYS)
#define PLAIT_FLOWS (PLAIT_FLOW_CHUNKS * PLAIT_FLOWS_OF_CHUNK)

/* The number of a connection: of its chunk, and these bits with its place there. */
#define PLAIT_FLOW_BITS 5

/* No connection, or no packet. */
#define PLAIT_NOBODY 0xffff

/* Places in the packets of a connection that are remembered, since what comes next is near them. */
#define PLAIT_CURSORS 4

/**
 * enum plait_flow_list - the lists of a connection's packets in flight, each by sequence number
 * @PLAIT_PACKETS: those whose arrival is acknowledged
 * @PLAIT_DUPLICATES: those whose arrival will be reported as that of a duplicate
 * @PLAIT_FLOW_LISTS: how many there are
 */
enum plait_flow_list {
	PLAIT_PACKETS,
	PLAIT_DUPLICATES,
	PLAIT_FLOW_LISTS,
};

struct plait_flight_list {
	u16 first;
	u16 last;
};

/**
 * struct plait_tcp_flow - a connection with packets in flight, as far as TCP's own state can be told from outside
 * @key: which
 * @packets: its packets that are remembered, see &enum plait_flow_list
 * @cursor: places in the first list of @packets
 * @life: no other connection of the link has or had that; packets with another one are nobody's
 * @una: everything before it is acknowledged, or was never seen by us
 * @end: the sequence number behind the last that was ever sent; valid when @sending
 * @resent: the one behind the last that was ever retransmitted; valid when @resending
 * @isn: the sequence number of the SYN that began it; valid when @begun
 * @window: what the last acknowledgement announced
 * @resent_at: when the last retransmission left, ns; 0 before
 * @acked_at: when @una last moved
 * @heard_at: when something of it last arrived
 * @heard_other: same, of another leg than @heard_slot
 * @arrives: when its last packet is expected to be acknowledged; 0 before the first
 * @used: when it was last used, to find the one to forget
 * @hash: of @key
 * @number: its number
 * @last_slot: leg of its last packet
 * @heard_slot: leg by which something last arrived
 * @behind: in the list of those with packets before @una, which were too many to be looked at
 * @next_behind: the next one in that list
 * @turn: the element of @cursor to be overwritten next
 * @sending: something was sent that will be acknowledged
 * @resending: something was retransmitted
 * @acking: something was acknowledged
 * @begun: its SYN was seen
 * @reports: its receiver reports duplicates
 * @taken: there is a connection here
 */
struct plait_tcp_flow {
	struct plait_flow_key key;
	struct plait_flight_list packets[PLAIT_FLOW_LISTS];
	u16 cursor[PLAIT_CURSORS];
	u32 life;
	u32 una;
	u32 end;
	u32 resent;
	u32 isn;
	s64 resent_at;
	s64 acked_at;
	s64 heard_at;
	s64 heard_other;
	s64 arrives;
	s64 used;
	u32 hash;
	u16 window;
	u16 number;
	u16 next_behind;
	u8 last_slot;
	u8 heard_slot;
	u8 turn;
	bool behind : 1;
	bool sending : 1;
	bool resending : 1;
	bool acking : 1;
	bool begun : 1;
	bool reports : 1;
	bool taken : 1;
};

/* A set of PLAIT_FLOW_WAYS for each of some values of the hash. */
struct plait_flow_chunk {
	struct plait_tcp_flow flow[PLAIT_FLOWS_OF_CHUNK];
};

/**
 * struct plait_flows - connections
 * @chunk: memory for them, NULL where none was needed
 * @seed: random, so that nobody knows who shares a set
 * @lives: the last &plait_tcp_flow.life
 * @last: the connection that was looked for last, as the next packet is often of the same
 * @behind: the first connection with packets before &plait_tcp_flow.una
 * @trim: the chunk to be looked at next for what may be given back
 */
struct plait_flows {
	struct plait_flow_chunk *chunk[PLAIT_FLOW_CHUNKS];
	u64 seed;
	u32 lives;
	u16 last;
	u16 behind;
	u16 trim;
};

/**
 * plait_flow_at() - the place of a connection
 * @flows: connections
 * @number: its number, not PLAIT_NOBODY
 *
 * Return: the place, where another connection may be by now; NULL when its memory was given back.
 */
static inline struct plait_tcp_flow *plait_flow_at(const struct plait_flows *flows, u16 number)
{
	struct plait_flow_chunk *chunk = flows->chunk[number >> PLAIT_FLOW_BITS];

	return chunk ? &chunk->flow[number & ((1 << PLAIT_FLOW_BITS) - 1)] : NULL;
}

void plait_flows_init(struct plait_flows *flows, u64 seed);
void plait_flows_end(struct plait_flows *flows);
bool plait_flows_trim(struct plait_flows *flows, s64 now);
u16 plait_flow_find(const struct plait_flows *flows, const struct plait_flow_key *key);
bool plait_flow_is(const struct plait_flows *flows, u16 number, const struct plait_flow_key *key);
u16 plait_flow_take(struct plait_flows *flows, const struct plait_flow_key *key, s64 now);
void plait_flow_sends(struct plait_flows *flows, struct plait_tcp_flow *flow,
		      const struct plait_header *header);
bool plait_flow_retransmits(const struct plait_tcp_flow *flow, const struct plait_header *header);
bool plait_flow_believes(const struct plait_tcp_flow *flow, u32 ack);
bool plait_flow_believes_sack(const struct plait_tcp_flow *flow, const struct plait_range *block,
			      bool duplicate);
void plait_flow_acks(struct plait_tcp_flow *flow, u32 ack, s64 now);
void plait_flow_hears(struct plait_tcp_flow *flow, u32 slot, s64 now);
bool plait_flow_heard_other(const struct plait_tcp_flow *flow, u32 slot, s64 since);

#endif /* PLAIT_CORE_TRACK_FLOW_H */
