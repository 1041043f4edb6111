# SPDX-License-Identifier: MIT
# What `ip link` makes, sets, refuses and shows.
refuses 'an unknown scheduler' 'no scheduler of this name' ip link add hq type plait scheduler nonsense
equals 'of a device that was refused nothing stays' "$(ip -br link | grep -c '^hq')" 0
passes 'a device with its settings' ip link add hq type plait scheduler earliest buffer on
equals 'its scheduler' "$(detail hq scheduler)" earliest
equals 'its buffer' "$(detail hq buffer)" on
equals 'the same in /proc' "$(cat $FILES/hq/scheduler $FILES/hq/bufferOn | tr '\n' ' ')" 'earliest 1 '
equals 'as JSON' "$(ip -d -j link show dev hq | grep -o '"info_data":{[^}]*}')" '"info_data":{"scheduler":"earliest","buffer":true}'
passes 'another scheduler' ip link set hq type plait scheduler weighted
equals 'is in use, and nothing else changed' "$(detail hq scheduler) $(detail hq buffer)" 'weighted on'
refuses 'an unknown scheduler for a device that is there' 'no scheduler of this name' ip link set hq type plait scheduler nonsense
refuses 'a word that is none' 'unknown option "colour"' ip link set hq type plait colour blue
refuses 'more receive queues' '1 receive queue' ip link add q numrxqueues 4 type plait
refuses 'other transmit queues' '2 transmit queues' ip link add q numtxqueues 1 type plait

refuses 'the name of a file in /proc' 'name is that of a file' ip link add bufferOn type plait
refuses 'that name for a device that is there' 'File exists' ip link set hq name bufferTotal
equals 'which keeps its own, and its files' "$(cat $FILES/hq/scheduler)" weighted
ip link set hq name hq2
equals 'the files follow another name' "$(cat $FILES/hq2/scheduler)" weighted
ip link set hq2 name hq

ip link add out type dummy
ip link set out up
for n in 1 2; do
	ip link add hq.$n type ipip local 192.0.2.1 remote 198.51.100.$n ttl 64 dev out
	ip link set hq.$n master hq
	ip link set hq.$n up
done
ip link set hq up
passes 'settings of a leg' ip link set hq.1 type plait_slave weight 3 rate 10mbit
equals 'are shown' "$(detail hq.1 weight) $(detail hq.1 rate) $(detail hq.1 enabled) $(detail hq.1 state)" '3 10mbit on live'
equals 'as JSON, too' "$(ip -d -j link show dev hq.1 | grep -o '"info_slave_data":{[^}]*}')" '"info_slave_data":{"weight":3,"priority":0,"rate":10000000,"enabled":true,"state":"live"}'
equals 'and in /proc' "$(cat $FILES/hq/weights); $(cat $FILES/hq/rates)" 'hq.1=3 hq.2=1; hq.1=10000000 hq.2=auto'
passes 'another scheduler, and priorities' ip link set hq type plait scheduler backup
passes 'of legs' ip link set hq.1 type plait_slave priority 7
equals 'are shown, too' "$(detail hq scheduler) $(detail hq.1 priority) $(detail hq.2 priority)" 'backup 7 0'
refuses 'a priority that is too high' 'priority is 0 to 255' ip link set hq.1 type plait_slave priority 256
ip addr add 10.9.9.1/24 dev hq
before=$(counter hq hq.1_tx_packets)
ping -c 5 -i 0.02 -W 0.1 10.9.9.2 >/dev/null 2>&1
equals 'while a leg of a lower number lives, no other carries' $(($(counter hq hq.1_tx_packets) - before)) 0
ip link set hq.2 down
ping -c 5 -i 0.02 -W 0.1 10.9.9.2 >/dev/null 2>&1
equals 'then the next one does' $(($(counter hq hq.1_tx_packets) - before)) 5
ip link set hq.2 up
ip addr del 10.9.9.1/24 dev hq
ip link set hq.1 type plait_slave priority 0
ip link set hq type plait scheduler weighted
echo 'hq.2=5000000' >$FILES/hq/rates
equals 'what is set in /proc is shown by ip' "$(detail hq.2 rate)" 5mbit
equals 'the speed of the device is that of its legs' "$(speed hq)" 15Mb/s
ip link set hq.2 type plait_slave enabled off
equals 'a leg that is disabled' "$(detail hq.2 state)" disabled
equals 'does not count' "$(speed hq)" 10Mb/s
ip link set hq.1 down
equals 'a leg that is down' "$(detail hq.1 state)" down

# Nothing says when it listens: the change is made again until it is seen.
ip monitor link >/run/monitor &
monitor=$!
told() {
	echo "$2" >"$FILES/hq/$1"
	echo "$3" >"$FILES/hq/$1"
	sleep 0.2
	grep -q "$4" /run/monitor && echo yes
}
soon 'ip monitor tells of a leg' yes told weights hq.1=7 hq.1=8 ' hq.1@'
soon 'and of the device' yes told scheduler earliest weighted ' hq: '
kill $monitor

ip link add hq.self type ipip local 192.0.2.1 remote 198.51.100.9 ttl 64 dev hq
refuses 'a leg that sends by the device itself' 'sends by the plait device itself' ip link set hq.self master hq
refuses 'a direct route with a larger MTU than the device below' 'MTU is larger' ip link add link out name d mtu 9000 type plait_direct

ip link add kept mtu 1500 type plait
ip link set out mtu 9000
ip link add link out name kept.d mtu 9000 type plait_direct
ip link set kept.d master kept
equals 'an MTU that was asked for stays' "$(mtu kept)" 'mtu 1500'
