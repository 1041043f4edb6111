// SPDX-License-Identifier: GPL-2.0-only
/*
 * A bounded table of destinations: sets of eight entries, searched one by one. When a set is full, its entry
 * that was not used for longest gives way. So there is nothing to allocate, and nothing that a flood of
 * addresses could make longer.
 */
#include "destination.h"

/**
 * plait_destinations_init() - begin empty
 * @table: any memory
 * @lifetime: ticks that an entry lives unused
 * @seed: a random number
 */
void plait_destinations_init(struct plait_destinations *table, u32 lifetime, u32 seed)
{
	u32 i;

	for (i = 0; i < PLAIT_DESTINATIONS; i++)
		table->entry[i].valid = false;
	table->lifetime = lifetime;
	table->seed = seed;
}

/* The finishing steps of MurmurHash3 after each word. */
static u32 plait_destination_hash(const struct plait_balance_address *address, u32 seed)
{
	u32 hash = seed;
	u32 i;

	for (i = 0; i < 4; i++) {
		hash ^= address->word[i];
		hash ^= hash >> 16;
		hash *= 0x85ebca6b;
		hash ^= hash >> 13;
		hash *= 0xc2b2ae35;
		hash ^= hash >> 16;
	}
	return hash;
}

static bool plait_destination_is(const struct plait_destination *entry,
				 const struct plait_balance_address *address, u8 tag)
{
	return entry->valid && entry->tag == tag && entry->address.word[3] == address->word[3] &&
	       entry->address.word[2] == address->word[2] &&
	       entry->address.word[1] == address->word[1] && entry->address.word[0] == address->word[0];
}

static struct plait_destination *plait_destination_set(struct plait_destinations *table,
						       const struct plait_balance_address *address)
{
	u32 set = plait_destination_hash(address, table->seed) % PLAIT_DESTINATION_SETS;

	return &table->entry[set * PLAIT_DESTINATION_WAYS];
}

static void plait_destination_expire(const struct plait_destinations *table,
				     struct plait_destination *entry, u32 now)
{
	if (entry->valid && now - entry->used > table->lifetime)
		entry->valid = false;
}

/**
 * plait_destination_find() - look an entry up; to look is not to use it
 * @table: the table
 * @address: its address
 * @tag: its tag
 * @now: ticks
 *
 * Return: its index, or -1 when there is none, or it was not used for too long.
 */
int plait_destination_find(struct plait_destinations *table, const struct plait_balance_address *address,
			   u8 tag, u32 now)
{
	struct plait_destination *set = plait_destination_set(table, address);
	u32 i;

	for (i = 0; i < PLAIT_DESTINATION_WAYS; i++) {
		if (!plait_destination_is(&set[i], address, tag))
			continue;
		plait_destination_expire(table, &set[i], now);
		return set[i].valid ? (int)(&set[i] - table->entry) : -1;
	}
	return -1;
}

/**
 * plait_destination_claim() - make a new entry, used now
 * @table: the table, where plait_destination_find() has just found none
 * @address: its address
 * @tag: its tag
 * @now: ticks
 *
 * Return: its index. What the owner has there belonged to another entry.
 */
u32 plait_destination_claim(struct plait_destinations *table, const struct plait_balance_address *address,
			    u8 tag, u32 now)
{
	struct plait_destination *set = plait_destination_set(table, address);
	struct plait_destination *entry = &set[0];
	u32 i;

	for (i = 0; i < PLAIT_DESTINATION_WAYS; i++) {
		plait_destination_expire(table, &set[i], now);
		if (!set[i].valid) {
			entry = &set[i];
			break;
		}
		if (now - set[i].used > now - entry->used)
			entry = &set[i];
	}
	entry->address = *address;
	entry->tag = tag;
	entry->used = now;
	entry->valid = true;
	return (u32)(entry - table->entry);
}
