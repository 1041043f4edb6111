// SPDX-License-Identifier: GPL-2.0-only
/*
 * Fuzzer of the reader of headers: whatever a packet has, nothing behind its bytes is read, and what is found lies
 * within it. Every second input begins like a packet, so that the reader gets further.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "header.h"
#include "promise.h"

static const u8 protocols[] = { 0, 6, 43, 44, 51, 60, 17 };

static void make_plausible(u8 *packet, size_t size)
{
	size_t i;

	if (size < 48)
		return;
	if (packet[1] & 1) {
		packet[0] = 0x45;
		packet[6] &= 0x20;
		packet[7] = 0;
		packet[9] = 6;
		return;
	}
	packet[0] = 0x60;
	packet[6] = protocols[packet[6] % sizeof(protocols)];
	for (i = 40; i + 8 <= size; i += 8) {
		packet[i] = protocols[packet[i] % sizeof(protocols)];
		packet[i + 1] %= 2;
		packet[i + 2] = 0;
		packet[i + 3] &= 1;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct plait_header header = { 0 };
	u32 length, i;
	u8 *packet;

	if (size < 2)
		return 0;
	length = size + data[0];
	packet = malloc(size);
	memcpy(packet, data, size);
	if (data[1] & 2)
		make_plausible(packet, size);
	if (plait_header_read(&header, packet, size, length)) {
		promise(header.length >= 20 && header.length <= 60);
		promise(header.offset >= 20 && header.offset + header.length <= size);
		promise(header.end - header.seq <= length);
		plait_header_read_options(&header, packet);
		promise(header.sacks <= PLAIT_SACK_MAX);
		for (i = 0; i < header.sacks; i++)
			promise((s32)(header.sack[i].end - header.sack[i].start) > 0);
		/* Fewer bytes never make it read more. */
		promise(!plait_header_read(&header, packet, header.offset + header.length - 1, length));
	}
	free(packet);
	return 0;
}
