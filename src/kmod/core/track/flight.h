/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef PLAIT_CORE_TRACK_FLIGHT_H
#define PLAIT_CORE_TRACK_FLIGHT_H

#include "flight-state.h"

void plait_flight_init(struct plait_flight *flight, u64 seed);
void plait_flight_end(struct plait_flight *flight);
bool plait_flight_trim(struct plait_flight *flight, s64 now);
struct plait_tcp_flow *plait_flight_flow(struct plait_flight *flight,
					 const struct plait_flight_packet *packet);
struct plait_flight_packet *plait_flight_add(struct plait_flight *flight, u32 slot, u16 flow,
					     u32 seq, u32 end, bool duplicate);
struct plait_flight_packet *plait_flight_add_reported(struct plait_flight *flight, u32 slot, u32 serial,
						      bool copy);
void plait_flight_lose(struct plait_flight *flight, struct plait_flight_packet *packet);
bool plait_flight_becomes_duplicate(struct plait_flight *flight,
				    struct plait_flight_packet *packet);
void plait_flight_remove(struct plait_flight *flight, struct plait_flight_packet *packet);
void plait_flight_forget_leg(struct plait_flight *flight, u32 slot);

#endif /* PLAIT_CORE_TRACK_FLIGHT_H */
