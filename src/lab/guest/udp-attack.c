// SPDX-License-Identifier: MIT
/*
 * Attacks a far end of UDP legs as somebody on the way can: records its datagrams, and sends them again, whole and spoilt.
 *
 *   udp-attack DEVICE MILLISECONDS COUNT SEED [SOURCE]
 *   udp-attack DEVICE MILLISECONDS COUNT icmp MTU
 *
 * Records what leaves by a device for so long, and then sends COUNT packets by it: each a recorded one, chosen at random, in one of
 * these ways by turns: as it was; with one bit of its payload flipped; cut; with bytes behind it; with the leg or index of another;
 * with random bytes; and, when SOURCE is given, from that address. Prints how many of each kind were sent. With "icmp", tells the far
 * end COUNT times that what it sends back needs fragmentation, beyond MTU, as a router would.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <netinet/ip.h>
#include <netinet/ip_icmp.h>
#include <netinet/udp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#define FRAMES_MAX 4096
#define FRAME_MAX 2048
#define HEADERS (ETH_HLEN + sizeof(struct iphdr) + sizeof(struct udphdr))

enum way { WHOLE, FLIPPED, CUT, LONGER, OTHER_INDEX, RANDOM, FORGED, WAYS };

static const char *const names[WAYS] = {
	"whole", "flipped", "cut", "longer", "other-index", "random", "forged",
};

struct frame {
	size_t length;
	uint8_t bytes[FRAME_MAX];
};

static struct frame recorded[FRAMES_MAX];
static size_t frames;

static void fail(const char *what)
{
	fprintf(stderr, "udp-attack: %s: %s\n", what, strerror(errno));
	exit(1);
}

static int open_device(const char *name)
{
	struct sockaddr_ll address = { .sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_ALL) };
	struct timeval wait = { .tv_usec = 10000 };
	int fd = socket(AF_PACKET, SOCK_RAW, htons(ETH_P_ALL));

	if (fd < 0)
		fail("packet socket");
	address.sll_ifindex = if_nametoindex(name);
	if (!address.sll_ifindex || bind(fd, (void *)&address, sizeof(address)) < 0)
		fail(name);
	if (setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof(wait)) < 0)
		fail("timeout");
	return fd;
}

static int is_datagram(const struct frame *frame)
{
	const struct iphdr *ip = (const void *)(frame->bytes + ETH_HLEN);

	return frame->length > HEADERS && frame->bytes[12] == 8 && frame->bytes[13] == 0 &&
	       ip->ihl == 5 && ip->protocol == IPPROTO_UDP;
}

static int64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000LL + now.tv_nsec / 1000000;
}

static void record(int fd, int64_t milliseconds)
{
	int64_t end = now_ms() + milliseconds;

	while (now_ms() < end && frames < FRAMES_MAX) {
		struct frame *frame = &recorded[frames];
		struct sockaddr_ll from;
		socklen_t size = sizeof(from);
		ssize_t length = recvfrom(fd, frame->bytes, FRAME_MAX - 64, 0, (void *)&from, &size);

		if (length < 0 || from.sll_pkttype != PACKET_OUTGOING)
			continue;
		frame->length = length;
		frames += is_datagram(frame);
	}
	if (!frames) {
		fprintf(stderr, "udp-attack: nothing was recorded\n");
		exit(1);
	}
}

static uint16_t checksum(const void *bytes, size_t length)
{
	const uint16_t *words = bytes;
	uint32_t sum = 0;
	size_t i;

	for (i = 0; i < length / 2; i++)
		sum += words[i];
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return ~sum;
}

/* Lengths and checksums become right, so that the packet gets as far as it can; UDP's is left out. */
static void mend_headers(struct frame *frame)
{
	struct iphdr *ip = (void *)(frame->bytes + ETH_HLEN);
	struct udphdr *udp = (void *)(ip + 1);

	ip->tot_len = htons(frame->length - ETH_HLEN);
	udp->len = htons(frame->length - ETH_HLEN - sizeof(*ip));
	udp->check = 0;
	ip->check = 0;
	ip->check = checksum(ip, sizeof(*ip));
}

