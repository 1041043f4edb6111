/* SPDX-License-Identifier: GPL-2.0-only */
/* A leg whose path MTU is searched, and its far end, in simulated time. */
#ifndef PLAIT_TEST_PATH_MTU_WORLD_H
#define PLAIT_TEST_PATH_MTU_WORLD_H

#include <string.h>

#include "udp/path-mtu.h"

#define BASE 1340
#define SMALL 94
#define ANSWERS 64
/* The far end reports what came so often. */
#define REPORT (20 * PLAIT_MS)
#define PATIENCE_SLACK (60 * PLAIT_MS)

struct answer {
	s64 at;
	u32 id, size;
};

struct world {
	struct plait_path_mtu mtu;
	s64 now;
	/* What the path does. */
	u32 path;
	s64 rtt;
	bool silent;
	/* Is the next packet lost by chance? */
	bool (*chance)(void);
	/* Answers on their way. */
	struct answer answers[ANSWERS];
	u32 answer_count;
	u32 next_id;
	/* Largest DATA that came and was not reported. */
	u32 came;
	s64 report_at;
	u32 probes;
};

static inline void world_begin(struct world *world, u32 device, u32 path, s64 rtt)
{
	memset(world, 0, sizeof(*world));
	world->now = PLAIT_S;
	world->path = path;
	world->rtt = rtt;
	world->next_id = 0xfffffff0;
	world->report_at = world->now + REPORT;
	plait_path_mtu_init(&world->mtu, BASE);
	plait_path_mtu_device(&world->mtu, world->now, device);
	plait_path_mtu_live(&world->mtu, world->now, true);
}

static inline bool world_arrives(struct world *world, u32 size)
{
	bool lost = world->chance && world->chance();

	return size <= world->path && !world->silent && !lost;
}

static inline void world_probe(struct world *world, u32 id, u32 size)
{
	if (!world_arrives(world, size) || world->answer_count == ANSWERS)
		return;
	world->answers[world->answer_count++] = (struct answer){ world->now + world->rtt, id, size };
}

static inline void world_hear(struct world *world)
{
	u32 i;

	for (i = 0; i < world->answer_count;) {
		struct answer answer = world->answers[i];

		if (answer.at > world->now) {
			i++;
			continue;
		}
		world->answers[i] = world->answers[--world->answer_count];
		plait_path_mtu_answered(&world->mtu, world->now, answer.id, answer.size,
					world->rtt / 4 + 20 * PLAIT_MS);
	}
}

/* A packet of DATA of this size leaves. */
static inline void world_send(struct world *world, u32 size)
{
	plait_path_mtu_left(&world->mtu, world->now, size, world->rtt + PATIENCE_SLACK);
	if (world_arrives(world, size) && size > world->came)
		world->came = size;
}

/* A millisecond passes. */
static inline void world_step(struct world *world)
{
	u32 size;

	world->now += PLAIT_MS;
	world_hear(world);
	if (world->now >= world->report_at && !world->silent) {
		plait_path_mtu_reported(&world->mtu, world->came);
		world->came = 0;
		world->report_at = world->now + REPORT;
	}
	size = plait_path_mtu_due(&world->mtu, world->now, 2 * world->rtt + 200 * PLAIT_MS,
				  world->next_id);
	if (!size)
		return;
	world->probes++;
	world_probe(world, world->next_id++, size);
	world_probe(world, world->next_id++, SMALL);
}

#endif /* PLAIT_TEST_PATH_MTU_WORLD_H */
