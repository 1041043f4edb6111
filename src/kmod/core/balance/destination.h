/* SPDX-License-Identifier: GPL-2.0-only */
/* A bounded table of destinations that forgets those that were not used for longest. */
#ifndef PLAIT_BALANCE_DESTINATION_H
#define PLAIT_BALANCE_DESTINATION_H

#include "strategy.h"

#define PLAIT_DESTINATION_SETS 512
#define PLAIT_DESTINATION_WAYS 8
#define PLAIT_DESTINATIONS (PLAIT_DESTINATION_SETS * PLAIT_DESTINATION_WAYS)

/**
 * struct plait_destination - one entry
 * @address: the far end
 * @used: when it was used last, in ticks (&struct plait_balance_packet.now)
 * @tag: what the owner tells entries of the same address apart by
 * @valid: the entry is one
 */
struct plait_destination {
	struct plait_balance_address address;
	u32 used;
	u8 tag;
	bool valid;
};

/**
 * struct plait_destinations - the table. Owners keep what belongs to an entry in an array of their own.
 * @entry: set by set
 * @lifetime: ticks that an entry lives unused
 * @seed: makes it hard to guess which addresses fall into the same set
 */
struct plait_destinations {
	struct plait_destination entry[PLAIT_DESTINATIONS];
	u32 lifetime;
	u32 seed;
};

void plait_destinations_init(struct plait_destinations *table, u32 lifetime, u32 seed);
int plait_destination_find(struct plait_destinations *table, const struct plait_balance_address *address,
			   u8 tag, u32 now);
u32 plait_destination_claim(struct plait_destinations *table, const struct plait_balance_address *address,
			    u8 tag, u32 now);

#endif /* PLAIT_BALANCE_DESTINATION_H */
