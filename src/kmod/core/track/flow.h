/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef PLAIT_CORE_TRACK_FLOW_H
#define PLAIT_CORE_TRACK_FLOW_H

#include "../header.h"
#include "../sequence.h"

/* Connections remembered at a time: PLAIT_FLOW_WAYS for each value of a hash. */
#define PLAIT_FLOW_WAYS 4
#define PLAIT_FLOW_SETS 128
#define PLAIT_FLOWS (PLAIT_FLOW_SETS * PLAIT_FLOW_WAYS)

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
 * @life: how often another connection was remembered here before; packets of those are nobody's
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
	u16 life;
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

/**
 * struct plait_flows - connections
 * @flow: a set of PLAIT_FLOW_WAYS for each value of the hash
 * @seed: random, so that nobody knows who shares a set
 * @behind: the first connection with packets before &plait_flow.una
 */
struct plait_flows {
	struct plait_tcp_flow flow[PLAIT_FLOWS];
	u64 seed;
	u16 behind;
};

void plait_flows_init(struct plait_flows *flows, u64 seed);
u16 plait_flow_find(const struct plait_flows *flows, const struct plait_flow_key *key);
bool plait_flow_is(const struct plait_flows *flows, u16 index, const struct plait_flow_key *key);
u16 plait_flow_take(struct plait_flows *flows, const struct plait_flow_key *key, s64 now);
void plait_flow_restart(struct plait_tcp_flow *flow);
void plait_flow_sends(struct plait_tcp_flow *flow, const struct plait_header *header);
bool plait_flow_retransmits(const struct plait_tcp_flow *flow, const struct plait_header *header);
bool plait_flow_believes(const struct plait_tcp_flow *flow, u32 ack);
bool plait_flow_believes_sack(const struct plait_tcp_flow *flow, const struct plait_range *block,
			      bool duplicate);
void plait_flow_acks(struct plait_tcp_flow *flow, u32 ack, s64 now);
void plait_flow_hears(struct plait_tcp_flow *flow, u32 slot, s64 now);
bool plait_flow_heard_other(const struct plait_tcp_flow *flow, u32 slot, s64 since);

#endif /* PLAIT_CORE_TRACK_FLOW_H */
