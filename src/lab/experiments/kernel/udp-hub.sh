# SPDX-License-Identifier: MIT
# A hub, which is b, and its branches, all of them in a: each a link of one UDP leg. $BRANCHES: how many.
HUB=10.0.1.2
PORT=5050
# Branches that carry packets.
SAMPLE="1 $((BRANCHES / 2)) $BRANCHES"

# free: kibibytes that are free when what can be given back has been
free() {
	echo 3 >/proc/sys/vm/drop_caches
	sleep 1
	sed -n 's/^MemFree: *\([0-9]*\) kB/\1/p' /proc/meminfo
}
# live: branches whose session stands and whose leg is live, as the hub sees it
live() {
	for n in $BRANCHES_ALL; do
		in_b udp-legs show c$n
	done | grep -c 'state=2'
}
# pings BRANCH COUNT
pings() {
	ping -c "$2" -i 0.02 -W 1 10.8.$(($1 / 256)).$(($1 % 256))
}

BRANCHES_ALL=$(seq "$BRANCHES")
# shellcheck disable=SC2046
set -- $(udp-legs key)
HUB_PRIVATE=$1 HUB_PUBLIC=$2
for n in $BRANCHES_ALL; do
	udp-legs key
done >/tmp/keys

# The first brings what all share.
in_b ip link add first type plait scheduler earliest
in_b udp-legs peer first private="$HUB_PRIVATE" peer="$(udp-legs key | cut -d' ' -f2)" listen=$PORT
before=$(free)
n=0
while read -r private public; do
	n=$((n + 1))
	in_b ip link add c$n type plait scheduler earliest
	in_b ip link set c$n up
	in_b udp-legs peer c$n private="$HUB_PRIVATE" peer="$public" listen=$PORT
done </tmp/keys
waiting=$(free)

# No branch reaches it yet.
ip link set "$(port)" down
n=0
while read -r private public; do
	n=$((n + 1))
	ip link add c$n type plait scheduler earliest
	ip link set c$n up
	udp-legs peer c$n private="$private" peer="$HUB_PUBLIC"
	udp-legs leg c$n 0 name=up remote=$HUB port=$PORT
done </tmp/keys
alone=$(free)
ip link set "$(port)" up
began=$(cut -d' ' -f1 /proc/uptime)
tries=0
while [ "$(live)" != "$BRANCHES" ] && [ $tries -lt 60 ]; do
	tries=$((tries + 1))
	sleep 1
done
ended=$(cut -d' ' -f1 /proc/uptime)
equals 'all branches have a session and a live leg' "$(live)" "$BRANCHES"
joined=$(free)
echo "waiting $(((before - waiting) * 100 / BRANCHES))"
# What a session takes at both ends counts as the hub's.
echo "idle $(((before - waiting + alone - joined) * 100 / BRANCHES))"
echo "ready $(echo "$ended $began" | sed 's/\.//g' | { read -r end begin; echo $((end - begin)); })"

for n in $SAMPLE; do
	there=10.8.$((n / 256)).$((n % 256))
	in_b ip addr add $there/32 dev c$n
	in_b ip route add 10.7.$((n / 256)).$((n % 256))/32 dev c$n
	ip addr add 10.7.$((n / 256)).$((n % 256))/32 dev c$n
	ip route add $there/32 dev c$n
	passes "packets of branch $n" pings $n 20
done

# Others do not notice that one goes and comes back with another key.
pings "$BRANCHES" 100 >/tmp/others &
in_b ip link del c1
# shellcheck disable=SC2046
set -- $(udp-legs key)
in_b ip link add c1 type plait scheduler earliest
in_b ip link set c1 up
in_b udp-legs peer c1 private="$HUB_PRIVATE" peer="$2" listen=$PORT
udp-legs peer c1 private="$1"
wait
equals 'no packet of another branch was lost meanwhile' \
	"$(sed -n 's/.* \([0-9]*\) \(packets \)\{0,1\}received.*/\1/p' /tmp/others)" 100
soon 'the branch with the new key is there' 1 sh -c "nsenter --net=/run/netns/b -- udp-legs show c1 | grep -c state=2"
