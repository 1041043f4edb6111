// SPDX-License-Identifier: MIT
/*
 * Opens and closes very many TCP connections, a process each for those at the same time: a shell's programs would
 * need two new ones for each connection.
 *
 *   connections serve PORT PARALLEL
 *   connections open ADDRESS PORT COUNT PARALLEL BYTES
 *
 * Each connection sends BYTES, is answered with as many, and ends; every eighth ends with a reset. `open` prints how many were
 * answered, and fails unless all were.
 */
#include <arpa/inet.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define RESET_EVERY 8

static void fail(const char *what)
{
	perror(what);
	exit(1);
}

static int number(const char *text)
{
	char *end;
	long value = strtol(text, &end, 10);

	if (end == text || *end || value < 1 || value > 10 * 1000 * 1000) {
		fprintf(stderr, "connections: %s is not a number from 1 to 10000000\n", text);
		exit(2);
	}
	return value;
}

static struct sockaddr_in address_of(const char *text, int port)
{
	struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons(port) };

	if (inet_pton(AF_INET, text, &address.sin_addr) != 1) {
		fprintf(stderr, "connections: %s is not an IPv4 address\n", text);
		exit(2);
	}
	return address;
}

/* Sends back what comes, once the other side has sent all of it. Resets of the other side are part of the plan. */
static void answer(int connection)
{
	static char data[1 << 16];
	size_t held = 0;
	ssize_t got;

	while (held < sizeof(data) && (got = read(connection, data + held, sizeof(data) - held)) > 0)
		held += got;
	if (held)
		send(connection, data, held, MSG_NOSIGNAL);
	close(connection);
}

static void serve(int port, int parallel)
{
	struct sockaddr_in address = address_of("0.0.0.0", port);
	int listener = socket(AF_INET, SOCK_STREAM, 0);
	int yes = 1;

	if (listener < 0 || setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes)) ||
	    bind(listener, (struct sockaddr *)&address, sizeof(address)) || listen(listener, 1024))
		fail("listen");
	while (--parallel > 0) {
		if (fork())
			continue;
		prctl(PR_SET_PDEATHSIG, SIGTERM);
		break;
	}
	for (;;) {
		int connection = accept(listener, NULL, NULL);

		if (connection >= 0)
			answer(connection);
	}
}

static int open_one(const struct sockaddr_in *to, int bytes, int reset)
{
	static char data[1 << 16];
	struct linger at_once = { .l_onoff = 1 };
	int connection = socket(AF_INET, SOCK_STREAM, 0);
	int left = bytes;
	ssize_t got;

	if (connection < 0)
		fail("socket");
	if (connect(connection, (const struct sockaddr *)to, sizeof(*to)))
		fail("connect");
	if (send(connection, data, bytes, MSG_NOSIGNAL) != bytes || shutdown(connection, SHUT_WR))
		fail("send");
	while (left > 0 && (got = read(connection, data, left)) > 0)
		left -= got;
	if (reset)
		setsockopt(connection, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
	else
		while (read(connection, data, sizeof(data)) > 0)
			;
	close(connection);
	return !left;
}

/* How many of @count were answered, over a pipe, since an exit status is too small. */
static void open_many(const struct sockaddr_in *to, int count, int bytes, int out)
{
	int answered = 0;
	int i;

	for (i = 0; i < count; i++)
		answered += open_one(to, bytes, i % RESET_EVERY == RESET_EVERY - 1);
	if (write(out, &answered, sizeof(answered)) != sizeof(answered))
		fail("write");
	exit(0);
}

static int open_all(const struct sockaddr_in *to, int count, int parallel, int bytes)
{
	int all = 0, answered;
	int ends[2];
	int i;

	if (pipe(ends))
		fail("pipe");
	for (i = 0; i < parallel; i++) {
		pid_t child = fork();

		if (child < 0)
			fail("fork");
		if (!child)
			open_many(to, count / parallel + (i < count % parallel), bytes, ends[1]);
	}
	close(ends[1]);
	while (read(ends[0], &answered, sizeof(answered)) == sizeof(answered))
		all += answered;
	while (wait(NULL) > 0)
		;
	printf("%d\n", all);
	return all == count ? 0 : 1;
}

int main(int argc, char **argv)
{
	if (argc == 4 && !strcmp(argv[1], "serve")) {
		serve(number(argv[2]), number(argv[3]));
	} else if (argc == 7 && !strcmp(argv[1], "open")) {
		struct sockaddr_in to = address_of(argv[2], number(argv[3]));
		int bytes = number(argv[6]);

		if (bytes <= 1 << 16)
			return open_all(&to, number(argv[4]), number(argv[5]), bytes);
	}
	fprintf(stderr, "usage: connections serve PORT PARALLEL\n"
			"       connections open ADDRESS PORT COUNT PARALLEL BYTES     (at most 65536 bytes)\n");
	return 2;
}
