/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which counters of a leg have been seen with one pair of keys: a window as in RFC 6479, one for
 * each leg, since legs differ in delay by more than any one window holds.
 */
#ifndef PLAIT_CORE_UDP_REPLAY_H
#define PLAIT_CORE_UDP_REPLAY_H

#include "plait_port.h"

/* Bits of a window; of them this less the 64 that are being cleared can be told apart. */
#define PLAIT_REPLAY_BITS 2048
#define PLAIT_REPLAY_WORDS (PLAIT_REPLAY_BITS / 64)

/**
 * struct plait_replay - the window of one leg and one pair of keys; all zero: nothing was seen
 * @next: one more than the highest counter seen; 0: none was
 * @seen: a bit for each counter near it
 */
struct plait_replay {
	u64 next;
	u64 seen[PLAIT_REPLAY_WORDS];
};

/**
 * plait_replay_extend() - the whole counter, of which the low 32 bits came, as of IPsec's extended
 * sequence numbers
 * @replay: the window
 * @low: 32 bits
 *
 * Return: the counter with these low bits that is nearest to the highest seen; never negative, may
 * be 2^56 or more, which is to be refused.
 */
u64 plait_replay_extend(const struct plait_replay *replay, u32 low);

/**
 * plait_replay_possible() - may a counter be new? Asked before a packet is opened; changes nothing
 * @replay: the window
 * @counter: the whole counter
 *
 * Return: false when it was seen, is too old to tell, or is PLAIT_UDP_COUNTER_END or more.
 */
bool plait_replay_possible(const struct plait_replay *replay, u64 counter);

/**
 * plait_replay_mark() - take a counter, of a packet whose tag was right
 * @replay: the window
 * @counter: the whole counter
 *
 * Return: false when plait_replay_possible() says so; nothing is changed then.
 */
bool plait_replay_mark(struct plait_replay *replay, u64 counter);

#endif /* PLAIT_CORE_UDP_REPLAY_H */
