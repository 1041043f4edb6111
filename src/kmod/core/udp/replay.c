// SPDX-License-Identifier: GPL-2.0-only
/*
 * The window of RFC 6479: a ring of words, of which whole ones are cleared as the highest counter
 * enters them, so that no bit is ever shifted.
 */
#include "replay.h"
#include "wire.h"

#define PLAIT_REPLAY_WORD_SHIFT 6
#define PLAIT_REPLAY_WORD_BITS (1U << PLAIT_REPLAY_WORD_SHIFT)

/* How far below the highest counter a counter may be. */
#define PLAIT_REPLAY_REACH (PLAIT_REPLAY_BITS - PLAIT_REPLAY_WORD_BITS)

#define PLAIT_REPLAY_LOW ((u64)1 << 32)
#define PLAIT_REPLAY_LOW_HALF ((u64)1 << 31)

static u32 plait_replay_word(u64 counter)
{
	return (counter >> PLAIT_REPLAY_WORD_SHIFT) % PLAIT_REPLAY_WORDS;
}

static u64 plait_replay_bit(u64 counter)
{
	return (u64)1 << (counter % PLAIT_REPLAY_WORD_BITS);
}

u64 plait_replay_extend(const struct plait_replay *replay, u32 low)
{
	u64 highest = replay->next ? replay->next - 1 : 0;
	u64 counter = (highest & ~(PLAIT_REPLAY_LOW - 1)) | low;

	if (counter > highest + PLAIT_REPLAY_LOW_HALF && counter >= PLAIT_REPLAY_LOW)
		return counter - PLAIT_REPLAY_LOW;
	if (counter + PLAIT_REPLAY_LOW_HALF < highest)
		return counter + PLAIT_REPLAY_LOW;
	return counter;
}

bool plait_replay_possible(const struct plait_replay *replay, u64 counter)
{
	if (counter >= PLAIT_UDP_COUNTER_END)
		return false;
	if (counter >= replay->next)
		return true;
	if (replay->next - counter > PLAIT_REPLAY_REACH)
		return false;
	return !(replay->seen[plait_replay_word(counter)] & plait_replay_bit(counter));
}

/* Clears the words that begin above the highest counter, up to that of the counter. */
static void plait_replay_advance(struct plait_replay *replay, u64 counter)
{
	u64 word = (replay->next + PLAIT_REPLAY_WORD_BITS - 1) >> PLAIT_REPLAY_WORD_SHIFT;
	u64 last = counter >> PLAIT_REPLAY_WORD_SHIFT;

	if (word + PLAIT_REPLAY_WORDS <= last)
		word = last - PLAIT_REPLAY_WORDS + 1;
	for (; word <= last; word++)
		replay->seen[word % PLAIT_REPLAY_WORDS] = 0;
	replay->next = counter + 1;
}

bool plait_replay_mark(struct plait_replay *replay, u64 counter)
{
	if (!plait_replay_possible(replay, counter))
		return false;
	if (counter >= replay->next)
		plait_replay_advance(replay, counter);
	replay->seen[plait_replay_word(counter)] |= plait_replay_bit(counter);
	return true;
}
