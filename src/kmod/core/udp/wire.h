/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Messages of UDP legs, as they are in a UDP payload. All integers are little endian.
 *
 * Byte 0: type in the high 3 bits; in the low 5 the leg (DATA, CONTROL), else 0.
 *
 *	INIT (1), 156 bytes			RESPONSE (2), 100 bytes
 *	0	type, version, 2 reserved	0	type, version, 2 reserved
 *	4	sender's index (24), 0		4	sender's index (24), 0
 *	8	ephemeral key (32)		8	receiver's index (24), 0
 *	40	static key, sealed (48)		12	ephemeral key (32)
 *	88	payload, sealed (36)		44	payload, sealed (24)
 *	124	mac1 (16)			68	mac1 (16)
 *	140	mac2 (16)			84	mac2 (16)
 *
 *	payload of INIT: freshness (12), instance (4), suites (1), features (1), legs (1),
 *		reserved (1)
 *	payload of RESPONSE: instance (4), suite (1), features (1), legs (1), reserved (1)
 *
 *	COOKIE (3), 64 bytes: type, 3 reserved, receiver's index (24), 0, nonce (24),
 *		cookie, sealed (32)
 *
 *	DATA (4) and CONTROL (5)
 *	0	type and leg, receiver's index (24), low 32 bits of the counter of the leg:
 *		in clear, authenticated
 *	8	link sequence (24), flags (8), after (16), send time (16): sealed from here on
 *	16	inner IP packet, or blocks of type (1), length (1), value
 *	-16	tag
 *
 * Reserved bytes are 0 when sent, and ignored. A block of unknown type is skipped by its length.
 */
#ifndef PLAIT_CORE_UDP_WIRE_H
#define PLAIT_CORE_UDP_WIRE_H

#include "../clock.h"
#include "crypto.h"

#define PLAIT_UDP_VERSION 1

enum plait_udp_type {
	PLAIT_UDP_INIT = 1,
	PLAIT_UDP_RESPONSE = 2,
	PLAIT_UDP_COOKIE = 3,
	PLAIT_UDP_DATA = 4,
	PLAIT_UDP_CONTROL = 5,
};

#define PLAIT_UDP_INIT_LENGTH 156
#define PLAIT_UDP_RESPONSE_LENGTH 100
#define PLAIT_UDP_COOKIE_LENGTH 64
/* In front of the inner packet: the part in clear, and the sealed rest. */
#define PLAIT_UDP_CLEAR_LENGTH 8
#define PLAIT_UDP_HEADER_LENGTH 16
/* What a leg puts around an inner packet, below UDP. */
#define PLAIT_UDP_OVERHEAD (PLAIT_UDP_HEADER_LENGTH + PLAIT_TAG_LENGTH)

/* Legs of a session: numbers that both ends know them by, 0 to one less. */
#define PLAIT_UDP_LEGS 32
#define PLAIT_UDP_INDEX_MASK 0xffffffu
#define PLAIT_UDP_SEQUENCE_MASK 0xffffffu

/* Of DATA and CONTROL. */
#define PLAIT_UDP_RESENT 0x01 /* sent again: does not say how far its leg is */
#define PLAIT_UDP_COPY 0x02 /* leaves by several legs */
#define PLAIT_UDP_ECN_SHIFT 3 /* two bits: ECN of the inner packet as it was sent */

/* Send time: units of 2^16 ns, 16 bits; wraps after 4.3 s. */
#define PLAIT_UDP_TIME_SHIFT 16

/**
 * struct plait_udp_header - of a DATA or CONTROL message
 * @type: PLAIT_UDP_DATA or PLAIT_UDP_CONTROL
 * @leg: number of the leg, below PLAIT_UDP_LEGS
 * @index: the receiver's, 24 bits: says which keys
 * @counter: of the leg; on the wire its low 32 bits
 * @sequence: of the link, 24 bits; 0 in CONTROL
 * @flags: PLAIT_UDP_RESENT and so on
 * @after: distance back to the packet of the same flow after which it is to be delivered; 0: at
 *	once
 * @sent: send time, see PLAIT_UDP_TIME_SHIFT
 */
struct plait_udp_header {
	enum plait_udp_type type;
	u32 leg;
	u32 index;
	u64 counter;
	u32 sequence;
	u8 flags;
	u16 after;
	u16 sent;
};

/* Types of blocks of a CONTROL message. */
enum plait_udp_block_type {
	PLAIT_UDP_PROBE = 1, /* id (4) */
	/* id (4), bytes that arrived (2), port (2, big endian) and address (16) it came from */
	PLAIT_UDP_PROBE_REPLY = 2,
	PLAIT_UDP_REPORT = 3, /* n times &struct plait_udp_report, 20 bytes each */
	PLAIT_UDP_MISSING = 4, /* n times &struct plait_udp_missing, 6 bytes each; before the report that covers them */
	PLAIT_UDP_LEG_DOWN = 5, /* mask of legs (4): nothing more comes by these */
	PLAIT_UDP_LEG_UP = 6, /* mask of legs (4) */
	PLAIT_UDP_CLOSE = 7, /* the sender forgets the session */
	PLAIT_UDP_PADDING = 8, /* says nothing */
};

/* Of a block: type and length. */
#define PLAIT_UDP_BLOCK_HEAD 2

#define PLAIT_UDP_PROBE_LENGTH 4
#define PLAIT_UDP_PROBE_REPLY_LENGTH 24
#define PLAIT_UDP_REPORT_LENGTH 20
#define PLAIT_UDP_MISSING_LENGTH 6

/**
 * struct plait_udp_missing - messages of a leg in a row that did not come
 * @leg: number of the leg
 * @run: how many
 * @counter: of the first, low 32 bits
 */
