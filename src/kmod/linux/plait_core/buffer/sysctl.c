// SPDX-License-Identifier: GPL-2.0-only
/* The files of the buffer in /proc/sys/net/ipv4/multipath, named as in the source document. */
#include <linux/slab.h>
#include <linux/sysctl.h>
#include <net/net_namespace.h>

#include "buffer.h"

/* Bounds of the files; milliseconds for the deadline. */
static int plait_bound_one = 1;
static int plait_bound_size = 1000;
static int plait_bound_deadline = 1000;
static int plait_bound_total = 65536;

/* Room for all counters at their longest. */
#define PLAIT_STATISTICS_SIZE 512

static int plait_buffer_on_handler(plait_ctl_table *ctl, int write, void *text, size_t *lenp,
				   loff_t *ppos)
{
	struct plait_buffer *buffer = ctl->data;
	int on = READ_ONCE(buffer->on);
	struct ctl_table value = {
		.data = &on,
		.maxlen = sizeof(on),
		.extra1 = SYSCTL_ZERO,
		.extra2 = SYSCTL_ONE,
	};
	int err = proc_dointvec_minmax(&value, write, text, lenp, ppos);

	return err || !write ? err : plait_buffer_set_on(buffer, on);
}

static int plait_buffer_statistics_handler(plait_ctl_table *ctl, int write, void *text,
					   size_t *lenp, loff_t *ppos)
{
	struct ctl_table value = { .maxlen = PLAIT_STATISTICS_SIZE };
	int err;

	value.data = kmalloc(PLAIT_STATISTICS_SIZE, GFP_KERNEL);
	if (!value.data)
		return -ENOMEM;
	plait_buffer_statistics(ctl->data, value.data, PLAIT_STATISTICS_SIZE);
	err = proc_dostring(&value, write, text, lenp, ppos);
	kfree(value.data);
	return err;
}

static const struct ctl_table plait_buffer_table[] = {
	{
		.procname = "bufferOn",
		.mode = 0644,
		.proc_handler = plait_buffer_on_handler,
	},
	{
		.procname = "bufferSize",
		.maxlen = sizeof(int),
		.mode = 0644,
		.proc_handler = proc_dointvec_minmax,
		.extra1 = &plait_bound_one,
		.extra2 = &plait_bound_size,
	},
	{
		.procname = "bufferDeadline",
		.maxlen = sizeof(int),
		.mode = 0644,
		.proc_handler = proc_dointvec_minmax,
		.extra1 = SYSCTL_ZERO,
		.extra2 = &plait_bound_deadline,
	},
	{
		.procname = "bufferTotal",
		.maxlen = sizeof(int),
		.mode = 0644,
		.proc_handler = proc_dointvec_minmax,
		.extra1 = &plait_bound_one,
		.extra2 = &plait_bound_total,
	},
	{
		.procname = "bufferStatistics",
		.mode = 0444,
		.proc_handler = plait_buffer_statistics_handler,
	},
	{},
};

/**
 * plait_buffer_has_file() - is it the name of one of the buffer's files?
 * @name: any name
 *
 * Return: true when it is.
 */
bool plait_buffer_has_file(const char *name)
{
	u32 i;

	for (i = 0; i < PLAIT_BUFFER_FILES; i++)
		if (!strcmp(plait_buffer_table[i].procname, name))
			return true;
	return false;
}

/**
 * plait_buffer_sysctl_init() - make the folder of a namespace, and the files of the buffer in it
 * @buffer: the namespace
 *
 * Return: 0 or -ENOMEM.
 */
int plait_buffer_sysctl_init(struct plait_buffer *buffer)
{
	void *const data[PLAIT_BUFFER_FILES] = {
		buffer, &buffer->size, &buffer->deadline, &buffer->total, buffer,
	};
	u32 i;

	BUILD_BUG_ON(sizeof(buffer->table) != sizeof(plait_buffer_table));

	memcpy(buffer->table, plait_buffer_table, sizeof(plait_buffer_table));
	for (i = 0; i < PLAIT_BUFFER_FILES; i++)
		buffer->table[i].data = data[i];
	buffer->sysctl = register_net_sysctl_sz(buffer->net, PLAIT_SYSCTL_FOLDER, buffer->table,
						PLAIT_BUFFER_FILES);
	return buffer->sysctl ? 0 : -ENOMEM;
}

/**
 * plait_buffer_sysctl_uninit() - take them away, once nobody reads or writes them
 * @buffer: the namespace
 */
void plait_buffer_sysctl_uninit(struct plait_buffer *buffer)
{
	unregister_net_sysctl_table(buffer->sysctl);
}
