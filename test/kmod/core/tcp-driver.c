// SPDX-License-Identifier: GPL-2.0-only
/*
 * Lets a test have TCP headers read: on each line of standard input the length of header and payload by
 * the IP header, and the bytes that can be read, in hexadecimal. Prints what was found, or "no".
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tcp.h"

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

int main(void)
{
	char line[256], text[200];
	u32 segment;

	while (fgets(line, sizeof(line), stdin)) {
		struct plait_tcp tcp = { 0 };
		u8 bytes[60], *exact;
		size_t count;
		u8 i;

		if (sscanf(line, "%" SCNu32 " %199s", &segment, text) != 2)
			return 2;
		count = read_hex(text, bytes, sizeof(bytes));
		/* No byte more than there is, so that the sanitizer sees who reads behind. */
		exact = malloc(count ? count : 1);
		memcpy(exact, bytes, count);
		if (plait_tcp_parse(&tcp, exact, count, segment)) {
			printf("ports=%08" PRIx32 " seq=%" PRIu32 "..%" PRIu32, tcp.key.ports, tcp.seq,
			       tcp.end);
			if (tcp.has_ack)
				printf(" %s=%" PRIu32, tcp.only_acks ? "only-ack" : "ack", tcp.ack);
			for (i = 0; i < tcp.sacks; i++)
				printf(" sack=%" PRIu32 "..%" PRIu32, tcp.sack[i].start, tcp.sack[i].end);
			printf("\n");
		} else {
			printf("no\n");
		}
		free(exact);
	}
	return 0;
}
