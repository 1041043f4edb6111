// SPDX-License-Identifier: GPL-2.0-only
/*
 * Lets a test talk to the resequencing queue, a command a line on standard input. Segments are
 * numbered from 1 as they come; times are microseconds.
 *
 *	limits PACKETS DEADLINE		what the operator allows
 *	at TIME				what time it is; prints what is released by that alone
 *	data SEQ LENGTH [WORD...]	a segment arrives; words: path=N tsval=N print=N
 *					packets=N fin restart full (no memory to queue it)
 *	show				prints what is next, packets queued and deadline
 *	patience			prints how long the connection has taught to wait
 *
 * Answers: "NUMBER VERDICT", then "NUMBER REASON" for each segment that is released.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "resequence.h"

#define SEGMENTS_MAX 10000

static const char *const verdicts[] = { "pass", "queue", "drop", "flush" };
static const char *const reasons[] = { "ordered", "lost", "deadline", "overflow", "flushed" };

static struct plait_resequence queue;
static struct plait_resequence_limits limits = { .packets = 100 };
static struct plait_resequence_node nodes[SEGMENTS_MAX];
static u64 now;

static void released(const struct plait_resequence_node *node)
{
	printf("%td %s\n", node - nodes, reasons[queue.reason]);
}

static void release(void)
{
	struct plait_resequence_node *node;

	while ((node = plait_resequence_release(&queue, &limits, now)))
		released(node);
}

static void flush(void)
{
	struct plait_resequence_node *node;

	while ((node = plait_resequence_flush(&queue)))
		released(node);
	plait_resequence_init(&queue);
}

static bool word(struct plait_segment *segment, const char *text, bool *full)
{
	unsigned long value;

	if (sscanf(text, "path=%lu", &value) == 1)
		segment->path = value;
	else if (sscanf(text, "tsval=%lu", &value) == 1)
		segment->tsval = value;
	else if (sscanf(text, "print=%lu", &value) == 1)
		segment->print = value;
	else if (sscanf(text, "packets=%lu", &value) == 1)
		segment->packets = value;
	else if (!strcmp(text, "fin"))
		segment->fin = true;
	else if (!strcmp(text, "restart"))
		segment->restart = true;
	else if (!strcmp(text, "full"))
		*full = true;
	else
		return false;
	if (!strncmp(text, "tsval", 5))
		segment->stamped = true;
	return true;
}

static bool data(char *text)
{
	static unsigned int number;
	struct plait_segment segment = { .packets = 1 };
	enum plait_verdict verdict;
	unsigned long seq, length;
	bool full = false;
	char *part;

	if (number == SEGMENTS_MAX - 1)
		return false;
	part = strtok(text, " \n");
	seq = strtoul(part ? part : "", NULL, 10);
	part = strtok(NULL, " \n");
	length = strtoul(part ? part : "", NULL, 10);
	segment.print = ++number;
	while ((part = strtok(NULL, " \n")))
		if (!word(&segment, part, &full))
			return false;
	segment.seq = seq;
	segment.end = seq + length + segment.fin;

	verdict = plait_resequence_judge(&queue, &segment, &limits, now);
	printf("%u %s\n", number, verdicts[verdict]);
	if (verdict == PLAIT_FLUSH)
		flush();
	else if (verdict == PLAIT_QUEUE && full)
		plait_resequence_pass(&queue, &segment, now);
	else if (verdict == PLAIT_QUEUE)
		plait_resequence_queue(&queue, &segment, &nodes[number], now);
	release();
	return true;
}

static void show(void)
{
	printf("next %" PRIu32 " queued %" PRIu32 " deadline %" PRIu64 "%s\n", queue.next,
	       queue.packets, plait_resequence_deadline(&queue, &limits) / 1000,
	       queue.finished ? " finished" : "");
}

int main(void)
{
	unsigned long a, b;
	char line[256];

	memset(&queue, 0xa5, sizeof(queue));
	plait_resequence_init(&queue);
	while (fgets(line, sizeof(line), stdin)) {
		if (sscanf(line, "limits %lu %lu", &a, &b) == 2) {
			limits.packets = a;
			limits.deadline = (u64)b * 1000;
		} else if (sscanf(line, "at %lu", &a) == 1) {
			now = (u64)a * 1000;
			release();
		} else if (!strcmp(line, "show\n")) {
			show();
		} else if (!strcmp(line, "patience\n")) {
			printf("%" PRIu64 "\n", plait_reordering_patience(&queue.order) / 1000);
		} else if (strncmp(line, "data ", 5) || !data(line + 5)) {
			fprintf(stderr, "not a command: %s", line);
			return 2;
		}
	}
	return 0;
}
