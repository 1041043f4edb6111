/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef PLAIT_CORE_FLIGHT_H
#define PLAIT_CORE_FLIGHT_H

#include "path.h"
#include "tcp.h"

/* Legs, as in scheduler.h. */
#define PLAIT_FLIGHT_SLOTS 32

/* Packets remembered at a time, of all connections together. */
#define PLAIT_FLIGHT_PACKETS 4096

/* Connections remembered at a time: PLAIT_FLOW_WAYS for each value of a hash. */
#define PLAIT_FLOW_WAYS 4
#define PLAIT_FLOW_SETS 128
#define PLAIT_FLOWS (PLAIT_FLOW_SETS * PLAIT_FLOW_WAYS)

/* No packet, or no connection. */
#define PLAIT_NOBODY 0xffff

/* A position in a doubly linked list of packets. */
struct plait_flight_links {
	u16 next;
	u16 prev;
};

struct plait_flight_list {
	u16 first;
	u16 last;
};

/**
 * struct plait_flight_packet - a packet that has left and is not known to have arrived
 * @shot: what its path needs when it arrives
 * @due: when it should have arrived and be acknowledged
 * @expires: when it is given up
 * @seq: the first sequence number that it carries
 * @end: the one behind the last
 * @bytes: its length
 * @flow: its connection, PLAIT_NOBODY when it is not acknowledged
 * @kept: number of the copy that is kept of it, PLAIT_NOBODY when there is none
 * @on_leg: place among the packets of its leg, in the order of leaving
 * @in_flow: place among the packets of its connection, by sequence number
 * @slot: its leg
 * @lost_by: when @repair: the leg that had lost it
 * @repeated: its sequence numbers left more than once, so an acknowledgement may be for another
 * @duplicate: same, and its own arrival will be reported as that of a duplicate
 * @missed: a later packet of its leg and connection has arrived
 * @repair: it left instead of one that was lost
 * @copy: it left beside the packet, and the sender has sent its sequence numbers only once
 */
struct plait_flight_packet {
	struct plait_shot shot;
	s64 due;
	s64 expires;
	u32 seq;
	u32 end;
	u32 bytes;
	u16 flow;
	u16 kept;
	struct plait_flight_links on_leg;
	struct plait_flight_links in_flow;
	u8 slot;
	u8 lost_by;
	bool repeated : 1;
	bool duplicate : 1;
	bool copy : 1;
	bool missed : 1;
	bool repair : 1;
};

/**
 * struct plait_flow - a connection with packets in flight
 * @key: which
 * @packets: those of its packets that are remembered
 * @end: the sequence number behind the last that was ever sent; valid when @sending
 * @resent: the one behind the last that was ever sent again; valid when @resending
 * @resent_at: when that last left, ns; 0 before
 * @acked: everything before it has arrived; valid when @acking
 * @sending: something was sent that will be acknowledged
 * @resending: something was sent again
 * @acking: something was acknowledged
 * @arrives: when its last packet is expected to be acknowledged; 0 before the first
 * @last_slot: leg of that packet
 * @used: when it was last used, to find the one to forget
 * @taken: there is a connection here
 */
struct plait_flow {
	struct plait_flow_key key;
	struct plait_flight_list packets;
	u32 end;
	u32 resent;
	s64 resent_at;
	u32 acked;
	bool sending;
	bool resending;
	bool acking;
	s64 arrives;
	u32 last_slot;
	s64 used;
	bool taken;
};

/**
 * struct plait_flight - packets in flight by leg and by connection
 * @packet: memory for them
 * @free: the first unused one
 * @flow: connections
 * @leg: packets of each leg
 */
struct plait_flight {
	struct plait_flight_packet packet[PLAIT_FLIGHT_PACKETS];
	u16 free;
	struct plait_flow flow[PLAIT_FLOWS];
	struct plait_flight_list leg[PLAIT_FLIGHT_SLOTS];
};

void plait_flight_init(struct plait_flight *flight);
u16 plait_flow_find(const struct plait_flight *flight, const struct plait_flow_key *key);
u16 plait_flow_take(struct plait_flight *flight, const struct plait_flow_key *key, s64 now);
struct plait_flight_packet *plait_flight_get(struct plait_flight *flight, u16 index);
struct plait_flight_packet *plait_flight_first(struct plait_flight *flight, u32 slot);
struct plait_flight_packet *plait_flight_overlap(struct plait_flight *flight, u16 flow, u32 seq,
						 u32 end, bool duplicate);
struct plait_flight_packet *plait_flight_add(struct plait_flight *flight, u32 slot, u16 flow,
					     u32 seq, u32 end);
void plait_flight_remove(struct plait_flight *flight, struct plait_flight_packet *packet);

#endif /* PLAIT_CORE_FLIGHT_H */