/* Becomes the ICMP message, and quotes what the far end would have sent: the frame with its ends the other way round. */
static void complain(struct frame *frame, uint16_t mtu)
{
	struct iphdr *ip = (void *)(frame->bytes + ETH_HLEN);
	struct icmphdr *icmp = (void *)(ip + 1);
	struct iphdr quoted = *ip;
	struct udphdr udp = *(struct udphdr *)(ip + 1);
	size_t length = sizeof(*icmp) + sizeof(quoted) + sizeof(udp);
	uint16_t port = udp.source;

	quoted.saddr = ip->daddr;
	quoted.daddr = ip->saddr;
	quoted.frag_off = htons(IP_DF);
	quoted.tot_len = htons(1500);
	quoted.check = 0;
	quoted.check = checksum(&quoted, sizeof(quoted));
	udp.source = udp.dest;
	udp.dest = port;
	udp.len = htons(1480);
	ip->protocol = IPPROTO_ICMP;
	ip->tot_len = htons(sizeof(*ip) + length);
	ip->check = 0;
	ip->check = checksum(ip, sizeof(*ip));
	memset(icmp, 0, sizeof(*icmp));
	icmp->type = ICMP_DEST_UNREACH;
	icmp->code = ICMP_FRAG_NEEDED;
	icmp->un.frag.mtu = htons(mtu);
	memcpy(icmp + 1, &quoted, sizeof(quoted));
	memcpy((uint8_t *)(icmp + 1) + sizeof(quoted), &udp, sizeof(udp));
	icmp->checksum = checksum(icmp, length);
	frame->length = ETH_HLEN + sizeof(*ip) + length;
}

static int forge_icmp(int fd, size_t count, uint16_t mtu)
{
	static struct frame frame;
	size_t sent = 0, i;

	for (i = 0; i < count; i++) {
		frame = recorded[i % frames];
		complain(&frame, mtu);
		sent += send(fd, frame.bytes, frame.length, 0) == (ssize_t)frame.length;
	}
	printf("recorded=%zu icmp=%zu\n", frames, sent);
	return 0;
}

static void spoil(struct frame *frame, enum way way, uint32_t source)
{
	struct iphdr *ip = (void *)(frame->bytes + ETH_HLEN);
	uint8_t *payload = frame->bytes + HEADERS;
	size_t length = frame->length - HEADERS, i;

	switch (way) {
	case FLIPPED:
		payload[random() % length] ^= 1 << random() % 8;
		break;
	case CUT:
		frame->length = HEADERS + random() % length;
		break;
	case LONGER:
		frame->length += 1 + random() % 32;
		break;
	case OTHER_INDEX:
		payload[random() % 4] = random();
		break;
	case RANDOM:
		for (i = 4; i < length; i++)
			payload[i] = random();
		break;
	case FORGED:
		ip->saddr = source;
		break;
	default:
		break;
	}
	mend_headers(frame);
}

int main(int argc, char **argv)
{
	static struct frame frame;
	size_t sent[WAYS] = { 0 }, count, i;
	uint32_t source = 0;
	int fd, ways;

	if (argc < 5 || argc > 6) {
		fprintf(stderr, "udp-attack DEVICE MILLISECONDS COUNT SEED [SOURCE]\n");
		return 2;
	}
	fd = open_device(argv[1]);
	record(fd, atoll(argv[2]));
	count = strtoul(argv[3], NULL, 10);
	if (argc == 6 && !strcmp(argv[4], "icmp"))
		return forge_icmp(fd, count, atoi(argv[5]));
	srandom(atoi(argv[4]));
	if (argc == 6 && inet_pton(AF_INET, argv[5], &source) != 1)
		fail(argv[5]);
	ways = source ? WAYS : FORGED;
	for (i = 0; i < count; i++) {
		frame = recorded[random() % frames];
		spoil(&frame, i % ways, source);
		/* Now and then the receiver gets time to work at it. */
		if (i % 64 == 63)
			usleep(1000);
		sent[i % ways] += send(fd, frame.bytes, frame.length, 0) == (ssize_t)frame.length;
	}
	printf("recorded=%zu", frames);
	for (i = 0; i < (size_t)ways; i++)
		printf(" %s=%zu", names[i], sent[i]);
	putchar('\n');
	return 0;
}
