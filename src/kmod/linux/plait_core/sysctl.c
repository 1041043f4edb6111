// SPDX-License-Identifier: GPL-2.0-only
/* The folder of a link, /proc/sys/net/ipv4/multipath/<device>. */
#include <linux/bitmap.h>
#include <linux/export.h>
#include <linux/kernel.h>
#include <linux/rtnetlink.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <net/net_namespace.h>

#include "core.h"

/* Room for PLAIT_LEGS_MAX times "name=rate ", and for people who write spaces. */
#define PLAIT_TEXT_SIZE 1024

static void plait_weights_print(const struct plait_link *link, char *text)
{
	const struct plait_leg *leg;
	int length = 0;

	text[0] = '\0';
	list_for_each_entry(leg, &link->legs, list)
		length += scnprintf(text + length, PLAIT_TEXT_SIZE - length, "%s%s=%u",
				    length ? " " : "", leg->ops->name(leg), leg->weight);
}

static int plait_weight_parse(const char *value, struct plait_leg_change *change)
{
	int err = kstrtou32(value, 10, &change->weight);

	if (err)
		return err;
	if (change->weight < PLAIT_WEIGHT_MIN || change->weight > PLAIT_WEIGHT_MAX)
		return -ERANGE;
	return 0;
}

static void plait_rates_print(const struct plait_link *link, char *text)
{
	const struct plait_leg *leg;
	int length = 0;

	text[0] = '\0';
	list_for_each_entry(leg, &link->legs, list) {
		length += scnprintf(text + length, PLAIT_TEXT_SIZE - length, "%s%s=",
				    length ? " " : "", leg->ops->name(leg));
		length += leg->rate ? scnprintf(text + length, PLAIT_TEXT_SIZE - length, "%llu",
						leg->rate) :
				      scnprintf(text + length, PLAIT_TEXT_SIZE - length, "auto");
	}
}

static int plait_rate_parse(const char *value, struct plait_leg_change *change)
{
	int err;

	if (!strcmp(value, "auto")) {
		change->rate = PLAIT_RATE_AUTO;
		return 0;
	}
	err = kstrtou64(value, 10, &change->rate);
	if (err)
		return err;
	if (change->rate < PLAIT_RATE_MIN || change->rate > PLAIT_RATE_MAX)
		return -ERANGE;
	return 0;
}

/* One word "leg=value". A device name may hold '=' itself, so the last one counts. */
static int plait_setting_parse(struct plait_link *link, char *word, struct plait_leg_change *change,
			       int (*parse)(const char *value, struct plait_leg_change *change))
{
	char *equals = strrchr(word, '=');

	if (!equals)
		return -EINVAL;
	*equals = '\0';

	change->leg = plait_link_leg_by_name(link, word);
	if (!change->leg)
		return -ENOENT;
	plait_leg_keep(change, change->leg);
	return parse(equals + 1, change);
}

/* All or nothing, and legs that are not named keep their setting. */
static int plait_settings_read(struct plait_link *link, char *text,
			       struct plait_leg_change *changes,
			       int (*parse)(const char *value, struct plait_leg_change *change))
{
	DECLARE_BITMAP(named, PLAIT_LEGS_MAX) = {};
	u32 count = 0;
	char *word;
	int err;

	while ((word = strsep(&text, " \t\n"))) {
		struct plait_leg_change change;

		if (!*word)
			continue;
		err = plait_setting_parse(link, word, &change, parse);
		if (err)
			return err;
		if (__test_and_set_bit(change.leg->slot, named))
			return -EINVAL;
		changes[count++] = change;
	}
	if (!count)
		return -EINVAL;

	plait_legs_change(link, changes, count);
	return 0;
}

static int plait_settings_parse(struct plait_link *link, char *text,
				int (*parse)(const char *value, struct plait_leg_change *change))
{
	struct plait_leg_change *changes;
	int err;

	changes = kmalloc_array(PLAIT_LEGS_MAX, sizeof(*changes), GFP_KERNEL);
	if (!changes)
		return -ENOMEM;
	err = plait_settings_read(link, text, changes, parse);
	kfree(changes);
	return err;
}

static int plait_weights_parse(struct plait_link *link, char *text)
{
	return plait_settings_parse(link, text, plait_weight_parse);
}

static int plait_rates_parse(struct plait_link *link, char *text)
{
	return plait_settings_parse(link, text, plait_rate_parse);
}

static void plait_scheduler_print(const struct plait_link *link, char *text)
{
	strscpy(text, link->scheduler->name, PLAIT_TEXT_SIZE);
}

static int plait_scheduler_parse(struct plait_link *link, char *text)
{
	return plait_link_set_scheduler(link, strim(text), NULL);
}

static void plait_buffer_print(const struct plait_link *link, char *text)
{
	strscpy(text, link->buffer ? "1" : "0", PLAIT_TEXT_SIZE);
}

static int plait_buffer_parse(struct plait_link *link, char *text)
{
	u8 on;
	int err = kstrtou8(strim(text), 10, &on);

	if (err)
		return err;
	return on > 1 ? -ERANGE : plait_buffer_set_link(link, on);
}

