/* SPDX-License-Identifier: GPL-2.0-only */
/* What is to happen in simulated time: the soonest comes first, and of the same time the one that was scheduled first. */
#ifndef PLAIT_TEST_TIMELINE_H
#define PLAIT_TEST_TIMELINE_H

#include "plait_port.h"

#define TIMELINE_MAX (1 << 20)

/* The first member of a simulation's own event. */
struct moment {
	s64 at;
	u64 order;
};

struct timeline {
	struct moment *heap[TIMELINE_MAX];
	u32 count;
	u64 order;
};

static inline bool moment_before(const struct moment *a, const struct moment *b)
{
	return a->at != b->at ? a->at < b->at : a->order < b->order;
}

static inline void timeline_add(struct timeline *timeline, struct moment *moment)
{
	u32 i = timeline->count++;

	moment->order = timeline->order++;
	for (; i && moment_before(moment, timeline->heap[(i - 1) / 2]); i = (i - 1) / 2)
		timeline->heap[i] = timeline->heap[(i - 1) / 2];
	timeline->heap[i] = moment;
}

/* There must be one. */
static inline struct moment *timeline_next(struct timeline *timeline)
{
	struct moment *first = timeline->heap[0], *last = timeline->heap[--timeline->count];
	u32 i = 0, child;

	while ((child = 2 * i + 1) < timeline->count) {
		if (child + 1 < timeline->count &&
		    moment_before(timeline->heap[child + 1], timeline->heap[child]))
			child++;
		if (!moment_before(timeline->heap[child], last))
			break;
		timeline->heap[i] = timeline->heap[child];
		i = child;
	}
	timeline->heap[i] = last;
	return first;
}

#endif /* PLAIT_TEST_TIMELINE_H */
