/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which packet of a leg has which counter. Counters number all messages of a leg with one pair of keys, CONTROL too, and
 * are the far end's; serial numbers number what the scheduler sent by the leg (plait_flow_control.reported).
 */
#ifndef PLAIT_CORE_UDP_SERIAL_H
#define PLAIT_CORE_UDP_SERIAL_H

#include "plait_port.h"

/* Places that are remembered at which the two went apart: one for each CONTROL message among the packets in flight. */
#define PLAIT_SERIAL_POINTS 32

/**
 * struct plait_serial_point - from here on the two grow together
 * @counter: of a packet
 * @serial: of the same
 */
struct plait_serial_point {
	u64 counter;
	u32 serial;
};

/**
 * struct plait_serials - of one leg and one pair of keys; all zero: nothing was sent
 * @point: a ring
 * @points: how many there ever were
 * @last: serial number of the last packet
 */
struct plait_serials {
	struct plait_serial_point point[PLAIT_SERIAL_POINTS];
	u32 points;
	u32 last;
};

void plait_serials_sent(struct plait_serials *serials, u64 counter, u32 serial);
u32 plait_serials_until(const struct plait_serials *serials, u64 counter);
u32 plait_serials_at(const struct plait_serials *serials, u64 counter);

#endif /* PLAIT_CORE_UDP_SERIAL_H */
