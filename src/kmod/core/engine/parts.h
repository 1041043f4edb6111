/* SPDX-License-Identifier: GPL-2.0-only */
/* Between the files of the engine. */
#ifndef PLAIT_CORE_ENGINE_PARTS_H
#define PLAIT_CORE_ENGINE_PARTS_H

#include "engine.h"

/* The lowest of some slots, a bit each; -1: there is none. */
static inline int plait_engine_first(u32 slots)
{
	u32 i;

	for (i = 0; i < PLAIT_SLOTS; i++)
		if (slots & 1U << i)
			return i;
	return -1;
}

/* upkeep.c */
void plait_engine_forget(struct plait_engine *engine, u32 slot);
void plait_engine_judge(struct plait_engine *engine, s64 now);
void plait_engine_learn(struct plait_engine *engine, s64 now);
s64 plait_engine_trim(void *engine, s64 now);

/* choice.c */
int plait_engine_choose(struct plait_engine *engine, s64 now, struct plait_offer *packet, bool *tracked);

/* To be called first by each call that knows the time: does what is due. */
static inline void plait_engine_begin(struct plait_engine *engine, s64 now)
{
	plait_tracker_begin(&engine->tracker, &engine->legs, now);
	if (engine->tracker.unanswered | engine->tracker.unheard | engine->legs.suspect)
		plait_engine_judge(engine, now);
}

#endif /* PLAIT_CORE_ENGINE_PARTS_H */
