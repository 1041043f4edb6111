// SPDX-License-Identifier: MIT
/*
 * A line between two TAP devices that carries what a delivery trace says. Each line of a trace is a millisecond at which
 * 1500 bytes of IP packets may leave; the trace begins anew at its end (the format of Mahimahi, its man page mm-link(1)).
 * What no packet uses is gone. Packets wait in order, and those that find the queue full are dropped.
 *
 *   trace-line LEFT RIGHT LIMIT TRACE LIMIT TRACE
 *
 * The first limit (in packets) and trace are for what goes from device LEFT to device RIGHT, the others for the way back.
 * The signal USR1 begins both traces anew.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/if.h>
#include <linux/if_tun.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#define DELIVERY 1500
#define ETHERNET_HEADER 14
#define FRAME_MAX 65600
#define LIMIT_MAX 100000
#define MS 1000000LL

struct packet {
	struct packet *next;
	size_t length;
	size_t left;
	unsigned char frame[];
};

struct direction {
	int from, to;
	unsigned int limit, waiting;
	struct packet *first, **end;
	int64_t *deliveries;
	size_t count, position;
	/* When the current round of the trace began, and how long one is, ns. */
	int64_t round, period;
};

static volatile sig_atomic_t begin_anew;

static void on_signal(int number)
{
	(void)number;
	begin_anew = 1;
}

static void fail(const char *what)
{
	perror(what);
	exit(1);
}

static void *allocate(size_t size)
{
	void *memory = malloc(size);

	if (!memory)
		fail("memory");
	return memory;
}

static int64_t now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return time.tv_sec * 1000 * MS + time.tv_nsec;
}

static int open_tap(const char *name)
{
	struct ifreq request = { .ifr_flags = IFF_TAP | IFF_NO_PI };
	int fd = open("/dev/net/tun", O_RDWR | O_NONBLOCK);

	if (fd < 0)
		fail("/dev/net/tun");
	snprintf(request.ifr_name, sizeof(request.ifr_name), "%s", name);
	if (ioctl(fd, TUNSETIFF, &request))
		fail(name);
	return fd;
}

/* The laboratory has checked the file: whole numbers that never fall, the last above zero. */
static void read_trace(struct direction *way, const char *path)
{
	FILE *file = fopen(path, "r");
	size_t room = 1024;
	long long ms;

	if (!file)
		fail(path);
	way->deliveries = allocate(room * sizeof(*way->deliveries));
	while (fscanf(file, "%lld", &ms) == 1) {
		if (way->count == room) {
			room *= 2;
			way->deliveries = realloc(way->deliveries, room * sizeof(*way->deliveries));
			if (!way->deliveries)
				fail("memory");
		}
		way->deliveries[way->count++] = ms * MS;
	}
	fclose(file);
	if (!way->count || way->deliveries[way->count - 1] <= 0) {
		fprintf(stderr, "trace-line: %s has no delivery after 0 ms\n", path);
		exit(2);
	}
	way->period = way->deliveries[way->count - 1];
}

static void set_up(struct direction *way, int from, int to, const char *limit, const char *trace)
{
	way->from = from;
	way->to = to;
	way->limit = strtoul(limit, NULL, 10);
	way->end = &way->first;
	if (way->limit < 1 || way->limit > LIMIT_MAX) {
		fprintf(stderr, "trace-line: a queue of %s packets is not from 1 to %d\n", limit, LIMIT_MAX);
		exit(2);
	}
	read_trace(way, trace);
}

static void restart(struct direction *way, int64_t at)
{
	way->position = 0;
	way->round = at;
}

static int64_t next_delivery(const struct direction *way)
{
	return way->round + way->deliveries[way->position];
}

static void skip_delivery(struct direction *way)
{
	if (++way->position < way->count)
		return;
	way->position = 0;
	way->round += way->period;
}

static void send_first(struct direction *way)
{
	struct packet *packet = way->first;

	way->first = packet->next;
	if (!way->first)
		way->end = &way->first;
	way->waiting--;
	/* A device that is down or full loses the frame, as a line would. */
	if (write(way->to, packet->frame, packet->length) < 0 && errno != EIO && errno != EAGAIN && errno != ENOBUFS)
		fail("write");
	free(packet);
}

static void deliver(struct direction *way)
{
	size_t bytes = DELIVERY;

	while (way->first && bytes) {
		size_t part = way->first->left < bytes ? way->first->left : bytes;

		bytes -= part;
		way->first->left -= part;
		if (!way->first->left)
			send_first(way);
	}
}

/* All deliveries up to now, for what waited before. */
static void catch_up(struct direction *way, int64_t at)
{
	while (next_delivery(way) <= at) {
		deliver(way);
		skip_delivery(way);
	}
}

static void take_in(struct direction *way)
{
	static unsigned char frame[FRAME_MAX];
	ssize_t got;

	while ((got = read(way->from, frame, sizeof(frame))) > 0) {
		struct packet *packet;

		if (way->waiting >= way->limit)
			continue;
		packet = allocate(sizeof(*packet) + got);
		packet->next = NULL;
		packet->length = got;
		packet->left = got > ETHERNET_HEADER ? got - ETHERNET_HEADER : 1;
		memcpy(packet->frame, frame, got);
		*way->end = packet;
		way->end = &packet->next;
		way->waiting++;
	}
	if (got < 0 && errno != EAGAIN && errno != EIO)
		fail("read");
}

/* Sleeps until a frame comes, a delivery is due for one that waits, or a signal comes. */
static void await(const struct direction *ways, const sigset_t *signals)
{
	struct pollfd ready[2] = {
		{ .fd = ways[0].from, .events = POLLIN },
		{ .fd = ways[1].from, .events = POLLIN },
	};
	int64_t until = INT64_MAX, left;
	struct timespec sleep;
	int i;

	for (i = 0; i < 2; i++) {
		if (ways[i].first && next_delivery(&ways[i]) < until)
			until = next_delivery(&ways[i]);
	}
	left = until == INT64_MAX ? 0 : until - now();
	if (left < 0)
		left = 0;
	sleep.tv_sec = left / (1000 * MS);
	sleep.tv_nsec = left % (1000 * MS);
	if (ppoll(ready, 2, until == INT64_MAX ? NULL : &sleep, signals) < 0 && errno != EINTR)
		fail("ppoll");
}

int main(int argc, char **argv)
{
	static struct direction ways[2];
	struct sigaction action = { .sa_handler = on_signal };
	sigset_t blocked, before;
	int left, right, i;

	if (argc != 7) {
		fprintf(stderr, "usage: trace-line LEFT RIGHT LIMIT TRACE LIMIT TRACE\n");
		return 2;
	}
	/* USR1 comes only while sleeping, so that it is never missed. */
	sigemptyset(&blocked);
	sigaddset(&blocked, SIGUSR1);
	sigprocmask(SIG_BLOCK, &blocked, &before);
	sigaction(SIGUSR1, &action, NULL);
	left = open_tap(argv[1]);
	right = open_tap(argv[2]);
	set_up(&ways[0], left, right, argv[3], argv[4]);
	set_up(&ways[1], right, left, argv[5], argv[6]);
	for (i = 0; i < 2; i++)
		restart(&ways[i], now());
	for (;;) {
		await(ways, &before);
		for (i = 0; i < 2; i++) {
			int64_t at = now();

			catch_up(&ways[i], at);
			if (begin_anew)
				restart(&ways[i], at);
			take_in(&ways[i]);
		}
		begin_anew = 0;
	}
}
