// SPDX-License-Identifier: MIT
/*
 * Asks plait_udp by netlink (src/kmod/uapi/plait_udp.h), for experiments without an agent. Keys are in hex.
 *
 *   udp-legs key [PRIVATE]                       prints "PRIVATE PUBLIC" of a new key, or "PUBLIC" of the given one
 *   udp-legs peer LINK WORD=VALUE...             private= peer= preshared= listen= protect= floor=
 *   udp-legs leg LINK NUMBER WORD=VALUE...       name= uplink= local= remote= port= keepalive=
 *   udp-legs forget LINK [NUMBER]                the far end of the link, or a leg
 *   udp-legs show LINK                           a line for the far end and one for each leg, of "word=value"
 *   udp-legs rules LINK MASK RULE...             takes the place of all; RULE: WORD=VALUE,... of mark= leg= else= order= copies=
 *   udp-legs rules LINK                          a line for each rule, of "word=value" (src/kmod/uapi/plait.h)
 *   udp-legs watch MILLISECONDS                  a line for each event, until none came for so long: "event=5 link=hq leg=0"
 *
 * What the kernel refuses ends it with status 1 and the kernel's words.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/genetlink.h>
#include <linux/netlink.h>
#include <net/if.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "plait.h"
#include "plait_udp.h"

#ifndef SOL_NETLINK
#define SOL_NETLINK 270
#endif

struct message {
	struct nlmsghdr header;
	struct genlmsghdr genl;
	char attributes[8192];
};

static struct message request, answer;
static int netlink;
static uint16_t family;
static uint32_t events_group;

static void fail(const char *what, const char *why)
{
	fprintf(stderr, "udp-legs: %s: %s\n", what, why);
	exit(1);
}

/* --- Messages --- */

static void begin(uint8_t command)
{
	memset(&request, 0, sizeof(request));
	request.header.nlmsg_len = NLMSG_LENGTH(GENL_HDRLEN);
	request.header.nlmsg_type = family;
	request.header.nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK;
	request.genl.cmd = command;
	request.genl.version = 1;
}

static void put(uint16_t type, const void *value, size_t length)
{
	struct nlattr *attr = (void *)((char *)&request + NLMSG_ALIGN(request.header.nlmsg_len));

	attr->nla_type = type;
	attr->nla_len = NLA_HDRLEN + length;
	memcpy((char *)attr + NLA_HDRLEN, value, length);
	request.header.nlmsg_len = NLMSG_ALIGN(request.header.nlmsg_len) + NLA_ALIGN(attr->nla_len);
}

static struct nlattr *nest(uint16_t type)
{
	struct nlattr *attr = (void *)((char *)&request + NLMSG_ALIGN(request.header.nlmsg_len));

	put(type | NLA_F_NESTED, "", 0);
	return attr;
}

static void end_nest(struct nlattr *attr)
{
	attr->nla_len = (char *)&request + request.header.nlmsg_len - (char *)attr;
}

/* The kernel's words on a refusal, behind the request that it quotes. */
static const char *reason(const struct nlmsghdr *header, const struct nlmsgerr *error)
{
	size_t quoted = NLMSG_ALIGN(sizeof(*error));
	const char *end = (const char *)header + header->nlmsg_len;
	const struct nlattr *attr;

	if (!(header->nlmsg_flags & NLM_F_CAPPED))
		quoted += NLMSG_ALIGN(error->msg.nlmsg_len - sizeof(error->msg));
	attr = (const void *)((const char *)error + quoted);
	for (; (const char *)attr + NLA_HDRLEN <= end && attr->nla_len >= NLA_HDRLEN;
	     attr = (const void *)((const char *)attr + NLA_ALIGN(attr->nla_len)))
		if ((attr->nla_type & NLA_TYPE_MASK) == NLMSGERR_ATTR_MSG)
			return (const char *)attr + NLA_HDRLEN;
	return strerror(-error->error);
}

