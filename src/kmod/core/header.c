// SPDX-License-Identifier: GPL-2.0-only
/*
 * Reading the headers of a segment: IPv4 (RFC 791), IPv6 with extension headers (RFC 8200), TCP (RFC 9293), its
 * SACK blocks (RFC 2018) and time stamps (RFC 7323).
 *
 * Everything in a packet is what a stranger wrote. Nothing behind the bytes that are said to be there is read, and each
 * loop goes forward in them.
 */
#include "header.h"
#include "sequence.h"

#define PLAIT_IPV4_MIN 20
#define PLAIT_IPV6_LENGTH 40
#define PLAIT_TCP_MIN 20

/* IPv4: more fragments follow; the offset. IPv6: the same in its own bits. */
#define PLAIT_IPV4_MORE 0x2000
#define PLAIT_IPV4_OFFSET 0x1fff
#define PLAIT_IPV6_MORE 0x0001
#define PLAIT_IPV6_OFFSET 0xfff8

enum plait_protocol {
	PLAIT_PROTOCOL_HOP_BY_HOP = 0,
	PLAIT_PROTOCOL_TCP = 6,
	PLAIT_PROTOCOL_ROUTING = 43,
	PLAIT_PROTOCOL_FRAGMENT = 44,
	PLAIT_PROTOCOL_AUTHENTICATION = 51,
	PLAIT_PROTOCOL_DESTINATION = 60,
};

enum plait_tcp_option {
	PLAIT_TCP_OPTION_END = 0,
	PLAIT_TCP_OPTION_NOP = 1,
	PLAIT_TCP_OPTION_SACK = 5,
	PLAIT_TCP_OPTION_TIME_STAMP = 8,
};

#define PLAIT_TIME_STAMP_LENGTH 10

static u32 plait_read_u16(const u8 *data)
{
	return (u32)data[0] << 8 | data[1];
}

static u32 plait_read_u32(const u8 *data)
{
	return (u32)data[0] << 24 | (u32)data[1] << 16 | (u32)data[2] << 8 | data[3];
}

/* Addresses stay in the byte order of the wire: they are only compared. */
static void plait_read_address(u32 *words, const u8 *data, u32 count)
{
	u8 *bytes = (u8 *)words;
	u32 i;

	for (i = 0; i < count * 4; i++)
		bytes[i] = data[i];
}

static void plait_read_mapped(u32 *words, const u8 *data)
{
	static const u8 mapped[12] = { [10] = 0xff, [11] = 0xff };

	plait_read_address(words, mapped, 3);
	plait_read_address(words + 3, data, 1);
}

/* Gives the offset of the TCP header, 0 when there is none. */
static u32 plait_read_ipv4(struct plait_header *header, const u8 *packet, u32 available)
{
	u32 length, fragment;

	if (available < PLAIT_IPV4_MIN)
		return 0;
	length = (packet[0] & 0xf) * 4;
	fragment = plait_read_u16(packet + 6);
	if (length < PLAIT_IPV4_MIN || packet[9] != PLAIT_PROTOCOL_TCP ||
	    fragment & PLAIT_IPV4_OFFSET)
		return 0;
	header->fragment = fragment & PLAIT_IPV4_MORE;
	plait_read_mapped(header->key.source, packet + 12);
	plait_read_mapped(header->key.destination, packet + 16);
	return length;
}

/* The length of an extension header, 0 when nothing that we know can follow. */
static u32 plait_read_extension(struct plait_header *header, u32 protocol, const u8 *extension)
{
	u32 fragment;

	switch (protocol) {
	case PLAIT_PROTOCOL_HOP_BY_HOP:
	case PLAIT_PROTOCOL_ROUTING:
	case PLAIT_PROTOCOL_DESTINATION:
		return (extension[1] + 1U) * 8;
	case PLAIT_PROTOCOL_AUTHENTICATION:
		return (extension[1] + 2U) * 4;
	case PLAIT_PROTOCOL_FRAGMENT:
		fragment = plait_read_u16(extension + 2);
		header->fragment |= fragment & PLAIT_IPV6_MORE;
		return fragment & PLAIT_IPV6_OFFSET ? 0 : 8;
	default:
		return 0;
	}
}

