/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef PLAIT_CORE_TRACK_FLIGHT_H
#define PLAIT_CORE_TRACK_FLIGHT_H

#include "../copies.h"
#include "../path/path.h"
#include "flow.h"

/* Packets remembered at a time, of all connections together. */
#define PLAIT_FLIGHT_PACKETS 4096

/* Packets that one call may look at, whatever a far end says. The rest is looked at with the next calls. */
#define PLAIT_FLIGHT_BUDGET 64

/* The lists of packets by leg, and behind them that of packets whose leg began anew. */
#define PLAIT_FLIGHT_FORGOTTEN PLAIT_SLOTS
#define PLAIT_FLIGHT_LISTS (PLAIT_SLOTS + 1)

/* A position in a doubly linked list of packets. */
struct plait_flight_links {
	u16 next;
	u16 prev;
};

/**
 * struct plait_flight_packet - a packet that has left and is not known to have arrived
 * @shot: what its path needs when it arrives
 * @due: when it should have arrived and be acknowledged
 * @expires: when it is given up
 * @seq: the first sequence number that it carries
 * @end: the one behind the last
 * @bytes: its length
 * @flow: its connection
 * @flow_life: life of its connection; when that has another one, it is nobody's
 * @leg_life: life of its leg; when that has another one, it counts no more
 * @kept: number of the copy that is kept of it, PLAIT_NO_COPY when there is none
 * @on_leg: place among the packets of its leg, in the order of leaving
 * @in_flow: place in one of the lists of its connection
 * @slot: its leg
 * @lost_by: when @repair: the leg that had lost it
 * @repeated: its sequence numbers left more than once, so an acknowledgement may be for another
 * @duplicate: same, and its own arrival will be reported as that of a duplicate
 * @copy: it left beside the packet, and the sender has sent its sequence numbers only once
 * @missed: a later packet of its leg and connection has arrived
 * @repair: it left instead of one that was lost
 */
struct plait_flight_packet {
	struct plait_shot shot;
	s64 due;
	s64 expires;
	u32 seq;
	u32 end;
	u32 bytes;
	u16 flow;
	u16 flow_life;
	u16 leg_life;
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
 * struct plait_flight - packets in flight by leg and by connection
 * @packet: memory for them
 * @free: the first unused one
 * @budget: how many more the present call may look at
 * @flows: connections
 * @leg: packets of each leg, and those that count no more
 * @leg_life: how often each leg began anew
 */
struct plait_flight {
	struct plait_flight_packet packet[PLAIT_FLIGHT_PACKETS];
	u16 free;
	u32 budget;
	struct plait_flows flows;
	struct plait_flight_list leg[PLAIT_FLIGHT_LISTS];
	u16 leg_life[PLAIT_SLOTS];
};

void plait_flight_init(struct plait_flight *flight, u64 seed);
struct plait_flight_packet *plait_flight_look(struct plait_flight *flight, u16 index);
struct plait_tcp_flow *plait_flight_flow(struct plait_flight *flight,
					 const struct plait_flight_packet *packet);
bool plait_flight_seek(struct plait_flight *flight, struct plait_tcp_flow *flow,
		       enum plait_flow_list list, u32 seq, u16 *index);
struct plait_flight_packet *plait_flight_overlap(struct plait_flight *flight,
						 struct plait_tcp_flow *flow, enum plait_flow_list list,
						 u32 seq, u32 end);
struct plait_flight_packet *plait_flight_add(struct plait_flight *flight, u32 slot, u16 flow,
					     u32 seq, u32 end, bool duplicate);
bool plait_flight_becomes_duplicate(struct plait_flight *flight,
				    struct plait_flight_packet *packet);
void plait_flight_remove(struct plait_flight *flight, struct plait_flight_packet *packet);
void plait_flight_forget_leg(struct plait_flight *flight, u32 slot);

#endif /* PLAIT_CORE_TRACK_FLIGHT_H */
