# SPDX-License-Identifier: MIT
# The default route leads into the device, and the tunnel below it was made without a device of its own.
ip addr add 192.0.2.1/32 dev lo
ip link set lo up
ip link add hq type plait
echo "$SCHEDULER" >$FILES/hq/scheduler
ip link add hq.a type ipip local 192.0.2.1 remote 198.51.100.1 ttl 64
ip link set hq.a master hq
ip link set hq.a up
ip link set hq up
[ "$QDISC" = default ] || tc qdisc replace dev hq root "$QDISC"
ip addr add 10.9.9.1/24 dev hq
ip route replace default dev hq

ping -c 3 -i 0.05 -W 0.2 10.9.9.2 >/dev/null 2>&1
sent=$(counter hq hq.a_tx_packets)
echo "# sent $sent"
[ "$sent" -le 8 ] && echo 'ok three packets do not go round' || echo "not ok three packets do not go round: $sent were sent"
equals 'the leg is dead, and says why' "$(detail hq.a state)" loop
equals 'the device has no carrier' "$(ip link show dev hq | grep -c NO-CARRIER)" 1

# A route for the tunnel's own packets: the leg is tried, and stays.
ip link add out type dummy
ip link set out up
ip route add 198.51.100.1 dev out
soon 'with a route to the far end the leg lives again' live detail hq.a state
before=$(counter hq hq.a_tx_packets)
ping -c 3 -i 0.05 -W 0.2 10.9.9.2 >/dev/null 2>&1
equals 'and each packet is sent once' $(($(counter hq hq.a_tx_packets) - before)) 3
equals 'it still lives' "$(detail hq.a state)" live
