# SPDX-License-Identifier: MIT
# Rules of a link: what is refused, and by which legs marked packets leave, with every scheduler. `ping -m` sets the mark.
# rule NUMBER WORD: the value of a word of the rule with this mark
rule() {
	udp-legs rules hq | grep "mark=$1 " | tr ' ' '\n' | sed -n "s/^$2=//p"
}
# sent LEG [ARGUMENTS…]: how many of 20 pings left by a leg
sent() {
	before=$(counter hq "$1_tx_packets")
	shift
	ping -c 20 -i 0.01 -W 0.2 "$@" 10.9.9.2 >/dev/null 2>&1
}
by() {
	echo $(($(counter hq "$1_tx_packets") - before))
}
# marked LEG MARK: how many of 20 pings of this mark left by a leg
marked() {
	sent "$1" -m "$2"
	by "$1"
}

ip link add hq type plait
in_b ip link add hq type plait
tunnels 3
equals 'at first there are none' "$(udp-legs rules hq)" ''
refuses 'a link that is none' 'Not a plait device' udp-legs rules lo 0
refuses 'a mark beside the mask' 'has bits' udp-legs rules hq 0xf0 mark=1
refuses 'a mark twice' 'Another rule' udp-legs rules hq 0xf mark=1,leg=hq.l1 mark=1
refuses 'another way out than the two' 'out of range' udp-legs rules hq 0xf mark=1,else=2
refuses 'three copies' 'out of range' udp-legs rules hq 0xf mark=1,copies=3
refuses 'no copy' 'out of range' udp-legs rules hq 0xf mark=1,copies=0
refuses 'nine legs' 'at most 8' udp-legs rules hq 0xf mark=1,leg=1,leg=2,leg=3,leg=4,leg=5,leg=6,leg=7,leg=8,leg=9
# shellcheck disable=SC2046
refuses 'seventeen rules' 'at most 16' udp-legs rules hq 0xff $(seq -f 'mark=%g' 17)
equals 'nothing of that is left' "$(udp-legs rules hq)" ''
refuses 'who may not' 'not permitted' unshare --user udp-legs rules hq 0xf mark=1

passes 'three rules' udp-legs rules hq 0xf mark=1,leg=hq.l3,order=0 mark=2,leg=hq.l2,leg=nowhere,else=1 mark=3,copies=2
equals 'are shown' "$(udp-legs rules hq)" 'leg=hq.l3 mark=1 else=0 order=0 copies=1 packets=0 elsewhere=0 copied=0 dropped=0 
leg=hq.l2 leg=nowhere mark=2 else=1 order=1 copies=1 packets=0 elsewhere=0 copied=0 dropped=0 
mark=3 else=0 order=1 copies=2 packets=0 elsewhere=0 copied=0 dropped=0 '
for scheduler in weighted backup earliest; do
	ip link set hq type plait scheduler $scheduler
	equals "$scheduler: a leg for a mark" "$(marked hq.l3 1)" 20
	equals "$scheduler: bits beside the mask do not count" "$(marked hq.l2 82)" 20
	equals "$scheduler: device legs get no second copy" "$(rule 3 copied)" 0

	ip link set hq.l2 down
	ip link set hq.l3 down
	equals "$scheduler: its leg is down: by another one" "$(marked hq.l1 1)" 20
	equals "$scheduler: or by none" "$(marked hq.l1 2)" 0
	ip link set hq.l2 up
	ip link set hq.l3 up
	soon "$scheduler: it is up again" 20 marked hq.l3 1
done
equals 'what left elsewhere is counted' "$(rule 1 elsewhere)" 60
equals 'and what was dropped' "$(rule 2 dropped)" 60

ip link set hq.l3 name hq.x
equals 'a leg with another name is not meant' "$(marked hq.x 2)" 0
udp-legs rules hq 0xf mark=1,leg=hq.x
equals 'until it is named so' "$(marked hq.x 1)" 20
passes 'counters go on' [ "$(rule 1 packets)" -gt 100 ]
ip link set hq.x name hq.l3
udp-legs rules hq 0xf mark=1,leg=hq.l3
ip link set hq.l3 nomaster
equals 'a leg that left: by others' "$(marked hq.l3 1)" 0
ip link set hq.l3 master hq
soon 'one that came again' 20 marked hq.l3 1
passes 'no rules any more' udp-legs rules hq 0
equals 'none is shown' "$(udp-legs rules hq)" ''
udp-legs rules hq 0 leg=hq.l1
equals 'without a mask a rule is for all' "$(marked hq.l1 7)" 20
ip link del hq