/* Sends the request, and leaves what came before the acknowledgement in `answer`. */
static void ask(const char *what)
{
	char bytes[16384];

	if (send(netlink, &request, request.header.nlmsg_len, 0) < 0)
		fail(what, strerror(errno));
	for (;;) {
		ssize_t length = recv(netlink, bytes, sizeof(bytes), 0);
		struct nlmsghdr *header = (void *)bytes;

		if (length < 0)
			fail(what, strerror(errno));
		for (; NLMSG_OK(header, length); header = NLMSG_NEXT(header, length)) {
			struct nlmsgerr *error = NLMSG_DATA(header);

			if (header->nlmsg_type != NLMSG_ERROR) {
				memcpy(&answer, header, header->nlmsg_len);
				continue;
			}
			if (error->error)
				fail(what, reason(header, error));
			return;
		}
	}
}

static const struct nlattr *next_attribute(const struct nlattr *attr)
{
	return (const void *)((const char *)attr + NLA_ALIGN(attr->nla_len));
}

static const struct nlattr *first_attribute(void)
{
	return (const void *)answer.attributes;
}

static const void *answer_end(void)
{
	return (const char *)&answer + answer.header.nlmsg_len;
}

static const struct nlattr *find(const struct nlattr *attr, const void *end, uint16_t type)
{
	for (; (const void *)attr < end; attr = next_attribute(attr))
		if ((attr->nla_type & NLA_TYPE_MASK) == type)
			return attr;
	return NULL;
}

static const void *value_of(const struct nlattr *attr)
{
	return (const char *)attr + NLA_HDRLEN;
}

/* Requests are of this family from now on. */
static void open_family(const char *name)
{
	const struct nlattr *id;
	int on = 1;

	family = GENL_ID_CTRL;
	netlink = socket(AF_NETLINK, SOCK_RAW, NETLINK_GENERIC);
	if (netlink < 0)
		fail("netlink", strerror(errno));
	setsockopt(netlink, SOL_NETLINK, NETLINK_EXT_ACK, &on, sizeof(on));
	begin(CTRL_CMD_GETFAMILY);
	put(CTRL_ATTR_FAMILY_NAME, name, strlen(name) + 1);
	ask(name);
	id = find(first_attribute(), answer_end(), CTRL_ATTR_FAMILY_ID);
	memcpy(&family, value_of(id), sizeof(family));
	/* The family has one group: its number stands in the first of a list. */
	id = find(first_attribute(), answer_end(), CTRL_ATTR_MCAST_GROUPS);
	id = find(value_of(value_of(id)), next_attribute(id), CTRL_ATTR_MCAST_GRP_ID);
	memcpy(&events_group, value_of(id), sizeof(events_group));
}

/* --- Words --- */

static void put_u32(uint16_t type, uint32_t value)
{
	put(type, &value, sizeof(value));
}

static void put_hex(uint16_t type, const char *text)
{
	uint8_t bytes[64];
	size_t length = strlen(text) / 2, i;

	for (i = 0; i < length && i < sizeof(bytes); i++)
		if (sscanf(text + 2 * i, "%2hhx", &bytes[i]) != 1)
			fail(text, "not in hex");
	put(type, bytes, i);
}

static void put_index(uint16_t type, const char *name)
{
	uint32_t index = if_nametoindex(name);

	if (!index)
		fail(name, "there is no such device");
	put_u32(type, index);
}

static void put_address(uint16_t type, const char *text)
{
	struct in_addr address;

	if (inet_pton(AF_INET, text, &address) != 1)
		fail(text, "not an IPv4 address");
	put(type, &address, sizeof(address));
}

enum kind { HEX, U8, U16, U32, NAME, DEVICE, ADDRESS };

struct word {
	const char *name;
	uint16_t type;
	enum kind kind;
};

static const struct word peer_words[] = {
	{ "private", PLAIT_UDP_A_PRIVATE_KEY, HEX },
	{ "peer", PLAIT_UDP_A_PEER_KEY, HEX },
	{ "preshared", PLAIT_UDP_A_PRESHARED_KEY, HEX },
	{ "listen", PLAIT_UDP_A_LISTEN, U16 },
	{ "protect", PLAIT_UDP_A_PROTECT, U8 },
	{ "floor", PLAIT_UDP_A_FRESH_FLOOR, HEX },
	{ NULL, 0, 0 },
};

