// SPDX-License-Identifier: GPL-2.0-only
/*
 * Fuzzer of the search of a path MTU: any sequence of paths that change, chance losses, silence, devices that change, moves and
 * answers that nobody honest gives, in simulated time, against what path-mtu.h and link-mtu.h promise.
 */
#include <stdint.h>

#include "../promise.h"
#include "path-mtu-world.h"
#include "udp/link-mtu.h"

static const u32 sizes[] = { 576, 577, 1000, 1280, 1299, 1300, 1339, 1340, 1341, 1400, 1492, 1499, 1500, 1501, 9000, 65535 };

static u32 chance_of, chance_state;

static bool chance(void)
{
	chance_state = chance_state * 1103515245 + 12345;
	return chance_state >> 24 < chance_of;
}

static u32 clamped(u32 size)
{
	if (size > PLAIT_PATH_MTU_CEILING)
		return PLAIT_PATH_MTU_CEILING;
	return size < PLAIT_PATH_MTU_FLOOR ? PLAIT_PATH_MTU_FLOOR : size;
}

static void check(const struct world *world)
{
	const struct plait_path_mtu *mtu = &world->mtu;
	u32 size = plait_path_mtu_size(mtu);

	promise(mtu->state < PLAIT_PATH_MTU_STATES);
	promise(size >= PLAIT_PATH_MTU_FLOOR && size <= mtu->ceiling);
	promise(mtu->confirmed <= mtu->ceiling && mtu->confirmed < mtu->refused);
	promise(!mtu->confirmed || mtu->confirmed >= PLAIT_PATH_MTU_FLOOR);
	promise(mtu->probes <= PLAIT_PATH_MTU_PROBES);
	promise(!mtu->asked || (mtu->asked >= PLAIT_PATH_MTU_FLOOR && mtu->asked <= mtu->ceiling));
	/* Nothing is due of a leg that does not deliver, nor of one that carries nothing once its size is found. */
	promise(mtu->live || plait_path_mtu_again(mtu) == PLAIT_NEVER);
	promise(mtu->state != PLAIT_PATH_MTU_FOUND || mtu->used || plait_path_mtu_again(mtu) == PLAIT_NEVER);
}

static void run(struct world *world, u32 milliseconds, bool sends)
{
	/* Nothing can be known of a leg by which nothing is answered. */
	bool mute = world->silent && !world->answer_count && !world->mtu.passed;
	u32 before = world->probes, size = plait_path_mtu_size(&world->mtu), passed;

	for (passed = 0; passed < milliseconds; passed++) {
		if (sends)
			world_send(world, plait_path_mtu_size(&world->mtu));
		world_step(world);
		check(world);
	}
	promise(!mute || plait_path_mtu_size(&world->mtu) == size);
	/* No storm: each probe is waited for. */
	promise(world->probes - before <= milliseconds / 20 + PLAIT_PATH_MTU_PROBES);
}

/* What nobody honest answers; of another search, or a size that was never asked, it changes nothing. */
static void lie(struct world *world, u32 id, u32 size)
{
	struct plait_path_mtu before = world->mtu;
	bool old = id - before.first > before.id + 1 - before.first || !before.probes;

	plait_path_mtu_answered(&world->mtu, world->now, id, size, 20 * PLAIT_MS);
	if (old)
		promise(!memcmp(&before, &world->mtu, sizeof(before)));
	if (size > before.most)
		promise(world->mtu.confirmed == before.confirmed);
	check(world);
}

/* On a path that does not change and loses nothing the search ends, and finds it. */
static void settle(struct world *world)
{
	u32 device = world->mtu.ceiling, path, step;

	chance_of = 0;
	world->silent = false;
	world->answer_count = 0;
	plait_path_mtu_moved(&world->mtu);
	plait_path_mtu_live(&world->mtu, world->now, true);
	for (step = 0; step < 120000 && world->mtu.state != PLAIT_PATH_MTU_FOUND; step++)
		world_step(world);
	promise(world->mtu.state == PLAIT_PATH_MTU_FOUND && world->mtu.known);
	path = world->path < device ? world->path : device;
	/* Of the smallest size of all it is not said that it arrives. */
	promise(plait_path_mtu_size(&world->mtu) == (path < PLAIT_PATH_MTU_FLOOR ? PLAIT_PATH_MTU_FLOOR : path));
	promise(path <= PLAIT_PATH_MTU_FLOOR || world->mtu.confirmed == path);
}

static void check_link(const uint8_t *data, size_t size)
{
	struct plait_link_mtu mtu = { 0 };
	u32 legs_known = 0, lowest = 0;
	s64 now = 1, could_since = 0;
	size_t i;

	for (i = 0; i + 1 < size; i += 2) {
		u32 smallest = data[i] % 9 ? 1000 + data[i] % 9 * 50 : 0;
		bool provisional = data[i] & 0x80;
		u32 before = mtu.used;
		s64 again;

		now += data[i + 1] * PLAIT_S / 4;
		again = plait_link_mtu_follow(&mtu, now, smallest, provisional);
		promise(again == PLAIT_NEVER || again > now);
		if (!smallest) {
			promise(mtu.used == before && again == PLAIT_NEVER);
			could_since = 0;
			continue;
		}
		legs_known++;
		lowest = before && before < smallest ? before : smallest;
		/* Never larger than the legs take, and lowered at once. */
		promise(mtu.used <= smallest && mtu.used >= lowest);
		if (smallest <= before || !before || provisional)
			could_since = 0;
		else if (!could_since)
			could_since = now;
		/* Raised after a minute, unless it was low for a search that began with the leg. */
		if (before && smallest > before && !provisional && mtu.used == before) {
			promise(again == could_since + 60 * PLAIT_S);
		} else if (before && mtu.used > before) {
			promise(!provisional);
			could_since = 0;
		}
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct world world;
	size_t i;

	if (size < 4)
		return 0;
	world_begin(&world, sizes[data[0] % 16], sizes[data[1] % 16], (1 + data[2]) * PLAIT_MS);
	world.chance = chance;
	chance_state = data[3];
	chance_of = 0;
	for (i = 4; i + 1 < size && i < 40; i += 2) {
		switch (data[i] % 8) {
		case 0:
			world.path = sizes[data[i + 1] % 16];
			break;
		case 1:
			plait_path_mtu_device(&world.mtu, world.now, sizes[data[i + 1] % 16]);
			promise(world.mtu.ceiling == clamped(sizes[data[i + 1] % 16]));
			break;
		case 2:
			world.silent = data[i + 1] & 1;
			plait_path_mtu_live(&world.mtu, world.now, !world.silent || data[i + 1] & 2);
			break;
		case 3:
			chance_of = data[i + 1] & 0x40 ? data[i + 1] % 64 : 0;
			break;
		case 4:
			lie(&world, world.next_id - data[i + 1] % 32 + data[i] / 8 % 4, sizes[data[i + 1] % 16]);
			break;
		case 5:
			plait_path_mtu_moved(&world.mtu);
			plait_path_mtu_live(&world.mtu, world.now, data[i + 1] & 1);
			break;
		default:
			run(&world, data[i + 1] * 4, data[i] & 0x40);
			break;
		}
		check(&world);
	}
	settle(&world);
	check_link(data, size);
	return 0;
}