static int plait_text_write(struct plait_link *link, char *text, const char *buffer, size_t length,
			    int (*parse)(struct plait_link *link, char *text))
{
	/* Not proc_dostring(), which takes the first line and silently drops the others. */
	memcpy(text, buffer, length);
	if (strlen(text) != length)
		return -EINVAL;
	return parse(link, text);
}

/*
 * Reads and writes a file of a link as text.
 *
 * The folder is taken away under RTNL, which waits until nobody is in here. So this must not wait
 * for RTNL: it tries, and lets the system call start anew, which then finds the folder gone.
 */
static int plait_text_handler(plait_ctl_table *ctl, int write, void *buffer, size_t *lenp,
			      loff_t *ppos,
			      void (*print)(const struct plait_link *link, char *text),
			      int (*parse)(struct plait_link *link, char *text))
{
	struct ctl_table text = { .maxlen = PLAIT_TEXT_SIZE };
	struct plait_link *link = ctl->data;
	int err;

	if (write && (*ppos || *lenp >= PLAIT_TEXT_SIZE))
		return -EINVAL;

	text.data = kzalloc(PLAIT_TEXT_SIZE, GFP_KERNEL);
	if (!text.data)
		return -ENOMEM;

	if (!rtnl_trylock()) {
		kfree(text.data);
		return restart_syscall();
	}
	if (write) {
		err = plait_text_write(link, text.data, buffer, *lenp, parse);
	} else {
		print(link, text.data);
		err = proc_dostring(&text, write, buffer, lenp, ppos);
	}
	rtnl_unlock();

	kfree(text.data);
	return err;
}

static int plait_weights_handler(plait_ctl_table *ctl, int write, void *buffer, size_t *lenp,
				 loff_t *ppos)
{
	return plait_text_handler(ctl, write, buffer, lenp, ppos, plait_weights_print,
				  plait_weights_parse);
}

static int plait_rates_handler(plait_ctl_table *ctl, int write, void *buffer, size_t *lenp,
			       loff_t *ppos)
{
	return plait_text_handler(ctl, write, buffer, lenp, ppos, plait_rates_print,
				  plait_rates_parse);
}

static int plait_scheduler_handler(plait_ctl_table *ctl, int write, void *buffer, size_t *lenp,
				   loff_t *ppos)
{
	return plait_text_handler(ctl, write, buffer, lenp, ppos, plait_scheduler_print,
				  plait_scheduler_parse);
}

static int plait_buffer_handler(plait_ctl_table *ctl, int write, void *buffer, size_t *lenp,
				loff_t *ppos)
{
	return plait_text_handler(ctl, write, buffer, lenp, ppos, plait_buffer_print,
				  plait_buffer_parse);
}

/* The last entry stays empty: kernels before 6.11 look for it. */
static const struct ctl_table plait_link_table[] = {
	{
		.procname = "weights",
		.mode = 0644,
		.proc_handler = plait_weights_handler,
	},
	{
		.procname = "rates",
		.mode = 0644,
		.proc_handler = plait_rates_handler,
	},
	{
		.procname = "scheduler",
		.mode = 0644,
		.proc_handler = plait_scheduler_handler,
	},
	{
		.procname = "bufferOn",
		.mode = 0644,
		.proc_handler = plait_buffer_handler,
	},
	{},
};

/**
 * plait_link_name_is_taken() - does something else stand in /proc where the folder of a link would?
 * @name: of its device
 *
 * Return: true when no link can have it.
 */
bool plait_link_name_is_taken(const char *name)
{
	return !strcmp(name, "balance") || plait_buffer_has_file(name);
}
EXPORT_SYMBOL_GPL(plait_link_name_is_taken);

/**
 * plait_sysctl_add() - make the folder of a link, in the namespace of its device
 * @link: the link
 *
 * Return: 0, -EEXIST when the name is that of a file there, or -ENOMEM.
 */
int plait_sysctl_add(struct plait_link *link)
{
	char path[sizeof(PLAIT_SYSCTL_FOLDER) + 1 + IFNAMSIZ];
	size_t i;

	BUILD_BUG_ON(sizeof(link->table) != sizeof(plait_link_table));

	memcpy(link->table, plait_link_table, sizeof(plait_link_table));
	for (i = 0; i < ARRAY_SIZE(plait_link_table) - 1; i++)
		link->table[i].data = link;

	if (plait_link_name_is_taken(link->dev->name))
		return -EEXIST;
	snprintf(path, sizeof(path), "%s/%s", PLAIT_SYSCTL_FOLDER, link->dev->name);
	link->sysctl = register_net_sysctl_sz(dev_net(link->dev), path, link->table,
					      ARRAY_SIZE(plait_link_table) - 1);
	return link->sysctl ? 0 : -ENOMEM;
}

/**
 * plait_sysctl_remove() - take the folder away, once nobody reads or writes in it
 * @link: the link; nothing happens when it has no folder
 */
void plait_sysctl_remove(struct plait_link *link)
{
	if (!link->sysctl)
		return;
	unregister_net_sysctl_table(link->sysctl);
	link->sysctl = NULL;
}
