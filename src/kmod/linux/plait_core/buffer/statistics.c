// SPDX-License-Identifier: GPL-2.0-only
/* What the buffer of a namespace did, as people read it. */
#include <linux/kernel.h>
#include <linux/percpu.h>
#include <linux/u64_stats_sync.h>

#include "buffer.h"

struct plait_buffer_counters {
	u64_stats_t packets[PLAIT_COUNTS];
	struct u64_stats_sync syncp;
};

static const char *const plait_counter_names[] = {
	[PLAIT_COUNT_HELD] = "held",
	[PLAIT_COUNT_RELEASED + PLAIT_RELEASE_ORDERED] = "ordered",
	[PLAIT_COUNT_RELEASED + PLAIT_RELEASE_LOST] = "lost",
	[PLAIT_COUNT_RELEASED + PLAIT_RELEASE_DEADLINE] = "deadline",
	[PLAIT_COUNT_RELEASED + PLAIT_RELEASE_OVERFLOW] = "overflow",
	[PLAIT_COUNT_RELEASED + PLAIT_RELEASE_FLUSHED] = "flushed",
	[PLAIT_COUNT_DUPLICATE] = "duplicates",
	[PLAIT_COUNT_REFUSED] = "refused",
	[PLAIT_COUNT_SQUEEZED] = "squeezed",
	[PLAIT_COUNT_SUMMED] = "summed",
};

/**
 * plait_buffer_counters_init() - make the counters of a namespace
 * @buffer: the namespace
 *
 * Return: 0 or -ENOMEM.
 */
int plait_buffer_counters_init(struct plait_buffer *buffer)
{
	BUILD_BUG_ON(ARRAY_SIZE(plait_counter_names) != PLAIT_COUNTS);
	buffer->counters = __netdev_alloc_pcpu_stats(struct plait_buffer_counters, GFP_KERNEL_ACCOUNT);
	return buffer->counters ? 0 : -ENOMEM;
}

/**
 * plait_buffer_counters_uninit() - free them
 * @buffer: the namespace
 */
void plait_buffer_counters_uninit(struct plait_buffer *buffer)
{
	free_percpu(buffer->counters);
}

/**
 * plait_buffer_count() - count packets; bottom halves are off
 * @buffer: the namespace
 * @count: &enum plait_buffer_count
 * @packets: how many
 */
void plait_buffer_count(struct plait_buffer *buffer, u32 count, u32 packets)
{
	struct plait_buffer_counters *counters = this_cpu_ptr(buffer->counters);

	u64_stats_update_begin(&counters->syncp);
	u64_stats_add(&counters->packets[count], packets);
	u64_stats_update_end(&counters->syncp);
}

static u64 plait_buffer_total(const struct plait_buffer *buffer, u32 count)
{
	u64 total = 0;
	int cpu;

	for_each_possible_cpu(cpu) {
		const struct plait_buffer_counters *counters = per_cpu_ptr(buffer->counters, cpu);
		unsigned int start;
		u64 part;

		do {
			start = u64_stats_fetch_begin(&counters->syncp);
			part = u64_stats_read(&counters->packets[count]);
		} while (u64_stats_fetch_retry(&counters->syncp, start));
		total += part;
	}
	return total;
}

/**
 * plait_buffer_statistics() - print what is and what was
 * @buffer: the namespace
 * @text: filled with lines of a name and a number; the last has no newline
 * @size: of @text, bytes
 *
 * Return: length.
 */
int plait_buffer_statistics(const struct plait_buffer *buffer, char *text, int size)
{
	int length = scnprintf(text, size, "connections %d\nwaiting %d",
			       atomic_read(&buffer->connections), atomic_read(&buffer->held));
	u32 i;

	for (i = 0; i < PLAIT_COUNTS; i++)
		length += scnprintf(text + length, size - length, "\n%s %llu",
				    plait_counter_names[i], plait_buffer_total(buffer, i));
	return length;
}
