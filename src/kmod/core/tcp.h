/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef PLAIT_CORE_TCP_H
#define PLAIT_CORE_TCP_H

#include "plait_port.h"

/* As many SACK blocks as the 40 bytes of options can hold. */
#define PLAIT_SACK_MAX 4

/**
 * struct plait_flow_key - a TCP connection, in the direction in which we send
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
 * struct plait_tcp - what we read in a TCP header
 * @key: the connection
 * @seq: the first sequence number that the segment takes
 * @end: the one behind the last; equal to @seq when it takes none and so is never acknowledged
 * @ack: everything before it has arrived; valid when @has_ack
 * @has_ack: same
 * @only_acks: it does nothing but acknowledge
 * @sacks: how many of @sack are there
 * @sack: what has arrived besides, in the order of the header
 */
struct plait_tcp {
	struct plait_flow_key key;
	u32 seq;
	u32 end;
	u32 ack;
	bool has_ack;
	bool only_acks;
	u8 sacks;
	struct plait_range sack[PLAIT_SACK_MAX];
};

static inline bool plait_seq_before(u32 a, u32 b)
{
	return (s32)(a - b) < 0;
}

u32 plait_tcp_header_length(const u8 *header);
bool plait_tcp_parse(struct plait_tcp *tcp, const u8 *header, u32 length, u32 segment);

#endif /* PLAIT_CORE_TCP_H */