static u32 plait_read_ipv6(struct plait_header *header, const u8 *packet, u32 available)
{
	u32 offset = PLAIT_IPV6_LENGTH, protocol, length;

	if (available < PLAIT_IPV6_LENGTH)
		return 0;
	protocol = packet[6];
	while (protocol != PLAIT_PROTOCOL_TCP) {
		if (offset + 8 > available)
			return 0;
		length = plait_read_extension(header, protocol, packet + offset);
		if (!length)
			return 0;
		protocol = packet[offset];
		offset += length;
	}
	plait_read_address(header->key.source, packet + 8, 4);
	plait_read_address(header->key.destination, packet + 24, 4);
	return offset;
}

/**
 * plait_header_read() - read the headers of a segment, all but TCP's options
 * @header: gets them
 * @packet: begins with the IP header
 * @available: how much of it can be read. More than PLAIT_HEADERS_MAX is hardly ever of use
 * @length: how long the packet is
 *
 * Return: false when that is no TCP segment, or not its first fragment, or its headers are broken or not all within
 * @available; @header is then not to be used.
 */
bool plait_header_read(struct plait_header *header, const u8 *packet, u32 available, u32 length)
{
	u32 offset, tcp_length;
	const u8 *tcp;

	header->fragment = false;
	if (!available)
		return false;
	switch (packet[0] >> 4) {
	case 4:
		offset = plait_read_ipv4(header, packet, available);
		break;
	case 6:
		offset = plait_read_ipv6(header, packet, available);
		break;
	default:
		return false;
	}
	if (!offset || offset + PLAIT_TCP_MIN > available)
		return false;

	tcp = packet + offset;
	tcp_length = (tcp[12] >> 4) * 4;
	if (tcp_length < PLAIT_TCP_MIN || offset + tcp_length > available ||
	    offset + tcp_length > length)
		return false;
	header->offset = offset;
	header->length = tcp_length;
	header->key.ports = plait_read_u32(tcp);
	header->seq = plait_read_u32(tcp + 4);
	header->ack = plait_read_u32(tcp + 8);
	header->flags = plait_read_u16(tcp + 12) & 0xfff;
	header->window = plait_read_u16(tcp + 14);
	header->end = header->seq + (length - offset - tcp_length) +
		      !!(header->flags & PLAIT_TCP_SYN) + !!(header->flags & PLAIT_TCP_FIN);
	header->sacks = 0;
	return true;
}

static void plait_read_sacks(struct plait_header *header, const u8 *option, u32 length)
{
	for (; length >= 8 && header->sacks < PLAIT_SACK_MAX; option += 8, length -= 8) {
		struct plait_range *range = &header->sack[header->sacks];

		range->start = plait_read_u32(option);
		range->end = plait_read_u32(option + 4);
		if (plait_before(range->start, range->end))
			header->sacks++;
	}
}

static void plait_read_option(struct plait_header *header, const u8 *option)
{
	if (option[0] == PLAIT_TCP_OPTION_SACK) {
		plait_read_sacks(header, option + 2, option[1] - 2);
	} else if (option[0] == PLAIT_TCP_OPTION_TIME_STAMP &&
		   option[1] == PLAIT_TIME_STAMP_LENGTH && !header->stamped) {
		header->stamped = true;
		header->tsval = plait_read_u32(option + 2);
	} else {
		header->other_options = true;
	}
}

/**
 * plait_header_read_options() - read the options of TCP as well
 * @header: as plait_header_read() filled it
 * @packet: what that was given
 */
void plait_header_read_options(struct plait_header *header, const u8 *packet)
{
	const u8 *option = packet + header->offset + PLAIT_TCP_MIN;
	const u8 *end = packet + header->offset + header->length;

	header->sacks = 0;
	header->stamped = false;
	header->other_options = false;
	while (option < end && *option != PLAIT_TCP_OPTION_END) {
		if (*option == PLAIT_TCP_OPTION_NOP) {
			option++;
			continue;
		}
		if (end - option < 2 || option[1] < 2 || option[1] > end - option) {
			header->other_options = true;
			return;
		}
		plait_read_option(header, option);
		option += option[1];
	}
}

/**
 * plait_header_reverse() - look at a header that came in from our side of the connection
 * @header: its key is turned round
 */
void plait_header_reverse(struct plait_header *header)
{
	struct plait_flow_key *key = &header->key;
	u32 i;

	for (i = 0; i < 4; i++) {
		u32 source = key->source[i];

		key->source[i] = key->destination[i];
		key->destination[i] = source;
	}
	key->ports = key->ports >> 16 | key->ports << 16;
}
