// SPDX-License-Identifier: GPL-2.0-only
/* Reading TCP headers: RFC 9293 section 3.1, SACK blocks: RFC 2018 section 3. */
#include "tcp.h"

#define PLAIT_TCP_MIN 20

#define PLAIT_TCP_FIN 0x01
#define PLAIT_TCP_SYN 0x02
#define PLAIT_TCP_RST 0x04
#define PLAIT_TCP_ACK 0x10

#define PLAIT_TCP_OPTION_END 0
#define PLAIT_TCP_OPTION_NOP 1
#define PLAIT_TCP_OPTION_SACK 5

static u32 plait_read_u32(const u8 *data)
{
	return (u32)data[0] << 24 | (u32)data[1] << 16 | (u32)data[2] << 8 | data[3];
}

/**
 * plait_tcp_header_length() - how long a TCP header says that it is
 * @header: at least 20 bytes
 *
 * Return: bytes, 0 to 60.
 */
u32 plait_tcp_header_length(const u8 *header)
{
	return (header[12] >> 4) * 4;
}

static void plait_tcp_read_sacks(struct plait_tcp *tcp, const u8 *option, u32 length)
{
	for (; length >= 8 && tcp->sacks < PLAIT_SACK_MAX; option += 8, length -= 8) {
		struct plait_range *range = &tcp->sack[tcp->sacks];

		range->start = plait_read_u32(option);
		range->end = plait_read_u32(option + 4);
		if (plait_seq_before(range->start, range->end))
			tcp->sacks++;
	}
}

static void plait_tcp_read_options(struct plait_tcp *tcp, const u8 *option, const u8 *end)
{
	while (option < end && *option != PLAIT_TCP_OPTION_END) {
		if (*option == PLAIT_TCP_OPTION_NOP) {
			option++;
			continue;
		}
		if (end - option < 2 || option[1] < 2 || option[1] > end - option)
			return;
		if (*option == PLAIT_TCP_OPTION_SACK)
			plait_tcp_read_sacks(tcp, option + 2, option[1] - 2);
		option += option[1];
	}
}

/**
 * plait_tcp_parse() - read a TCP header, all but the addresses
 * @tcp: gets everything but the addresses of its key
 * @header: the header
 * @length: how much of it can be read; what plait_tcp_header_length() says, or less
 * @segment: bytes of header and payload together, by the IP header
 *
 * Return: false when that is no TCP header; @tcp is then not to be used.
 */
bool plait_tcp_parse(struct plait_tcp *tcp, const u8 *header, u32 length, u32 segment)
{
	u32 header_length;
	u8 flags;

	if (length < PLAIT_TCP_MIN)
		return false;
	header_length = plait_tcp_header_length(header);
	if (header_length < PLAIT_TCP_MIN || header_length > length || header_length > segment)
		return false;

	flags = header[13];
	tcp->key.ports = plait_read_u32(header);
	tcp->seq = plait_read_u32(header + 4);
	tcp->end = tcp->seq + (segment - header_length) + !!(flags & PLAIT_TCP_SYN) +
		   !!(flags & PLAIT_TCP_FIN);
	tcp->ack = plait_read_u32(header + 8);
	tcp->has_ack = flags & PLAIT_TCP_ACK;
	tcp->only_acks = tcp->has_ack && tcp->seq == tcp->end && !(flags & PLAIT_TCP_RST);
	tcp->sacks = 0;
	plait_tcp_read_options(tcp, header + PLAIT_TCP_MIN, header + header_length);
	return true;
}
