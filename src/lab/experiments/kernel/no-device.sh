# SPDX-License-Identifier: MIT
# A leg that is no network device: src/lab/kernel/modules/plait_test_leg.c.
TEST=/sys/module/plait_test_leg/parameters
set_test() {
	echo "$2" >$TEST/"$1"
}
carrier() {
	ip link show dev hq | grep -c NO-CARRIER
}
equals 'the module is there' "$(cat $TEST/carried)" 0
ip link add hq type plait
ip link set hq up
ip addr add 10.9.9.1/24 dev hq
equals 'without legs there is no carrier' "$(carrier)" 1
refuses 'a device that is not there' 'error' set_test join nowhere
refuses 'a device of another kind' 'error' set_test join lo
passes 'a leg that is no device joins' set_test join hq
equals 'the device has carrier' "$(carrier)" 0
equals 'and the MTU of its leg' "$(mtu hq)" 'mtu 1300'
equals 'the leg is known by its name' "$(cat $FILES/hq/weights); $(cat $FILES/hq/rates)" 'echo=1; echo=auto'

passes 'packets leave by it, and come back' ping -c 3 -i 0.05 -W 1 10.9.9.2
equals 'each is given to it' "$(cat $TEST/carried)" 3
equals 'and counted, both ways' "$(counter hq echo_tx_packets) $(counter hq echo_rx_packets)" '3 3'

set_test mtu 1200
equals 'another MTU' "$(mtu hq)" 'mtu 1200'
passes 'settings by name' sh -c "echo echo=7 >$FILES/hq/weights && echo echo=8000000 >$FILES/hq/rates"
equals 'are shown' "$(cat $FILES/hq/weights); $(cat $FILES/hq/rates)" 'echo=7; echo=8000000'
equals 'the speed of the device is that of its leg' "$(speed hq)" 8Mb/s

set_test running 0
equals 'a leg that can carry nothing: no carrier' "$(carrier)" 1
ping -c 2 -i 0.05 -W 0.2 10.9.9.2 >/dev/null 2>&1
equals 'and nothing is given to it' "$(cat $TEST/carried)" 3
set_test running 1
passes 'it carries again' ping -c 2 -i 0.05 -W 1 10.9.9.2

for scheduler in earliest backup; do
	ip link set hq type plait scheduler $scheduler
	before=$(cat $TEST/carried)
	passes "with the scheduler $scheduler, too" ping -c 3 -i 0.05 -W 1 10.9.9.2
	equals "each packet once, $scheduler" $(($(cat $TEST/carried) - before)) 3
done
ip link set hq type plait scheduler weighted

# Beside a leg that is a device.
ip link add out type dummy
ip link set out up
ip link add hq.1 type ipip local 192.0.2.1 remote 198.51.100.1 ttl 64 dev out
ip link set hq.1 master hq
ip link set hq.1 up
equals 'beside a device' "$(cat $FILES/hq/weights)" 'echo=7 hq.1=1'
before=$(cat $TEST/carried)
ping -c 16 -i 0.02 -W 0.1 10.9.9.2 >/dev/null 2>&1
equals 'each by its weight' "$(($(cat $TEST/carried) - before)) $(counter hq hq.1_tx_packets)" '14 2'

passes 'it leaves' set_test join ''
equals 'and the other stays' "$(cat $FILES/hq/weights) $(carrier)" 'hq.1=1 0'
set_test join hq
ip link del hq
equals 'a device that goes releases it' "$(cat $TEST/join)" ''
