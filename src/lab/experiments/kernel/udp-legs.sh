# SPDX-License-Identifier: MIT
# UDP legs: two boxes, of which b is only heard; two legs by one cable. The attacker is in a.
HERE=10.0.1.1
THERE=10.0.1.2

# word NAME LINE: the value of a word
word() {
	echo "$2" | tr ' ' '\n' | sed -n "s/^$1=//p"
}
# far WORD [in_b]: of the far end of hq
far() {
	word "$1" "$($2 udp-legs show hq | head -n 1)"
}
# leg NUMBER WORD [in_b]
leg() {
	word "$2" "$($3 udp-legs show hq | sed -n "s/^leg=$1 /leg=$1 /p")"
}
# live [in_b]: how many legs are live
live() {
	$1 udp-legs show hq | grep -c 'state=2'
}
pings() {
	ping -c "$1" -i 0.01 -W 1 10.9.9.2
}

refuses 'a private key that is too short' 'out of range' udp-legs key 00ff
# shellcheck disable=SC2046
set -- $(udp-legs key) $(in_b udp-legs key) $(udp-legs key)
A_SECRET=$1 A_PUBLIC=$2 B_SECRET=$3 B_PUBLIC=$4 C_SECRET=$5
equals 'a public key follows from the private one' "$(udp-legs key "$A_SECRET")" "$A_PUBLIC"

for end in '' in_b; do
	$end ip link add hq type plait scheduler earliest
	$end ip link set hq up
done
ip addr add 10.9.9.1/24 dev hq
in_b ip addr add 10.9.9.2/24 dev hq
refuses 'a leg before there is a far end' 'no far end' udp-legs leg hq 0 name=one remote=$THERE port=5050
refuses 'a far end without a key' 'PEER_KEY is missing' udp-legs peer hq private="$A_SECRET"
refuses 'our own key as that of the far end' 'our own' udp-legs peer hq private="$A_SECRET" peer="$A_PUBLIC"
refuses 'a far end of lo' 'Not a plait device' udp-legs peer lo private="$A_SECRET" peer="$B_PUBLIC"
passes 'a far end' udp-legs peer hq private="$A_SECRET" peer="$B_PUBLIC"
passes 'that is heard' in_b udp-legs peer hq private="$B_SECRET" peer="$A_PUBLIC" listen=5050
equals 'no session without a leg' "$(far session)" 0
refuses 'a leg without an address' 'needs a name' udp-legs leg hq 0 name=one
refuses 'a leg to everybody' 'not that of one machine' udp-legs leg hq 0 name=one remote=255.255.255.255 port=5050
passes 'a leg' udp-legs leg hq 0 name=one uplink="$(port)" remote=$THERE port=5050
passes 'another leg' udp-legs leg hq 1 name=two remote=$THERE port=5050
refuses 'a name twice' 'another leg of this name' udp-legs leg hq 2 name=one remote=$THERE port=5050

soon 'the session is made' 2 far session
soon 'both legs live' 2 live
soon 'both come up where they are heard' 2 live in_b
equals 'and are called so' "$(leg 0 heard in_b)$(leg 0 heard)" 10
equals 'the far end tells what it sees of us' "$(leg 0 observed)" $HERE
equals 'the MTU leaves room for 60 bytes' "$(mtu hq)" 'mtu 1440'
equals 'legs are known by name' "$(cat $FILES/hq/weights)" 'one=1 two=1'
passes 'packets go there and back' pings 200
passes 'large ones, too' ping -c 20 -i 0.01 -s 1412 -M do -W 1 10.9.9.2
equals 'the largest packet is found by one probe, each way' "$(leg 0 mtu) $(leg 0 mtu-probes) $(leg 1 mtu in_b) $(leg 1 mtu-probes in_b)" '1500 1 1500 1'
ping -c 60 -i 0.01 -W 1 10.9.9.2 >/dev/null &
attack=$(udp-attack "$(port)" 200 50 icmp 600)
wait
passes 'somebody tells the far end that the path is small' test "$(word icmp "$attack")" = 50
passes 'full packets still pass whole' ping -c 20 -i 0.01 -s 1412 -M do -W 1 10.9.9.2
equals 'the far end believed nothing of it' "$(in_b ip route get $HERE | grep -c mtu) $(leg 0 mtu in_b) $(leg 0 mtu-probes in_b)" '0 1500 1'
passes 'a limit of the MTU' ip link set hq type plait mtulimit 1300
equals 'is kept' "$(mtu hq) $(detail hq mtulimit)" 'mtu 1300 1300'
ip link set "$(port)" mtu 1400
equals 'a smaller device lowers it only below that' "$(mtu hq)" 'mtu 1300'
ip link set hq type plait mtulimit none
soon 'without limit it follows' 'mtu 1340' mtu hq
equals 'what the device takes is known at once' "$(leg 0 mtu)" 1400
ip link set "$(port)" mtu 1500
soon 'a larger device is searched at once' 1500 leg 0 mtu
equals 'and its size used after a minute' "$(mtu hq)" 'mtu 1340'
sleep 61
soon 'that is now' 'mtu 1440' mtu hq
equals 'nothing failed authentication' "$(far bad)$(far bad in_b)" 00
equals 'and nothing came twice' "$(far replayed)$(far replayed in_b)" 00
for scheduler in weighted backup earliest; do
	ip link set hq type plait scheduler $scheduler
	passes "with the scheduler $scheduler" pings 50
