// SPDX-License-Identifier: GPL-2.0-only
/* The headers of a packet, as the portable core reads them. */
#include <linux/minmax.h>
#include <linux/skbuff.h>

#include "plait_link.h"

/*
 * Mostly the headers are in the packet's linear part. Of a packet that begins with a short one so much is copied as
 * headers may take.
 */
static const u8 *plait_read_from(const struct sk_buff *skb, u8 *buffer, struct plait_header *header)
{
	u32 available = min_t(u32, skb->len, PLAIT_HEADERS_MAX);
	const u8 *data;

	if (plait_header_read(header, skb->data, skb_headlen(skb), skb->len))
		return skb->data;
	if (skb_headlen(skb) >= available)
		return NULL;
	data = skb_header_pointer(skb, 0, available, buffer);
	return data && plait_header_read(header, data, available, skb->len) ? data : NULL;
}

/**
 * plait_read_segment() - read the headers of a TCP segment, all but TCP's options
 * @skb: its data begins with the network header
 * @header: filled in
 *
 * Return: false when it is not TCP, or a fragment, or broken; @header is then not to be used.
 */
bool plait_read_segment(const struct sk_buff *skb, struct plait_header *header)
{
	u8 buffer[PLAIT_HEADERS_MAX];

	return plait_read_from(skb, buffer, header) && !header->fragment;
}

/**
 * plait_read_acks() - read the headers of a TCP segment that acknowledges, and TCP's options
 * @skb: its data begins with the network header
 * @header: filled in
 *
 * Return: false when it is none, or a fragment, or broken; @header is then not to be used.
 */
bool plait_read_acks(const struct sk_buff *skb, struct plait_header *header)
{
	u8 buffer[PLAIT_HEADERS_MAX];
	const u8 *packet = plait_read_from(skb, buffer, header);

	if (!packet || header->fragment || !(header->flags & PLAIT_TCP_ACK))
		return false;
	plait_header_read_options(header, packet);
	return true;
}
