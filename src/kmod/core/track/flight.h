/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef PLAIT_CORE_TRACK_FLIGHT_H
#define PLAIT_CORE_TRACK_FLIGHT_H

#include "records.h"

/* Packets that one call may look at, whatever a far end says. The rest is looked at with the next calls. */
#define PLAIT_FLIGHT_BUDGET 64

/* The lists of packets by leg, and behind them that of packets whose leg began anew. */
#define PLAIT_FLIGHT_FORGOTTEN PLAIT_SLOTS
#define PLAIT_FLIGHT_LISTS (PLAIT_SLOTS + 1)

/**
 * struct plait_flight - packets in flight by leg and by connection
 * @records: memory for them
 * @budget: how many more the present call may look at
 * @flows: connections
 * @leg: packets of each leg, and those that count no more
 * @leg_life: how often each leg began anew
 */
struct plait_flight {
	struct plait_records records;
	u32 budget;
	struct plait_flows flows;
	struct plait_flight_list leg[PLAIT_FLIGHT_LISTS];
	u16 leg_life[PLAIT_SLOTS];
};

/**
 * plait_flight_at() - the packet at a place
 * @flight: what is in flight
 * @index: its place, not PLAIT_NOBODY
 *
 * Return: the packet.
 */
static inline struct plait_flight_packet *plait_flight_at(const struct plait_flight *flight, u16 index)
{
	return plait_record_at(&flight->records, index);
}

void plait_flight_init(struct plait_flight *flight, u64 seed);
void plait_flight_end(struct plait_flight *flight);
bool plait_flight_trim(struct plait_flight *flight, s64 now);
struct plait_flight_packet *plait_flight_look(struct plait_flight *flight, u16 index);
struct plait_tcp_flow *plait_flight_flow(struct plait_flight *flight,
					 const struct plait_flight_packet *packet);
bool plait_flight_find_place(struct plait_flight *flight, struct plait_tcp_flow *flow,
			     enum plait_flow_list list, u32 seq, u16 *after);
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
