# SPDX-License-Identifier: MIT
# Functions of the scripts beside: each prints a line, "ok …" or "not ok …" with what was seen instead.

# equals WHAT SEEN WANTED
equals() {
	if [ "$2" = "$3" ]; then
		echo "ok $1"
	else
		echo "not ok $1: \"$2\" instead of \"$3\""
	fi
}

# passes WHAT COMMAND…
passes() {
	what=$1
	shift
	if seen=$("$@" 2>&1); then
		echo "ok $what"
	else
		echo "not ok $what: $* failed: $seen"
	fi
}

# refuses WHAT WORDS COMMAND…: it fails, and these words tell why
refuses() {
	what=$1
	words=$2
	shift 2
	if seen=$("$@" 2>&1); then
		echo "not ok $what: $* did not fail"
	elif echo "$seen" | grep -q "$words"; then
		echo "ok $what"
	else
		echo "not ok $what: \"$seen\" does not say \"$words\""
	fi
}

# soon WHAT WANTED COMMAND…: within five seconds it prints that
soon() {
	what=$1
	wanted=$2
	shift 2
	tries=0
	while seen=$("$@" 2>&1); [ "$seen" != "$wanted" ] && [ $tries -lt 50 ]; do
		tries=$((tries + 1))
		sleep 0.1
	done
	equals "$what" "$seen" "$wanted"
}

FILES=/proc/sys/net/ipv4/multipath

# detail DEVICE WORD: what `ip -d link show` prints behind the word, in the part of the device's kind
detail() {
	ip -d link show dev "$1" | grep -o " $2 [^ ]*" | tail -n 1 | cut -d' ' -f3
}

# mtu DEVICE [in_b]. Not from /sys, which is that of another network namespace
mtu() {
	$2 ip link show dev "$1" | grep -o 'mtu [0-9]*'
}

# speed DEVICE
speed() {
	ethtool "$1" | sed -n 's/^\tSpeed: //p'
}

# counter DEVICE NAME: of ethtool -S
counter() {
	ethtool -S "$1" | sed -n "s/^ *$2: //p"
}

# in_b COMMAND…: in the other node
in_b() {
	nsenter --net=/run/netns/b -- "$@"
}

# port [in_b]: the device of the cable between them
port() {
	$1 ip -o -4 addr show | sed -n 's/^[0-9]*: \([^ ]*\) *inet 10\.0\.1\.[12]\/.*/\1/p'
}

# tunnels COUNT: hq of both nodes is there; gives it so many legs, hq.l1 and so on, and addresses 10.9.9.1 and .2
tunnels() {
	for n in $(seq "$1"); do
		ip addr add 10.0.1.${n}1/24 dev "$(port)"
		in_b ip addr add 10.0.1.${n}2/24 dev "$(port in_b)"
		ip link add hq.l$n type ipip local 10.0.1.${n}1 remote 10.0.1.${n}2 ttl 64
		in_b ip link add hq.l$n type ipip local 10.0.1.${n}2 remote 10.0.1.${n}1 ttl 64
		for end in '' in_b; do
			$end ip link set hq.l$n master hq
			$end ip link set hq.l$n up
		done
	done
	ip link set hq up
	in_b ip link set hq up
	ip addr add 10.9.9.1/24 dev hq
	in_b ip addr add 10.9.9.2/24 dev hq
}
