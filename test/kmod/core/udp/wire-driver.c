// SPDX-License-Identifier: GPL-2.0-only
/*
 * Lets a test have messages read and written. On each line of standard input one of
 *
 *	read HEX
 *	write TYPE LEG INDEX COUNTER SEQUENCE FLAGS AFTER SENT
 *	missing LEG RUN COUNTER
 *	report LEG FLAGS ONE-WAY HIGHEST PACKETS BYTES16 ECHO HELD
 *
 * Prints what is in the message, or its bytes.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "udp/wire.h"

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

static void print_hex(const u8 *bytes, size_t length)
{
	size_t i;

	for (i = 0; i < length; i++)
		printf("%02x", bytes[i]);
	printf("\n");
}

static void print_report(const u8 *bytes)
{
	struct plait_udp_report report;

	plait_udp_read_report(bytes, &report);
	printf(" report:%u,%u,%u,%" PRIu32 ",%" PRIu32 ",%" PRIu32 ",%u,%u", report.leg, report.largest,
	       report.one_way, report.highest, report.packets, report.bytes16, report.echo,
	       report.held);
}

static void print_missing(const u8 *bytes)
{
	struct plait_udp_missing missing;

	plait_udp_read_missing(bytes, &missing);
	printf(" missing:%u,%u,%" PRIu32, missing.leg, missing.run, missing.counter);
}

static void print_blocks(const u8 *at, const u8 *end)
{
	struct plait_udp_block block;
	u32 i;

	while (plait_udp_next_block(&at, end, &block)) {
		printf(" block:%u,%u", block.type, block.length);
		for (i = 0; block.type == PLAIT_UDP_MISSING && i + PLAIT_UDP_MISSING_LENGTH <= block.length;
		     i += PLAIT_UDP_MISSING_LENGTH)
			print_missing(block.value + i);
		if (block.type != PLAIT_UDP_REPORT)
			continue;
		for (i = 0; i + PLAIT_UDP_REPORT_LENGTH <= block.length; i += PLAIT_UDP_REPORT_LENGTH)
			print_report(block.value + i);
	}
	printf(" %s", at == end ? "end" : "not at the end");
}

static void print_message(const u8 *bytes, u32 length)
{
	u32 type = plait_udp_type_of(bytes, length);
	struct plait_udp_header header = { 0 };

	printf("%" PRIu32, type);
	if (type == PLAIT_UDP_DATA || type == PLAIT_UDP_CONTROL) {
		plait_udp_read_clear(bytes, &header);
		plait_udp_read_sealed(bytes, &header);
		printf(" leg=%" PRIu32 " index=%" PRIu32 " counter=%" PRIu64 " sequence=%" PRIu32
		       " flags=%u after=%u sent=%u",
		       header.leg, header.index, header.counter, header.sequence, header.flags,
		       header.after, header.sent);
	}
	if (type == PLAIT_UDP_CONTROL)
		print_blocks(bytes + PLAIT_UDP_HEADER_LENGTH, bytes + length - PLAIT_TAG_LENGTH);
	printf("\n");
}

static void write_message(const char *line)
{
	struct plait_udp_header header;
	u8 bytes[PLAIT_UDP_HEADER_LENGTH];
	unsigned int type, flags, after, sent;

	if (sscanf(line, "%u %" SCNu32 " %" SCNu32 " %" SCNu64 " %" SCNu32 " %u %u %u", &type,
		   &header.leg, &header.index, &header.counter, &header.sequence, &flags, &after,
		   &sent) != 8)
		exit(2);
	header.type = type;
	header.flags = flags;
	header.after = after;
	header.sent = sent;
	plait_udp_write_header(bytes, &header);
	print_hex(bytes, sizeof(bytes));
}

static void write_report(const char *line)
{
	struct plait_udp_report report;
	u8 bytes[PLAIT_UDP_REPORT_LENGTH];
	unsigned int leg, largest, one_way, echo, held;

	if (sscanf(line, "%u %u %u %" SCNu32 " %" SCNu32 " %" SCNu32 " %u %u", &leg, &largest, &one_way,
		   &report.highest, &report.packets, &report.bytes16, &echo, &held) != 8)
		exit(2);
	report.leg = leg;
	report.largest = largest;
	report.one_way = one_way;
	report.echo = echo;
	report.held = held;
	plait_udp_write_report(bytes, &report);
	print_hex(bytes, sizeof(bytes));
}

static void write_missing(const char *line)
{
	struct plait_udp_missing missing;
	u8 bytes[PLAIT_UDP_MISSING_LENGTH];
	unsigned int leg, run;

	if (sscanf(line, "%u %u %" SCNu32, &leg, &run, &missing.counter) != 3)
		exit(2);
	missing.leg = leg;
	missing.run = run;
	plait_udp_write_missing(bytes, &missing);
	print_hex(bytes, sizeof(bytes));
}

/* No byte more than was asked for, so that the sanitizer sees who writes behind. */
static void write_probe(const char *line)
{
	unsigned int id, length, written;
	u8 *bytes;

	if (sscanf(line, "%u %u", &id, &length) != 2)
		exit(2);
	bytes = malloc(length < PLAIT_UDP_BLOCK_HEAD + PLAIT_UDP_PROBE_LENGTH ?
			       PLAIT_UDP_BLOCK_HEAD + PLAIT_UDP_PROBE_LENGTH :
			       length);
	written = plait_udp_write_probe(bytes, id, length);
	printf("%u", written);
	print_blocks(bytes, bytes + written);
	printf("\n");
	free(bytes);
}

/* No byte more than there is, so that the sanitizer sees who reads behind. */
static void read_message(const char *text)
{
	static u8 bytes[65536];
	size_t count = read_hex(text, bytes, sizeof(bytes));
	u8 *exact = malloc(count ? count : 1);

	if (count)
		memcpy(exact, bytes, count);
	print_message(count ? exact : exact + 1, count);
	free(exact);
}

int main(void)
{
	static char line[140000];

	while (fgets(line, sizeof(line), stdin)) {
		if (!strncmp(line, "read ", 5))
			read_message(line + 5);
		else if (!strncmp(line, "missing ", 8))
			write_missing(line + 8);
		else if (!strncmp(line, "probe ", 6))
			write_probe(line + 6);
		else if (!strncmp(line, "write ", 6))
			write_message(line + 6);
		else if (!strncmp(line, "report ", 7))
			write_report(line + 7);
		else
			return 2;
	}
	return 0;
}
