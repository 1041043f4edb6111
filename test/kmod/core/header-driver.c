// SPDX-License-Identifier: GPL-2.0-only
/*
 * Lets a test have headers read: on each line of standard input the length of the packet, and the bytes that can be
 * read, in hexadecimal. Prints what was found, or "no".
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "header.h"

static size_t read_hex(const char *text, u8 *bytes, size_t room)
{
	unsigned int byte;
	size_t count = 0;

	while (count < room && sscanf(text, "%2x", &byte) == 1) {
		bytes[count++] = byte;
		text += 2;
	}
	return count;
}

/* The last two bytes of an address, and those before them when it is an IPv4 one. */
static void print_address(const u32 *words)
{
	const u8 *bytes = (const u8 *)words;

	printf("%s%02x%02x", bytes[10] == 0xff && bytes[11] == 0xff ? "v4:" : "v6:", bytes[14], bytes[15]);
}

static void print(const struct plait_header *header)
{
	u8 i;

	print_address(header->key.source);
	printf(">");
	print_address(header->key.destination);
	printf(" ports=%08" PRIx32 " flags=%03x window=%u seq=%" PRIu32 "..%" PRIu32, header->key.ports,
	       header->flags, header->window, header->seq, header->end);
	if (header->flags & PLAIT_TCP_ACK)
		printf(" %s=%" PRIu32, plait_header_only_acks(header) ? "only-ack" : "ack", header->ack);
	for (i = 0; i < header->sacks; i++)
		printf(" sack=%" PRIu32 "..%" PRIu32, header->sack[i].start, header->sack[i].end);
	if (header->stamped)
		printf(" stamp=%" PRIu32, header->tsval);
	if (header->other_options)
		printf(" other");
	if (header->fragment)
		printf(" fragment");
	printf("\n");
}

int main(void)
{
	char line[1024], text[1000];
	u32 length;

	while (fgets(line, sizeof(line), stdin)) {
		struct plait_header header = { 0 };
		u8 bytes[500], *exact;
		size_t count;

		if (sscanf(line, "%" SCNu32 " %999s", &length, text) != 2)
			return 2;
		count = read_hex(text, bytes, sizeof(bytes));
		/* No byte more than there is, so that the sanitizer sees who reads behind. */
		exact = malloc(count ? count : 1);
		memcpy(exact, bytes, count);
		if (plait_header_read(&header, exact, count, length)) {
			plait_header_read_options(&header, exact);
			print(&header);
		} else {
			printf("no\n");
		}
		free(exact);
	}
	return 0;
}