static const struct word leg_words[] = {
	{ "name", PLAIT_UDP_LEG_A_NAME, NAME },
	{ "uplink", PLAIT_UDP_LEG_A_UPLINK, DEVICE },
	{ "local", PLAIT_UDP_LEG_A_LOCAL, ADDRESS },
	{ "remote", PLAIT_UDP_LEG_A_REMOTE, ADDRESS },
	{ "port", PLAIT_UDP_LEG_A_REMOTE_PORT, U16 },
	{ "keepalive", PLAIT_UDP_LEG_A_KEEPALIVE, U32 },
	{ NULL, 0, 0 },
};

static const struct word rule_words[] = {
	{ "mark", PLAIT_RULE_A_MARK, U32 },
	{ "else", PLAIT_RULE_A_ELSE, U8 },
	{ "order", PLAIT_RULE_A_ORDER, U8 },
	{ "copies", PLAIT_RULE_A_COPIES, U8 },
	{ NULL, 0, 0 },
};

static void put_number(const struct word *word, uint32_t number)
{
	uint16_t two = number;
	uint8_t one = number;

	if (word->kind == U8)
		put(word->type, &one, sizeof(one));
	else if (word->kind == U16)
		put(word->type, &two, sizeof(two));
	else
		put_u32(word->type, number);
}

static void put_word(const struct word *words, const char *text)
{
	const char *value = strchr(text, '=');
	const struct word *word;

	for (word = words; value && word->name; word++)
		if (strlen(word->name) == (size_t)(value - text) &&
		    !strncmp(word->name, text, value - text))
			break;
	if (!value || !word->name)
		fail(text, "not a word of this command");
	value++;
	if (word->kind == HEX)
		put_hex(word->type, value);
	else if (word->kind == NAME)
		put(word->type, value, strlen(value) + 1);
	else if (word->kind == DEVICE)
		put_index(word->type, value);
	else if (word->kind == ADDRESS)
		put_address(word->type, value);
	else
		put_number(word, strtoul(value, NULL, 0));
}

/* --- Commands --- */

static void print_hex(const struct nlattr *attr, char end)
{
	const uint8_t *bytes = value_of(attr);
	size_t i;

	for (i = 0; i < (size_t)attr->nla_len - NLA_HDRLEN; i++)
		printf("%02x", bytes[i]);
	putchar(end);
}

static void key(const char *private)
{
	const struct nlattr *made;

	begin(PLAIT_UDP_CMD_KEY);
	if (private)
		put_hex(PLAIT_UDP_A_PRIVATE_KEY, private);
	ask("key");
	made = find(first_attribute(), answer_end(), PLAIT_UDP_A_PRIVATE_KEY);
	if (made)
		print_hex(made, ' ');
	print_hex(find(first_attribute(), answer_end(), PLAIT_UDP_A_PUBLIC_KEY), '\n');
}

static void peer(const char *link, char **words)
{
	begin(PLAIT_UDP_CMD_PEER_SET);
	put_index(PLAIT_UDP_A_IFINDEX, link);
	for (; *words; words++)
		put_word(peer_words, *words);
	ask("peer");
}

static void begin_leg(uint8_t command, const char *link, const char *number, char **words)
{
	struct nlattr *leg;
	uint8_t value = atoi(number);

	begin(command);
	put_index(PLAIT_UDP_A_IFINDEX, link);
	leg = nest(PLAIT_UDP_A_LEG);
	put(PLAIT_UDP_LEG_A_NUMBER, &value, sizeof(value));
	for (; *words; words++)
		put_word(leg_words, *words);
	end_nest(leg);
}

static void leg(const char *link, const char *number, char **words)
{
	begin_leg(PLAIT_UDP_CMD_LEG_SET, link, number, words);
	ask("leg");
}

static void forget(const char *link, const char *number, char **words)
{
	if (number) {
		begin_leg(PLAIT_UDP_CMD_LEG_DEL, link, number, words);
	} else {
		begin(PLAIT_UDP_CMD_PEER_DEL);
		put_index(PLAIT_UDP_A_IFINDEX, link);
	}
	ask("forget");
}

