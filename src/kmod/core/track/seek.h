/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef PLAIT_CORE_TRACK_SEEK_H
#define PLAIT_CORE_TRACK_SEEK_H

#include "flight-state.h"

struct plait_flight_packet *plait_flight_look(struct plait_flight *flight, u16 index);
bool plait_flight_find_place(struct plait_flight *flight, struct plait_tcp_flow *flow,
			     enum plait_flow_list list, u32 seq, u16 *after);
bool plait_flight_seek(struct plait_flight *flight, struct plait_tcp_flow *flow,
		       enum plait_flow_list list, u32 seq, u16 *index);
struct plait_flight_packet *plait_flight_overlap(struct plait_flight *flight,
						 struct plait_tcp_flow *flow, enum plait_flow_list list,
						 u32 seq, u32 end);

#endif /* PLAIT_CORE_TRACK_SEEK_H */
