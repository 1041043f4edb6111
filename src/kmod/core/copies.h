/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef PLAIT_CORE_COPIES_H
#define PLAIT_CORE_COPIES_H

#include "scheduler.h"

/* No number. */
#define PLAIT_NO_COPY 0xffff

/**
 * struct plait_copies - numbers of the copies that the caller keeps of packets in flight
 * @next: the one after each in the list that it is in
 * @free: the first that is not used
 * @released: the first of those whose copies are not needed any more, which the caller was not told
 * @bytes: length of all copies
 */
struct plait_copies {
	u16 next[PLAIT_KEPT];
	u16 free;
	u16 released;
	u32 bytes;
};

void plait_copies_init(struct plait_copies *copies);
u16 plait_copies_keep(struct plait_copies *copies, u32 bytes);
void plait_copies_release(struct plait_copies *copies, u16 number, u32 bytes);
void plait_copies_taken(struct plait_copies *copies, u16 number, u32 bytes);
int plait_copies_released(struct plait_copies *copies);

#endif /* PLAIT_CORE_COPIES_H */
