// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the search of a path MTU finds, how long that takes, and by how many padded probes; a line for each case:
 * "what from to | size, probes, milliseconds until packets of the announced size arrive, milliseconds until it is found".
 */
#include <stdio.h>
#include <stdlib.h>

#include "path-mtu-world.h"

#define DEVICE 1500

static bool found(const struct world *world)
{
	return world->mtu.state == PLAIT_PATH_MTU_FOUND;
}

/* Sends packets of the announced size, a millisecond each, until the search is over, or for so long. */
static void traffic(struct world *world, s64 most, bool sends)
{
	s64 began = world->now, safe = -1;
	u32 probes = world->probes;

	/* Of what was found before. */
	while (world->now - began < most) {
		if (sends)
			world_send(world, plait_path_mtu_size(&world->mtu));
		world_step(world);
		if (safe < 0 && plait_path_mtu_size(&world->mtu) <= world->path)
			safe = world->now - began;
		if (found(world) && world->mtu.confirmed == world->path)
			break;
	}
	printf(" %u %u %lld %lld\n", plait_path_mtu_size(&world->mtu), world->probes - probes,
	       (long long)(safe / PLAIT_MS), (long long)((world->now - began) / PLAIT_MS));
}

static void first(u32 path, s64 rtt)
{
	struct world world;

	world_begin(&world, DEVICE, path, rtt);
	printf("first %u %lld |", path, (long long)(rtt / PLAIT_MS));
	traffic(&world, 60 * PLAIT_S, true);
}

/* From one size to another under traffic, once the one is found and believed. */
static void change(u32 from, u32 to, s64 rtt)
{
	struct world world;
	s64 until;

	world_begin(&world, DEVICE, from, rtt);
	for (until = world.now + 20 * PLAIT_S; world.now < until;) {
		world_send(&world, plait_path_mtu_size(&world.mtu));
		world_step(&world);
	}
	world.path = to;
	printf("change %u %u |", from, to);
	traffic(&world, 700 * PLAIT_S, true);
}

/* Nothing is sent for a day. */
static void idle(u32 path)
{
	struct world world;
	u32 second;

	world_begin(&world, DEVICE, path, 20 * PLAIT_MS);
	for (second = 0; second < 86400; second++) {
		u32 step;

		/* All that could be due is past due once in a while. */
		for (step = 0; step < (second < 60 ? 1000 : 2); step++)
			world_step(&world);
		world.now += second < 60 ? 0 : PLAIT_S;
	}
	printf("idle %u | %u %u\n", path, plait_path_mtu_size(&world.mtu), world.probes);
}

int main(void)
{
	static const u32 paths[] = { 1500, 1492, 1480, 1400, 1341, 1340, 1339, 1300, 1280, 1000, 577 };
	u32 i;

	for (i = 0; i < sizeof(paths) / sizeof(*paths); i++)
		first(paths[i], 20 * PLAIT_MS);
	first(1400, 600 * PLAIT_MS);
	change(1500, 1400, 20 * PLAIT_MS);
	change(1400, 1300, 20 * PLAIT_MS);
	change(1300, 1400, 20 * PLAIT_MS);
	change(1400, 1500, 20 * PLAIT_MS);
	change(1300, 1000, 20 * PLAIT_MS);
	idle(1500);
	idle(1400);
	return 0;
}