static uint64_t number_of(const struct nlattr *attr)
{
	const void *value = value_of(attr);
	uint64_t number = 0;

	/* This machine is little endian, as all are that Plait is for. */
	memcpy(&number, value, attr->nla_len - NLA_HDRLEN <= 8 ? attr->nla_len - NLA_HDRLEN : 8);
	return number;
}

struct shown {
	const char *name;
	uint16_t type;
	bool address;
};

static const struct shown peer_shown[] = {
	{ "session", PLAIT_UDP_A_SESSION, false },	   { "agreed", PLAIT_UDP_A_AGREED, false },
	{ "age", PLAIT_UDP_A_SESSION_AGE, false },	   { "bad", PLAIT_UDP_A_BAD_PACKETS, false },
	{ "replayed", PLAIT_UDP_A_REPLAYED, false }, { "held", PLAIT_UDP_A_HELD, false },
	{ "lost", PLAIT_UDP_A_LOST, false },	   { "expired", PLAIT_UDP_A_EXPIRED, false },
	{ "late", PLAIT_UDP_A_LATE, false },	   { NULL, 0, false },
};

static const struct shown leg_shown[] = {
	{ "leg", PLAIT_UDP_LEG_A_NUMBER, false },
	{ "state", PLAIT_UDP_LEG_A_STATE, false },
	{ "heard", PLAIT_UDP_LEG_A_HEARD, false },
	{ "remote", PLAIT_UDP_LEG_A_REMOTE, true },
	{ "port", PLAIT_UDP_LEG_A_REMOTE_PORT, false },
	{ "observed", PLAIT_UDP_LEG_A_OBSERVED, true },
	{ "rtt", PLAIT_UDP_LEG_A_RTT, false },
	{ "behind", PLAIT_UDP_LEG_A_BEHIND, false },
	{ "loss", PLAIT_UDP_LEG_A_LOSS, false },
	{ "changes", PLAIT_UDP_LEG_A_ADDRESS_CHANGES, false },
	{ "mtu", PLAIT_UDP_LEG_A_PATH_MTU, false },
	{ "mtu-probes", PLAIT_UDP_LEG_A_PATH_MTU_PROBES, false },
	{ NULL, 0, false },
};

static void print_shown(const struct shown *shown, const struct nlattr *attrs, const void *end)
{
	char text[INET_ADDRSTRLEN];

	for (; shown->name; shown++) {
		const struct nlattr *attr = find(attrs, end, shown->type);

		if (!attr)
			continue;
		if (shown->address)
			printf("%s=%s ", shown->name,
			       inet_ntop(AF_INET, value_of(attr), text, sizeof(text)));
		else
			printf("%s=%llu ", shown->name, (unsigned long long)number_of(attr));
	}
	putchar('\n');
}

static void show(const char *link)
{
	const struct nlattr *legs, *one;

	begin(PLAIT_UDP_CMD_PEER_GET);
	put_index(PLAIT_UDP_A_IFINDEX, link);
	ask("show");
	print_shown(peer_shown, first_attribute(), answer_end());
	legs = find(first_attribute(), answer_end(), PLAIT_UDP_A_LEGS);
	for (one = value_of(legs); one < next_attribute(legs); one = next_attribute(one))
		print_shown(leg_shown, value_of(one), (const char *)one + one->nla_len);
}

/* Names of legs stand in a list of their own, wherever they stand in the text. */
static void put_rule(char *text)
{
	struct nlattr *rule = nest(PLAIT_A_RULE), *legs = NULL;
	char *names[16], *word, *rest = text;
	size_t count = 0, i;

	while ((word = strtok_r(rest, ",", &rest))) {
		if (!strncmp(word, "leg=", 4) && count < 16)
			names[count++] = word + 4;
		else
			put_word(rule_words, word);
	}
	if (count)
		legs = nest(PLAIT_RULE_A_LEGS);
	for (i = 0; i < count; i++)
		put(PLAIT_RULE_A_LEG, names[i], strlen(names[i]) + 1);
	if (legs)
		end_nest(legs);
	end_nest(rule);
}

