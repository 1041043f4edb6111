/* SPDX-License-Identifier: GPL-2.0-only */
/* The reader of IP and TCP headers, for all that looks at packets of others. */
#ifndef PLAIT_CORE_HEADER_H
#define PLAIT_CORE_HEADER_H

#include "plait_port.h"

/* As many SACK blocks as the 40 bytes of options can hold. */
#define PLAIT_SACK_MAX 4

/* A caller that has a packet in pieces need not gather more than that: IPv6, some extension headers, TCP. */
#define PLAIT_HEADERS_MAX 192

/* Flags of a TCP header, RFC 9293 section 3.1; AE: RFC 9768. */
#define PLAIT_TCP_FIN 0x001
#define PLAIT_TCP_SYN 0x002
#define PLAIT_TCP_RST 0x004
#define PLAIT_TCP_PSH 0x008
#define PLAIT_TCP_ACK 0x010
#define PLAIT_TCP_URG 0x020
#define PLAIT_TCP_ECE 0x040
#define PLAIT_TCP_CWR 0x080
#define PLAIT_TCP_AE 0x100

/**
 * struct plait_flow_key - a TCP connection, in the direction of the packet
 * @source: address in the byte order of the wire; an IPv4 address as ::ffff:a.b.c.d
 * @destination: same
 * @ports: source port in the upper, destination port in the lower half
 */
struct plait_flow_key {
	u32 source[4];
	u32 destination[4];
	u32 ports;
};

/**
 * struct plait_range - sequence numbers [@start, @end)
 * @start: the first
 * @end: the one behind the last
 */
struct plait_range {
	u32 start;
	u32 end;
};

/**
 * struct plait_header - what we read in the IP and the TCP header of a segment
 * @key: the connection
 * @seq: the first sequence number that the segment takes
 * @end: the one behind the last; equal to @seq when it takes none and so is never acknowledged
 * @ack: everything before it has arrived; valid with %PLAIT_TCP_ACK
 * @flags: PLAIT_TCP_*
 * @window: as it stands in the header, not scaled
 * @offset: of the TCP header in the packet
 * @length: of the TCP header
 * @fragment: the packet is the first fragment of a longer one
 * @sacks: how many of @sack are there; this and the rest by plait_header_read_options() only
 * @stamped: it has a time stamp
 * @other_options: it has options besides SACK blocks and the time stamp, or broken ones
 * @tsval: the time stamp's value
 * @sack: what has arrived besides, in the order of the header
 */
struct plait_header {
	struct plait_flow_key key;
	u32 seq;
	u32 end;
	u32 ack;
	u16 flags;
	u16 window;
	u16 offset;
	u8 length;
	bool fragment;
	u8 sacks;
	bool stamped;
	bool other_options;
	u32 tsval;
	struct plait_range sack[PLAIT_SACK_MAX];
};

/**
 * plait_header_takes() - does a segment take sequence numbers, so that it will be acknowledged?
 * @header: its header
 *
 * Return: true when it does.
 */
static inline bool plait_header_takes(const struct plait_header *header)
{
	return header->seq != header->end;
}

/**
 * plait_header_only_acks() - does a segment do nothing but acknowledge?
 * @header: its header
 *
 * Return: true when it does.
 */
static inline bool plait_header_only_acks(const struct plait_header *header)
{
	return !plait_header_takes(header) &&
	       (header->flags & (PLAIT_TCP_ACK | PLAIT_TCP_RST)) == PLAIT_TCP_ACK;
}

bool plait_header_read(struct plait_header *header, const u8 *packet, u32 available, u32 length);
void plait_header_read_options(struct plait_header *header, const u8 *packet);
void plait_header_reverse(struct plait_header *header);

#endif /* PLAIT_CORE_HEADER_H */
