/* SPDX-License-Identifier: GPL-2.0-only */
/* What the engine does at the begin of each call, and after acknowledgements. */
#ifndef PLAIT_CORE_ENGINE_UPKEEP_H
#define PLAIT_CORE_ENGINE_UPKEEP_H

#include "../track/expire.h"
#include "engine.h"

void plait_engine_forget(struct plait_engine *engine, u32 slot);
void plait_engine_judge(struct plait_engine *engine, s64 now);
void plait_engine_learn(struct plait_engine *engine, s64 now);
s64 plait_engine_trim(void *engine, s64 now);

/* To be called first by each call that knows the time: does what is due. */
static inline void plait_engine_begin(struct plait_engine *engine, s64 now)
{
	plait_tracker_begin(&engine->tracker, &engine->legs, now);
	if (engine->tracker.unanswered | engine->tracker.unheard | engine->legs.suspect)
		plait_engine_judge(engine, now);
}

#endif /* PLAIT_CORE_ENGINE_UPKEEP_H */
