// SPDX-License-Identifier: GPL-2.0-only
/* Messages of UDP legs. Nothing is read that a length has not been checked for. */
#include "wire.h"

/* Of byte 0. */
#define PLAIT_UDP_TYPE_SHIFT 5
#define PLAIT_UDP_LEG_MASK (PLAIT_UDP_LEGS - 1)

/* A whole block. */
#define PLAIT_UDP_BLOCK_MAX (PLAIT_UDP_BLOCK_HEAD + 255)

/* Messages of the handshake have one length each, and nothing in the low bits of byte 0. */
static bool plait_udp_is(const u8 *bytes, u32 length, enum plait_udp_type type, u32 expected)
{
	return length == expected && bytes[0] == type << PLAIT_UDP_TYPE_SHIFT;
}

u32 plait_udp_type_of(const u8 *bytes, u32 length)
{
	u32 type;

	if (!length)
		return 0;
	type = bytes[0] >> PLAIT_UDP_TYPE_SHIFT;
	switch (type) {
	case PLAIT_UDP_INIT:
		if (!plait_udp_is(bytes, length, type, PLAIT_UDP_INIT_LENGTH))
			return 0;
		return bytes[1] == PLAIT_UDP_VERSION ? type : 0;
	case PLAIT_UDP_RESPONSE:
		if (!plait_udp_is(bytes, length, type, PLAIT_UDP_RESPONSE_LENGTH))
			return 0;
		return bytes[1] == PLAIT_UDP_VERSION ? type : 0;
	case PLAIT_UDP_COOKIE:
		return plait_udp_is(bytes, length, type, PLAIT_UDP_COOKIE_LENGTH) ? type : 0;
	case PLAIT_UDP_DATA:
	case PLAIT_UDP_CONTROL:
		return length >= PLAIT_UDP_OVERHEAD ? type : 0;
	}
	return 0;
}

void plait_udp_read_clear(const u8 *bytes, struct plait_udp_header *header)
{
	header->type = bytes[0] >> PLAIT_UDP_TYPE_SHIFT;
	header->leg = bytes[0] & PLAIT_UDP_LEG_MASK;
	header->index = plait_get_le24(bytes + 1);
	header->counter = plait_get_le32(bytes + 4);
}

void plait_udp_read_sealed(const u8 *bytes, struct plait_udp_header *header)
{
	header->sequence = plait_get_le24(bytes + 8);
	header->flags = bytes[11];
	header->after = plait_get_le16(bytes + 12);
	header->sent = plait_get_le16(bytes + 14);
}

void plait_udp_write_header(u8 *bytes, const struct plait_udp_header *header)
{
	bytes[0] = header->type << PLAIT_UDP_TYPE_SHIFT | (header->leg & PLAIT_UDP_LEG_MASK);
	plait_put_le24(bytes + 1, header->index);
	plait_put_le32(bytes + 4, (u32)header->counter);
	plait_put_le24(bytes + 8, header->sequence);
	bytes[11] = header->flags;
	plait_put_le16(bytes + 12, header->after);
	plait_put_le16(bytes + 14, header->sent);
}

bool plait_udp_next_block(const u8 **at, const u8 *end, struct plait_udp_block *block)
{
	const u8 *head = *at;
	size_t left = end - head;

	if (left < PLAIT_UDP_BLOCK_HEAD || left - PLAIT_UDP_BLOCK_HEAD < head[1]) {
		*at = end;
		return false;
	}
	block->type = head[0];
	block->length = head[1];
	block->value = head + PLAIT_UDP_BLOCK_HEAD;
	*at = block->value + block->length;
	return true;
}

void plait_udp_read_report(const u8 *bytes, struct plait_udp_report *report)
{
	report->leg = bytes[0];
	report->largest = bytes[1];
	report->one_way = plait_get_le16(bytes + 2);
	report->highest = plait_get_le32(bytes + 4);
	report->packets = plait_get_le32(bytes + 8);
	report->bytes16 = plait_get_le32(bytes + 12);
	report->echo = plait_get_le16(bytes + 16);
	report->held = plait_get_le16(bytes + 18);
}

void plait_udp_write_report(u8 *bytes, const struct plait_udp_report *report)
{
	bytes[0] = report->leg;
	bytes[1] = report->largest;
	plait_put_le16(bytes + 2, report->one_way);
	plait_put_le32(bytes + 4, report->highest);
	plait_put_le32(bytes + 8, report->packets);
	plait_put_le32(bytes + 12, report->bytes16);
	plait_put_le16(bytes + 16, report->echo);
	plait_put_le16(bytes + 18, report->held);
}

void plait_udp_read_missing(const u8 *bytes, struct plait_udp_missing *missing)
{
	missing->leg = bytes[0];
	missing->run = bytes[1];
	missing->counter = plait_get_le32(bytes + 2);
}

void plait_udp_write_missing(u8 *bytes, const struct plait_udp_missing *missing)
{
	bytes[0] = missing->leg;
	bytes[1] = missing->run;
	plait_put_le32(bytes + 2, missing->counter);
}

u32 plait_udp_write_probe(u8 *bytes, u32 id, u32 length)
{
	u32 at = PLAIT_UDP_BLOCK_HEAD + PLAIT_UDP_PROBE_LENGTH;

	bytes[0] = PLAIT_UDP_PROBE;
	bytes[1] = PLAIT_UDP_PROBE_LENGTH;
	plait_put_le32(bytes + PLAIT_UDP_BLOCK_HEAD, id);
	while (at < length) {
		u32 left = length - at;
		u32 block = left < PLAIT_UDP_BLOCK_MAX ? left : PLAIT_UDP_BLOCK_MAX;

		memset(bytes + at, 0, block);
		/* A last byte alone is no block, which ends them, too. */
		if (block >= PLAIT_UDP_BLOCK_HEAD) {
			bytes[at] = PLAIT_UDP_PADDING;
			bytes[at + 1] = block - PLAIT_UDP_BLOCK_HEAD;
		}
		at += block;
	}
	return at;
}
