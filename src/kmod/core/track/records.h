/* SPDX-License-Identifier: GPL-2.0-only */
/* Memory of the packets in flight. */
#ifndef PLAIT_CORE_TRACK_RECORDS_H
#define PLAIT_CORE_TRACK_RECORDS_H

#include "../copies.h"
#include "../path/path.h"
#include "flow.h"

/* Packets remembered at a time, of all connections together: memory is taken and given back for so many at once. */
#define PLAIT_RECORDS_OF_CHUNK 42
#define PLAIT_RECORDS_CHUNKS 96
#define PLAIT_FLIGHT_PACKETS (PLAIT_RECORDS_OF_CHUNK * PLAIT_RECORDS_CHUNKS)

/* The place of a packet: the number of its chunk, and these bits with its place there. */
#define PLAIT_RECORDS_BITS 6

/* The longest packet that is remembered. */
#define PLAIT_RECORD_BYTES_MAX 0xffff

/* A position in a doubly linked list of packets. */
struct plait_flight_links {
	u16 next;
	u16 prev;
};

/**
 * struct plait_flight_packet - a packet that has left and is not known to have arrived
 * @shot: what its path needs when it arrives
 * @due: when it should have arrived and be acknowledged
 * @seq: the first sequence number that it carries; of a leg that reports, its serial number there
 * @end: the one behind the last
 * @bytes: its length
 * @flow: its connection; PLAIT_NOBODY: its leg reports
 * @flow_life: life of its connection; when that has another one, it is nobody's
 * @leg_life: life of its leg; when that has another one, it counts no more
 * @kept: number of the copy that is kept of it, PLAIT_NO_COPY when there is none
 * @on_leg: place among the packets of its leg, in the order of leaving
 * @in_flow: place in one of the lists of its connection
 * @place: where it is remembered
 * @slot: its leg
 * @lost_by: when @repair: the leg that had lost it
 * @repeated: its sequence numbers left more than once, so an acknowledgement may be for another
 * @duplicate: same, and its own arrival will be reported as that of a duplicate
 * @copy: it left beside the packet, and the sender has sent its sequence numbers only once
 * @missed: a later packet of its leg and connection has arrived; or its leg reported that it did not
 * @repair: it left instead of one that was lost
 *
 * 96 bytes: three lines of the cache of our smallest processor.
 */
struct plait_flight_packet {
	struct plait_shot shot;
	s64 due;
	u32 seq;
	u32 end;
	u16 bytes;
	u16 flow;
	u32 flow_life;
	u16 leg_life;
	u16 kept;
	struct plait_flight_links on_leg;
	struct plait_flight_links in_flow;
	u16 place;
	u16 slot : 5;
	u16 lost_by : 5;
	u16 repeated : 1;
	u16 duplicate : 1;
	u16 copy : 1;
	u16 missed : 1;
	u16 repair : 1;
};

/**
 * struct plait_records_chunk - memory for some packets
 * @packet: the packets
 * @free: the first unused one that was used before, PLAIT_NOBODY when there is none
 * @fresh: from here on none was ever used
 * @used: how many are used
 * @next: the next chunk with unused ones
 */
struct plait_records_chunk {
	struct plait_flight_packet packet[PLAIT_RECORDS_OF_CHUNK];
	u16 free;
	u8 fresh;
	u8 used;
	u8 next;
};

/**
 * struct plait_records - memory of the packets in flight
 * @chunk: NULL where there is none
 * @roomy: the first chunk with unused ones
 */
struct plait_records {
	struct plait_records_chunk *chunk[PLAIT_RECORDS_CHUNKS];
	u8 roomy;
};

/**
 * plait_record_is() - is there memory for a place?
 * @records: memory
 * @place: where a packet was
 *
 * Return: true when there is; the packet may be another, or none.
 */
static inline bool plait_record_is(const struct plait_records *records, u16 place)
{
	return records->chunk[place >> PLAIT_RECORDS_BITS];
}

/**
 * plait_record_at() - the packet at a place
 * @records: memory
 * @place: that of a packet in flight
 *
 * Return: the packet.
 */
static inline struct plait_flight_packet *plait_record_at(const struct plait_records *records, u16 place)
{
	return &records->chunk[place >> PLAIT_RECORDS_BITS]
			->packet[place & ((1 << PLAIT_RECORDS_BITS) - 1)];
}

void plait_records_init(struct plait_records *records);
void plait_records_end(struct plait_records *records);
struct plait_flight_packet *plait_records_take(struct plait_records *records);
void plait_records_give(struct plait_records *records, struct plait_flight_packet *packet);
bool plait_records_trim(struct plait_records *records);

#endif /* PLAIT_CORE_TRACK_RECORDS_H */
