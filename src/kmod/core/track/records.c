// SPDX-License-Identifier: GPL-2.0-only
/*
 * Memory of the packets in flight: bounded, taken when it is needed, in chunks, and given back when a chunk is empty for a
 * while. The chunk that had an unused place last is used first, so others empty.
 */
#include "records.h"

/* No chunk. */
#define PLAIT_NO_CHUNK 0xff

/**
 * plait_records_init() - there is no packet
 * @records: any memory
 */
void plait_records_init(struct plait_records *records)
{
	u32 i;

	for (i = 0; i < PLAIT_RECORDS_CHUNKS; i++)
		records->chunk[i] = NULL;
	records->roomy = PLAIT_NO_CHUNK;
}

/**
 * plait_records_end() - give all memory back
 * @records: memory, which is not used any more
 */
void plait_records_end(struct plait_records *records)
{
	u32 i;

	for (i = 0; i < PLAIT_RECORDS_CHUNKS; i++)
		plait_free(records->chunk[i]);
}

static void plait_records_push(struct plait_records *records, u32 number)
{
	records->chunk[number]->next = records->roomy;
	records->roomy = number;
}

/* Another chunk; false when there is no memory, or there are all. */
static bool plait_records_grow(struct plait_records *records)
{
	struct plait_records_chunk *chunk;
	u32 i = 0;

	while (i < PLAIT_RECORDS_CHUNKS && records->chunk[i])
		i++;
	if (i == PLAIT_RECORDS_CHUNKS)
		return false;
	chunk = plait_alloc(sizeof(*chunk));
	if (!chunk)
		return false;
	chunk->free = PLAIT_NOBODY;
	records->chunk[i] = chunk;
	plait_records_push(records, i);
	return true;
}

/**
 * plait_records_take() - find a place for a packet
 * @records: memory
 *
 * Return: the packet, of which only its @place is set; NULL when there is no memory.
 */
struct plait_flight_packet *plait_records_take(struct plait_records *records)
{
	struct plait_flight_packet *packet;
	struct plait_records_chunk *chunk;

	if (records->roomy == PLAIT_NO_CHUNK && !plait_records_grow(records))
		return NULL;
	chunk = records->chunk[records->roomy];
	if (chunk->free != PLAIT_NOBODY) {
		packet = plait_record_at(records, chunk->free);
		chunk->free = packet->on_leg.next;
	} else {
		packet = &chunk->packet[chunk->fresh];
		packet->place = records->roomy << PLAIT_RECORDS_BITS | chunk->fresh++;
	}
	if (++chunk->used == PLAIT_RECORDS_OF_CHUNK)
		records->roomy = chunk->next;
	return packet;
}

/**
 * plait_records_give() - a packet is not remembered any more
 * @records: memory
 * @packet: the packet, in no list
 */
void plait_records_give(struct plait_records *records, struct plait_flight_packet *packet)
{
	u32 number = packet->place >> PLAIT_RECORDS_BITS;
	struct plait_records_chunk *chunk = records->chunk[number];

	if (chunk->used-- == PLAIT_RECORDS_OF_CHUNK)
		plait_records_push(records, number);
	packet->on_leg.next = chunk->free;
	chunk->free = packet->place;
}

/**
 * plait_records_trim() - give back the memory of empty chunks
 * @records: memory
 *
 * Return: true when there is memory left.
 */
bool plait_records_trim(struct plait_records *records)
{
	bool left = false;
	u32 i;

	records->roomy = PLAIT_NO_CHUNK;
	for (i = 0; i < PLAIT_RECORDS_CHUNKS; i++) {
		struct plait_records_chunk *chunk = records->chunk[i];

		if (!chunk)
			continue;
		if (!chunk->used) {
			plait_free(chunk);
			records->chunk[i] = NULL;
			continue;
		}
		left = true;
		if (chunk->used < PLAIT_RECORDS_OF_CHUNK)
			plait_records_push(records, i);
	}
	return left;
}
