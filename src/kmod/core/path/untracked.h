/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef PLAIT_CORE_UNTRACKED_H
#define PLAIT_CORE_UNTRACKED_H

#include "../clock.h"

/* Points in time that are remembered. With more in flight they lie further apart. */
#define PLAIT_UNTRACKED_MARKS 8

/**
 * struct plait_untracked_mark - some bytes in flight
 * @sent: &plait_untracked.sent when the last of them had left
 * @began: when the first of them left
 * @until: when the last of them is expected to have arrived
 */
struct plait_untracked_mark {
	u32 sent;
	s64 began;
	s64 until;
};

/**
 * struct plait_untracked - bytes in flight that nobody acknowledges, without a record of each packet
 * @sent: bytes that ever left; wraps
 * @arrived: of these; wraps
 * @first: the oldest of @mark
 * @marks: how many there are
 * @mark: bytes in flight, a ring
 */
struct plait_untracked {
	u32 sent;
	u32 arrived;
	u8 first;
	u8 marks;
	struct plait_untracked_mark mark[PLAIT_UNTRACKED_MARKS];
};

void plait_untracked_send(struct plait_untracked *untracked, s64 now, u32 bytes, s64 until);
u32 plait_untracked_pass(struct plait_untracked *untracked, u32 sent);
u32 plait_untracked_settle(struct plait_untracked *untracked, s64 now, s64 *at);
s64 plait_untracked_next(const struct plait_untracked *untracked);

#endif /* PLAIT_CORE_UNTRACKED_H */
