/* SPDX-License-Identifier: GPL-2.0-only */
/* The engine's choice of a leg. */
#ifndef PLAIT_CORE_ENGINE_CHOICE_H
#define PLAIT_CORE_ENGINE_CHOICE_H

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

int plait_engine_choose(struct plait_engine *engine, s64 now, struct plait_offer *packet, bool *tracked);
int plait_engine_choose_second(const struct plait_engine *engine, s64 now, u32 slot,
			       const struct plait_offer *packet);

#endif /* PLAIT_CORE_ENGINE_CHOICE_H */
