# SPDX-License-Identifier: MIT
# What comes in by several legs and is forwarded by a device with several queues: packets of a flow stay in one of them.
echo 1 >/proc/sys/net/ipv4/ip_forward
ip link add hq type plait buffer on
in_b ip link add hq type plait
tunnels 2
in_b ip route add 10.8.0.0/24 dev hq
ip link add out numtxqueues 4 type dummy
ip link set out up
ip addr add 10.8.0.1/24 dev out
tc qdisc replace dev out root handle 1: mq
in_b ping -c 40 -i 0.01 -W 0.1 10.8.0.2 >/dev/null 2>&1
# sent: packets in each queue that has some
sent() {
	tc -s qdisc show dev out | grep -A 1 ' parent 1:' | sed -n 's/^ Sent [0-9]* bytes \([0-9]*\) pkt.*/\1/p' | grep -v '^0$' | tr '\n' ' '
}
equals 'one queue has all packets' "$(sent)" '40 '
equals 'they came by both legs' "$(counter hq hq.l1_rx_packets) $(counter hq hq.l2_rx_packets)" '20 20'
