/* SPDX-License-Identifier: GPL-2.0-only */
/* A sender, two legs with a rate and a delay, and a receiver, around the scheduler `earliest`. */
#ifndef PLAIT_TEST_WIRES_H
#define PLAIT_TEST_WIRES_H

#include "engine/engine.h"
#include "line.h"
#include "promise.h"

#define SEED 20261129
#define PAYLOAD 1400
#define HEADERS 52
#define LEGS 2
#define DELAY (25 * PLAIT_MS)
#define IN_FLIGHT_MAX 4096

/* What is under way, each leg in its order; and the receiver of each connection. */
struct under_way {
	s64 arrives;
	u32 flow, seq;
};

struct waiting {
	struct plait_offer offer;
	u32 flow;
};

struct wire {
	s64 rate, free_at;
	bool dead;
	struct waiting waiting[IN_FLIGHT_MAX];
	u32 head, length;
	struct under_way packet[IN_FLIGHT_MAX];
	u32 first, count, carried;
};

#define FLOWS 4
#define SEGMENTS 200000

struct receiver {
	bool received[SEGMENTS];
	u32 next;
	bool reports;
};

extern struct plait_engine state;
extern const struct plait_flow_control *control;
extern struct wire wires[LEGS];
extern struct receiver receivers[FLOWS];
extern s64 now;

struct plait_flow_key key(u32 flow);
void begin(s64 rate);
void commit(struct plait_offer *packet, u32 flow);
bool send_segment(u32 flow, u32 seq, u32 payload, u16 flags);
void pass(s64 time);
void transfer(u32 flow, u32 *next, s64 time);
struct plait_leg_report report(u32 slot);
u32 in_flight(void);
s64 shortest(void);

#endif /* PLAIT_TEST_WIRES_H */