done

# Keys and protection of others.
passes 'the far end has another protection' in_b udp-legs peer hq protect=2
soon 'which ends the session' 1 far session in_b
sleep 1
passes 'we have it, too' udp-legs peer hq protect=2
soon 'it is agreed' 2 far agreed
soon 'legs live again' 2 live
passes 'packets that are only signed' pings 50
udp-legs peer hq protect=1
in_b udp-legs peer hq protect=1
soon 'encrypted again' 1 far agreed
soon 'with both legs' 2 live
soon 'at the far end, too' 2 live in_b

# Somebody on the way.
before=$(in_b ip -s -j link show hq | grep -o '"rx":{"bytes":[0-9]*,"packets":[0-9]*')
moved="$(leg 0 changes in_b)$(leg 1 changes in_b)"
ping -c 100 -i 0.01 -W 1 10.9.9.2 >/dev/null &
attack=$(udp-attack "$(port)" 1500 20000 7)
wait
echo "# $attack"
passes 'packets were recorded' test "$(word recorded "$attack")" -gt 100
equals 'all that was sent again or spoilt was refused' \
	"$(in_b ip -s -j link show hq | grep -o '"rx":{"bytes":[0-9]*,"packets":[0-9]*' | cut -d: -f4)" \
	"$(($(echo "$before" | cut -d: -f4) + 100))"
passes 'as spoilt' test "$(far bad in_b)" -gt 1000
passes 'as seen before' test "$(far replayed in_b)" -gt 1000
equals 'no leg moved' "$(leg 0 changes in_b)$(leg 1 changes in_b)" "$moved"
passes 'packets go on' pings 50
udp-attack "$(port)" 1500 5000 8 10.0.1.77 >/dev/null &
pings 150 >/dev/null
wait
equals 'nor by packets of a forged source' "$(leg 0 remote in_b)$(leg 1 remote in_b)" "$HERE$HERE"
passes 'packets still go on' pings 50
equals 'both legs live' "$(live)$(live in_b)" 22

# Another address of ours, as behind a NAT that forgets.
ip addr add 10.0.1.91/24 dev "$(port)"
in_b udp-legs watch 1500 >/tmp/moved &
sleep 0.1
passes 'a leg leaves by another address' udp-legs leg hq 1 local=10.0.1.91
soon 'the far end follows' 10.0.1.91 leg 1 remote in_b
passes 'nothing is lost' pings 100
wait
equals 'which an event tells' "$(grep event=4 /tmp/moved)" 'event=4 link=hq leg=1'

# Somebody else's key.
in_b udp-legs peer hq peer="$(udp-legs key "$C_SECRET")"
in_b udp-legs watch 6000 >/tmp/stranger
equals 'a key of nobody is told, once' "$(grep event=5 /tmp/stranger)" 'event=5 link=hq'
equals 'and gets no session' "$(far session in_b)" 1
in_b udp-legs peer hq peer="$A_PUBLIC"
soon 'the right one does' 2 far session in_b

# The far end starts anew.
in_b udp-legs forget hq
in_b udp-legs peer hq private="$B_SECRET" peer="$A_PUBLIC" listen=5050
sleep 8
soon 'after a start of the far end there is a session again' 2 far session in_b
soon 'with both legs' 2 live
passes 'packets go' pings 50

refuses 'two links with one far end by one port' 'this far end' in_b sh -c "
	ip link add two type plait && udp-legs peer two private=$B_SECRET peer=$A_PUBLIC listen=5050"
refuses 'two private keys by one port' 'one private key' in_b udp-legs peer two private="$C_SECRET" peer="$A_PUBLIC" listen=5050
passes 'a leg goes' udp-legs forget hq 1
refuses 'once' 'no leg of this number' udp-legs forget hq 1
passes 'packets go by the other one' pings 50
passes 'the far end goes' udp-legs forget hq
equals 'and its legs' "$(cat $FILES/hq/weights)" ''
passes 'the link goes, with what is heard' in_b ip link del hq
passes 'and here' ip link del hq
