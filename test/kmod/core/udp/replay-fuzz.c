// SPDX-License-Identifier: GPL-2.0-only
/*
 * Fuzzer of the replay window against a set: which counters were taken is remembered without any window. Counters come
 * as their low 32 bits, as on the wire, near some places where bits carry over, and near the end of all counters.
 *
 * With clang it is a libFuzzer target, with fuzz-main.c a program that makes its own inputs.
 */
#include <stdint.h>
#include <string.h>

#include "../promise.h"
#include "udp/replay.h"
#include "udp/wire.h"

#define STEPS_MAX 256
#define REACH (PLAIT_REPLAY_BITS - 64)

static const u64 places[] = {
	0,
	2048,
	((u64)1 << 31) - 1000,
	((u64)1 << 32) - 1000,
	((u64)7 << 32) - 1000,
	((u64)1 << 55) + 12345,
	PLAIT_UDP_COUNTER_END - 6000,
	PLAIT_UDP_COUNTER_END - 1,
};

struct model {
	u64 taken[STEPS_MAX];
	u32 count;
	u64 next;
};

static bool model_has(const struct model *model, u64 counter)
{
	u32 i;

	for (i = 0; i < model->count; i++)
		if (model->taken[i] == counter)
			return true;
	return false;
}

static bool model_possible(const struct model *model, u64 counter)
{
	if (counter >= PLAIT_UDP_COUNTER_END)
		return false;
	if (counter < model->next && model->next - counter > REACH)
		return false;
	return !model_has(model, counter);
}

/* The nearest to the highest counter, of all that have the low bits: by trying them. */
static u64 model_extend(const struct model *model, u32 low)
{
	u64 highest = model->next ? model->next - 1 : 0, best = low, epoch;
	u64 first = highest >> 32 ? (highest >> 32) - 1 : 0;

	for (epoch = first; epoch < first + 3; epoch++) {
		u64 counter = epoch << 32 | low;
		u64 distance = counter > highest ? counter - highest : highest - counter;
		u64 least = best > highest ? best - highest : highest - best;

		/* Two that are as near: either. */
		if (distance < least)
			best = counter;
	}
	return best;
}

static bool near(const struct model *model, u64 counter)
{
	return counter + ((u64)1 << 30) - model->next < (u64)1 << 31 && counter < PLAIT_UDP_COUNTER_END;
}

static bool half_way(const struct model *model, u32 low)
{
	u64 highest = model->next ? model->next - 1 : 0;

	return (u32)(low - (u32)highest) == 1U << 31;
}

static void check(struct plait_replay *replay, struct model *model, u64 counter)
{
	const struct plait_replay before = *replay;
	bool expected = model_possible(model, counter);

	promise(plait_replay_possible(replay, counter) == expected);
	promise(!memcmp(&before, replay, sizeof(before)));
	promise(plait_replay_mark(replay, counter) == expected);
	if (!expected) {
		promise(!memcmp(&before, replay, sizeof(before)));
		return;
	}
	promise(!plait_replay_possible(replay, counter));
	model->taken[model->count++] = counter;
	if (counter >= model->next)
		model->next = counter + 1;
	promise(replay->next == model->next);
}

/* Four bytes: how to go on from the highest counter, and how far. */
static u64 chosen(const struct model *model, const uint8_t *data)
{
	u64 step = data[1] | (u64)data[2] << 8;

	switch (data[0] % 8) {
	case 0:
		return model->next + step % 4;
	case 1:
		return model->next + step % 300;
	case 2:
		return model->next + step % 5000;
	case 3:
		return model->next - step % 3 - 1;
	case 4:
		return model->next - step % 70 - 1;
	case 5:
		return model->next - REACH + step % 3 - 1;
	case 6:
		return model->next - step % 2100;
	}
	return model->count ? model->taken[step % model->count] : step;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct plait_replay replay = { 0 };
	struct model model = { 0 };
	size_t at;

	if (size < 4)
		return 0;
	check(&replay, &model, places[data[0] % 8] + data[1]);
	for (at = 4; at + 4 <= size && model.count < STEPS_MAX; at += 4) {
		u64 counter = chosen(&model, data + at);
		u32 low = data[at + 3] == 255 ? (u32)counter + ((u32)data[at] << 24) : (u32)counter;

		if (!half_way(&model, low))
			promise(plait_replay_extend(&replay, low) == model_extend(&model, low));
		/* What is near has come whole. */
		if (data[at + 3] != 255 && near(&model, counter))
			promise(plait_replay_extend(&replay, low) == counter);
		check(&replay, &model, plait_replay_extend(&replay, low));
		/* What no 32 bits could mean is refused, too. */
		if (data[at + 3] == 254)
			check(&replay, &model, counter + ((u64)data[at] << 54));
	}
	return 0;
}
