// SPDX-License-Identifier: GPL-2.0-only
/* UDP sockets: one for each port that is listened to, and one for each leg that was set. */
#include <linux/slab.h>
#include <net/ip.h>
#include <net/udp.h>
#include <net/udp_tunnel.h>

#include "plait_udp.h"

static struct plait_udp_socket *plait_udp_socket_new(struct plait_udp_net *pn, u16 port,
						     int uplink, int *error)
{
	struct udp_port_cfg config = {
		.family = AF_INET,
		.local_udp_port = htons(port),
		.bind_ifindex = uplink,
		.use_udp_checksums = true,
	};
	struct plait_udp_socket *socket = kzalloc(sizeof(*socket), GFP_KERNEL_ACCOUNT);

	*error = -ENOMEM;
	if (!socket)
		return NULL;
	*error = udp_sock_create(pn->net, &config, &socket->sock);
	if (*error) {
		kfree(socket);
		return NULL;
	}
	kref_init(&socket->ref);
	INIT_LIST_HEAD(&socket->list);
	socket->pn = pn;
	socket->port = port;
	socket->sock->sk->sk_allocation = GFP_ATOMIC;
	/* What ICMP says of path MTUs may be forged: it is neither taken nor looked up, only that of the device counts. */
	ip_sock_set_mtu_discover(socket->sock->sk, IP_PMTUDISC_INTERFACE);
	return socket;
}

/* From here on packets come in. */
static void plait_udp_socket_open(struct plait_udp_socket *socket)
{
	struct udp_tunnel_sock_cfg tunnel = {
		.sk_user_data = socket,
		.encap_type = 1,
		.encap_rcv = plait_udp_receive,
	};

	setup_udp_tunnel_sock(socket->pn->net, socket->sock, &tunnel);
}

/**
 * plait_udp_socket_listen() - the socket that listens to a port
 * @pn: in this namespace
 * @port: the port
 * @error: why there is none
 *
 * With RTNL. Return: the socket, of which the caller has a reference, or NULL.
 */
struct plait_udp_socket *plait_udp_socket_listen(struct plait_udp_net *pn, u16 port, int *error)
{
	struct plait_udp_socket *socket;

	ASSERT_RTNL();
	list_for_each_entry(socket, &pn->sockets, list)
		if (socket->port == port && kref_get_unless_zero(&socket->ref))
			return socket;
	socket = plait_udp_socket_new(pn, port, 0, error);
	if (!socket)
		return NULL;
	list_add(&socket->list, &pn->sockets);
	plait_udp_socket_open(socket);
	return socket;
}

/**
 * plait_udp_socket_own() - a socket of a leg's own
 * @peer: of the leg
 * @uplink: interface index that it is bound to; 0: none
 * @error: why there is none
 *
 * Return: the socket, of which the caller has a reference, or NULL.
 */
struct plait_udp_socket *plait_udp_socket_own(struct plait_udp_peer *peer, int uplink, int *error)
{
	struct plait_udp_socket *socket = plait_udp_socket_new(peer->pn, 0, uplink, error);

	if (!socket)
		return NULL;
	socket->peer = peer;
	plait_udp_socket_open(socket);
	return socket;
}

static void plait_udp_socket_free(struct kref *ref)
{
	struct plait_udp_socket *socket = container_of(ref, struct plait_udp_socket, ref);

	list_del(&socket->list);
	udp_tunnel_sock_release(socket->sock);
	/* Nobody receives by it any more … */
	synchronize_net();
	/* … and nothing that came by it waits. */
	plait_udp_handshake_forget(socket->pn, socket);
	kfree(socket);
}

/**
 * plait_udp_socket_put() - give back a reference
 * @socket: the socket, or NULL. With RTNL
 */
void plait_udp_socket_put(struct plait_udp_socket *socket)
{
	if (socket)
		kref_put(&socket->ref, plait_udp_socket_free);
}
