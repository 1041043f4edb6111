// SPDX-License-Identifier: GPL-2.0-only
/*
 * Fuzzer of the resequencing queue: any segments at any time, checked after each step against what
 * resequence.h promises; then a stream that is only reordered, which must come out in order.
 *
 * With clang it is a libFuzzer target:
 *
 *	clang -g -fsanitize=fuzzer,address,undefined -I test/kmod/port -I src/kmod/core \
 *		test/kmod/core/resequence-fuzz.c src/kmod/core/resequence.c src/kmod/core/reordering.c \
 *		-o fuzz && ./fuzz
 *
 * With fuzz-main.c it is a program that makes its own inputs.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "promise.h"
#include "resequence.h"
#include "sequence.h"

#define STEPS_MAX 64
#define STREAM 64

enum place { AWAY, QUEUED };

struct world {
	struct plait_resequence queue;
	struct plait_resequence_limits limits;
	struct plait_resequence_node nodes[STEPS_MAX + STREAM];
	enum place place[STEPS_MAX + STREAM];
	u32 queued;
	u64 now;
	/* Nothing is lost, so nothing may leave but in order. */
	bool ordered;
};

static void check_list(const struct world *world)
{
	const struct plait_resequence_node *node, *before = NULL;
	u32 packets = 0, count = 0;

	for (node = world->queue.first; node; node = node->after) {
		promise(node->before == before);
		promise(world->place[node - world->nodes] == QUEUED);
		promise(!before || !plait_after(before->seq, node->seq));
		promise(!before || before->since <= node->since);
		promise(node->since <= world->now);
		packets += node->packets;
		before = node;
		count++;
	}
	promise(world->queue.last == before);
	promise(world->queue.packets == packets);
	promise(world->queued == count);
}

static void take(struct world *world, const struct plait_resequence_node *node)
{
	size_t number = node - world->nodes;

	promise(world->place[number] == QUEUED);
	world->place[number] = AWAY;
	world->queued--;
}

/* What may stay is beyond a hole, within the limit, and not overdue. */
static void release(struct world *world)
{
	struct plait_resequence *queue = &world->queue;
	const struct plait_resequence_node *node;
	u64 deadline;

	for (;;) {
		u32 next = queue->next;

		node = plait_resequence_release(queue, &world->limits, world->now);
		if (!node)
			break;
		take(world, node);
		if (plait_after(node->seq, next))
			promise(!world->ordered && queue->reason != PLAIT_RELEASE_ORDERED);
		promise(!plait_after(node->end, queue->next));
		promise(!world->ordered || node->seq == next);
	}
	check_list(world);
	deadline = plait_resequence_deadline(queue, &world->limits);
	promise(!deadline == !queue->first);
	if (!queue->first)
		return;
	promise(plait_after(queue->first->seq, queue->next));
	promise(queue->packets <= world->limits.packets);
	promise(deadline > world->now);
	promise(deadline - queue->first->since <=
		(world->limits.deadline ? world->limits.deadline : PLAIT_PATIENCE_MAX));
}

static void flush(struct world *world)
{
	const struct plait_resequence_node *node;

	while ((node = plait_resequence_flush(&world->queue)))
		take(world, node);
	promise(!world->queued && !world->queue.packets);
	plait_resequence_init(&world->queue);
}

static enum plait_verdict arrive(struct world *world, const struct plait_segment *segment,
				 u32 number, bool memory)
{
	struct plait_resequence *queue = &world->queue;
	bool known = queue->known, empty = !queue->first;
	u32 next = queue->next;
	enum plait_verdict verdict;

	verdict = plait_resequence_judge(queue, segment, &world->limits, world->now);
	switch (verdict) {
	case PLAIT_FLUSH:
		flush(world);
		break;
	case PLAIT_DROP:
		/* Only ever what is in the queue too. */
		promise(!empty && plait_after(segment->end, next));
		break;
	case PLAIT_PASS:
		/* Nothing that waits is overtaken by what should come behind it. */
		if (known && !empty && segment->end != segment->seq &&
		    segment->seq - next < 1U << 26)
			promise(0);
		break;
	case PLAIT_QUEUE:
		promise(segment->end != segment->seq);
		promise(plait_after(segment->end, next));
		if (!memory) {
			plait_resequence_pass(queue, segment, world->now);
			break;
		}
		plait_resequence_queue(queue, segment, &world->nodes[number], world->now);
		world->place[number] = QUEUED;
		world->queued++;
	}
	release(world);
	return verdict;
}

static u32 number16(const uint8_t *data)
{
	return data[0] | (u32)data[1] << 8;
}

/* Eight bytes a step. */
static void step(struct world *world, const uint8_t *data, u32 number)
{
	struct plait_segment segment = {
		.seq = 0xfffff000u + number16(data) % 8192 + (data[7] == 255 ? 1U << 28 : 0),
		.tsval = 0xfffffff0u + data[2] % 32,
		.stamped = data[4] & 1,
		.path = data[4] >> 1 & 3,
		.packets = data[4] >> 3 & 3,
		.print = data[4] >> 5 & 1,
		.restart = data[5] > 252,
		.fin = data[5] == 252,
	};

	if (!segment.packets)
		segment.packets = 1;
	segment.end = segment.seq + data[6] * 16  + segment.fin;
	world->now += (u64)data[7] * data[7] * 10000;
	if (data[5] >= 32 && data[5] < 40)
		release(world);
	else
		arrive(world, &segment, number, data[5] != 251);
}

/*
 * Segments swapped within what the limit allows, none lost, and time enough: all leave in order.
 * Paths are not known, since these overtake themselves.
 */
static void check_stream(struct world *world, const uint8_t *data, size_t size)
{
	const u32 start = 0xffff8000u;
	struct plait_segment segment = { .packets = 1 };
	u32 order[STREAM], i;

	flush(world);
	world->limits.packets = STREAM;
	world->limits.deadline = PLAIT_PATIENCE_MAX;
	world->ordered = true;
	for (i = 0; i < STREAM; i++)
		order[i] = i;
	for (i = 1; i + 1 < STREAM && i < size; i++) {
		u32 other = 1 + (i - 1 + data[i] % 8) % (STREAM - 1), swap = order[i];

		order[i] = order[other];
		order[other] = swap;
	}
	for (i = 0; i < STREAM; i++) {
		u32 next = i ? world->queue.next : start;

		segment.seq = start + order[i] * 1000;
		segment.end = segment.seq + 1000;
		segment.print = order[i];
		world->now += 1000;
		if (arrive(world, &segment, STEPS_MAX + i, true) == PLAIT_PASS)
			promise(segment.seq == next);
	}
	promise(!world->queue.first);
	promise(world->queue.next == start + STREAM * 1000);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct world world;
	u32 number = 0;
	size_t left;

	if (size < 2)
		return 0;
	memset(&world, 0, sizeof(world));
	memset(&world.queue, 0xa5, sizeof(world.queue));
	plait_resequence_init(&world.queue);
	world.now = 1;
	world.limits.packets = data[0] % 16 + 1;
	world.limits.deadline = data[1] < 128 ? 0 : (u64)data[1] * 1000000;
	for (left = size - 2; left >= 8 && number < STEPS_MAX; left -= 8, number++)
		step(&world, data + size - left, number);
	check_stream(&world, data, size);
	return 0;
}