struct plait_udp_missing {
	u8 leg;
	u8 run;
	u32 counter;
};

/**
 * struct plait_udp_report - what arrived by one leg, as its receiver tells the sender
 * @leg: number of the leg
 * @largest: UDP payload of the largest DATA since the report before, in whole 8s, at most 255; 0: there was none
 * @one_way: receiver's clock less send time, of the newest, see PLAIT_UDP_TIME_SHIFT
 * @highest: highest counter, low 32 bits
 * @packets: received with these keys, low 32 bits
 * @bytes16: bytes received with these keys, in 16s, low 32 bits
 * @echo: send time of the newest
 * @held: time since that came, same unit
 */
struct plait_udp_report {
	u8 leg;
	u8 largest;
	u16 one_way;
	u32 highest;
	u32 packets;
	u32 bytes16;
	u16 echo;
	u16 held;
};

/**
 * struct plait_udp_block - one block of a CONTROL message
 * @type: see &enum plait_udp_block_type; may be unknown
 * @length: bytes of @value
 * @value: inside the message
 */
struct plait_udp_block {
	u8 type;
	u8 length;
	const u8 *value;
};

/* Of the clock of struct plait_udp_header.sent. */
static inline u16 plait_udp_time(s64 now)
{
	return (u16)(now >> PLAIT_UDP_TIME_SHIFT);
}

static inline u32 plait_get_le16(const u8 *at)
{
	return at[0] | (u32)at[1] << 8;
}

static inline u32 plait_get_le24(const u8 *at)
{
	return plait_get_le16(at) | (u32)at[2] << 16;
}

static inline u32 plait_get_le32(const u8 *at)
{
	return plait_get_le24(at) | (u32)at[3] << 24;
}

static inline void plait_put_le16(u8 *at, u32 value)
{
	at[0] = value;
	at[1] = value >> 8;
}

static inline void plait_put_le24(u8 *at, u32 value)
{
	plait_put_le16(at, value);
	at[2] = value >> 16;
}

static inline void plait_put_le32(u8 *at, u32 value)
{
	plait_put_le24(at, value);
	at[3] = value >> 24;
}

/**
 * plait_udp_type_of() - what a datagram says that it is
 * @bytes: the UDP payload
 * @length: its bytes
 *
 * Return: the type; 0 when its length, version, or first byte is not that of any message.
 */
u32 plait_udp_type_of(const u8 *bytes, u32 length);

/**
 * plait_udp_read_clear() - read what is in clear of a DATA or CONTROL message
 * @bytes: at least PLAIT_UDP_OVERHEAD bytes of that type
 * @header: gets type, leg, index, and of the counter its low 32 bits
 */
void plait_udp_read_clear(const u8 *bytes, struct plait_udp_header *header);

/**
 * plait_udp_read_sealed() - read the rest of the header, once it is opened
 * @bytes: the message
 * @header: gets sequence, flags, after and sent
 */
void plait_udp_read_sealed(const u8 *bytes, struct plait_udp_header *header);

/**
 * plait_udp_write_header() - the reverse of both
 * @bytes: gets PLAIT_UDP_HEADER_LENGTH bytes
 * @header: to be written
 */
void plait_udp_write_header(u8 *bytes, const struct plait_udp_header *header);

/**
 * plait_udp_nonce() - nonce of a DATA or CONTROL message: its own number space for each leg
 * @leg: number of the leg
 * @counter: below 2^56
 *
 * Return: the nonce.
 */
static inline u64 plait_udp_nonce(u32 leg, u64 counter)
{
	return (u64)leg << 56 | counter;
}

/* A leg's counter never gets here: the keys are given up before. */
#define PLAIT_UDP_COUNTER_END ((u64)1 << 56)

/**
 * plait_udp_next_block() - walk over the blocks of a CONTROL message that has been opened
 * @at: where the next block begins; is moved behind it
 * @end: end of the blocks, without the tag
 * @block: filled in
 *
 * Return: false at the end, and when what is left is no whole block; then @at equals @end.
 */
bool plait_udp_next_block(const u8 **at, const u8 *end, struct plait_udp_block *block);

/**
 * plait_udp_read_report() - read one report of a block
 * @bytes: PLAIT_UDP_REPORT_LENGTH bytes
 * @report: filled in; its leg may be anything up to 255
 */
void plait_udp_read_report(const u8 *bytes, struct plait_udp_report *report);

/**
 * plait_udp_write_report() - the reverse
 * @bytes: gets PLAIT_UDP_REPORT_LENGTH bytes
 * @report: to be written
 */
void plait_udp_write_report(u8 *bytes, const struct plait_udp_report *report);

/**
 * plait_udp_read_missing() - read one run of a block
 * @bytes: PLAIT_UDP_MISSING_LENGTH bytes
 * @missing: filled in; its leg may be anything up to 255
 */
void plait_udp_read_missing(const u8 *bytes, struct plait_udp_missing *missing);

/**
 * plait_udp_write_missing() - the reverse
 * @bytes: gets PLAIT_UDP_MISSING_LENGTH bytes
 * @missing: to be written
 */
void plait_udp_write_missing(u8 *bytes, const struct plait_udp_missing *missing);

/**
 * plait_udp_write_probe() - write the blocks of a probe
 * @bytes: gets them
 * @id: of the probe
 * @length: of the blocks, filled up with padding; less than a probe alone: none
 *
 * Return: bytes that were written.
 */
u32 plait_udp_write_probe(u8 *bytes, u32 id, u32 length);

#endif /* PLAIT_CORE_UDP_WIRE_H */
