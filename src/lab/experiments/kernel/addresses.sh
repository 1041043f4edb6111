# SPDX-License-Identifier: MIT
# No IPv6 addresses of themselves: not on the device, whatever its MTU was meanwhile, and not on its legs.
echo 0 >/proc/sys/net/ipv6/conf/all/disable_ipv6
echo 0 >/proc/sys/net/ipv6/conf/default/disable_ipv6
ip link add out type dummy
ip link set out up
ip link add hq type plait
ip link add hq.1 type gre local 192.0.2.1 remote 198.51.100.1 ttl 64 dev out
ip link set hq.1 master hq
ip link set hq.1 up
ip link set hq up
sleep 2
link_local() {
	ip -6 addr show dev "$1" | grep -c fe80
}
equals 'the leg' "$(link_local hq.1)" 0
equals 'the device' "$(link_local hq)" 0
ip link set hq mtu 1200
ip link set hq mtu 1400
sleep 2
equals 'the device, after an MTU too small for IPv6' "$(link_local hq)" 0
ip -6 addr add 2001:db8::1/64 dev hq
equals 'an address that somebody gives it' "$(ip -6 addr show dev hq | grep -c 'inet6 2001:db8::1/64')" 1
ip link set hq.1 nomaster
ip link set hq.1 down
ip link set hq.1 up
sleep 2
equals 'a leg that was released has one again' "$(link_local hq.1)" 1
