/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef PLAIT_CORE_TRACK_FLIGHT_STATE_H
#define PLAIT_CORE_TRACK_FLIGHT_STATE_H

#include "records.h"

/* Packets that one call may look at, whatever a far end says. The rest is looked at with the next calls. */
#define PLAIT_FLIGHT_BUDGET 64

/*
 * The lists of packets by leg; behind them that of packets whose leg began anew, and that of packets of legs that report
 * which are lost, or whose leg began anew.
 */
#define PLAIT_FLIGHT_FORGOTTEN PLAIT_SLOTS
#define PLAIT_FLIGHT_LOST (PLAIT_SLOTS + 1)
#define PLAIT_FLIGHT_LISTS (PLAIT_SLOTS + 2)

/**
 * struct plait_flight - packets in flight by leg and by connection
 * @records: memory for them
 * @budget: how many more the present call may look at
 * @flows: connections
 * @leg: packets of each leg, and those that count no more, see PLAIT_FLIGHT_FORGOTTEN and PLAIT_FLIGHT_LOST
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

/**
 * plait_flight_is_reported() - does the far end of a packet's leg report what arrives?
 * @packet: the packet
 *
 * Return: true when it does: the packet has a serial number, and its connection is not looked at.
 */
static inline bool plait_flight_is_reported(const struct plait_flight_packet *packet)
{
	return packet->flow == PLAIT_NOBODY;
}

#endif /* PLAIT_CORE_TRACK_FLIGHT_STATE_H */