static void set_rules(const char *link, const char *mask, char **texts)
{
	struct nlattr *rules;

	begin(PLAIT_CMD_RULES_SET);
	put_index(PLAIT_A_IFINDEX, link);
	put_u32(PLAIT_A_MARK_MASK, strtoul(mask, NULL, 0));
	rules = nest(PLAIT_A_RULES);
	for (; *texts; texts++)
		put_rule(*texts);
	end_nest(rules);
	ask("rules");
}

static const struct shown rule_shown[] = {
	{ "mark", PLAIT_RULE_A_MARK, false },	    { "else", PLAIT_RULE_A_ELSE, false },
	{ "order", PLAIT_RULE_A_ORDER, false },	    { "copies", PLAIT_RULE_A_COPIES, false },
	{ "packets", PLAIT_RULE_A_PACKETS, false }, { "elsewhere", PLAIT_RULE_A_ELSEWHERE, false },
	{ "copied", PLAIT_RULE_A_COPIED, false },   { "dropped", PLAIT_RULE_A_DROPPED, false },
	{ NULL, 0, false },
};

static void show_rules(const char *link)
{
	const struct nlattr *rules, *one, *legs, *leg;

	begin(PLAIT_CMD_RULES_GET);
	put_index(PLAIT_A_IFINDEX, link);
	ask("rules");
	rules = find(first_attribute(), answer_end(), PLAIT_A_RULES);
	for (one = value_of(rules); one < next_attribute(rules); one = next_attribute(one)) {
		legs = find(value_of(one), (const char *)one + one->nla_len, PLAIT_RULE_A_LEGS);
		for (leg = legs ? value_of(legs) : NULL; leg && leg < next_attribute(legs); leg = next_attribute(leg))
			printf("leg=%s ", (const char *)value_of(leg));
		print_shown(rule_shown, value_of(one), (const char *)one + one->nla_len);
	}
}

static void rules(const char *link, const char *mask, char **texts)
{
	open_family(PLAIT_GENL_NAME);
	if (mask)
		set_rules(link, mask, texts);
	else
		show_rules(link);
}

static void print_event(void)
{
	const struct nlattr *event = find(first_attribute(), answer_end(), PLAIT_UDP_A_EVENT);
	const struct nlattr *link = find(first_attribute(), answer_end(), PLAIT_UDP_A_IFNAME);
	const struct nlattr *leg = find(first_attribute(), answer_end(), PLAIT_UDP_A_LEG);

	printf("event=%llu link=%s", (unsigned long long)number_of(event),
	       link ? (const char *)value_of(link) : "");
	if (leg)
		printf(" leg=%llu", (unsigned long long)number_of(find(value_of(leg), next_attribute(leg),
								       PLAIT_UDP_LEG_A_NUMBER)));
	putchar('\n');
}

static void watch(int milliseconds)
{
	struct pollfd events = { .fd = netlink, .events = POLLIN };

	if (setsockopt(netlink, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, &events_group,
		       sizeof(events_group)) < 0)
		fail("watch", strerror(errno));
	/* Until nothing came for so long. */
	while (poll(&events, 1, milliseconds) > 0)
		if (recv(netlink, &answer, sizeof(answer), 0) > 0)
			print_event();
}

int main(int argc, char **argv)
{
	const char *command = argc > 1 ? argv[1] : "", *link = argc > 2 ? argv[2] : NULL;
	char **rest = argv + (argc > 4 ? 4 : argc);

	open_family(PLAIT_UDP_GENL_NAME);
	if (!strcmp(command, "key"))
		key(link);
	else if (link && !strcmp(command, "peer"))
		peer(link, argv + 3);
	else if (argc > 3 && !strcmp(command, "leg"))
		leg(link, argv[3], rest);
	else if (link && !strcmp(command, "forget"))
		forget(link, argc > 3 ? argv[3] : NULL, rest);
	else if (link && !strcmp(command, "show"))
		show(link);
	else if (link && !strcmp(command, "rules"))
		rules(link, argc > 3 ? argv[3] : NULL, rest);
	else if (link && !strcmp(command, "watch"))
		watch(atoi(link));
	else
		fail(command, "not a command: key, peer, leg, forget, show, rules, watch");
	return 0;
}
