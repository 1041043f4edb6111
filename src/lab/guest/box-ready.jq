# SPDX-License-Identifier: MIT
# Of `plaitctl status --json`: whether a box is up, so that a workload may begin. What waits as a backup need not carry.
(.uplinks | map(select(.standby).name)) as $standby
| (.applying | not)
and .config.source != "safe defaults"
and (.uplinks | all(.state | IN("missing", "no carrier", "no address", "down") | not))
and (.uplinks | map(select(.standby | not)) | all(.state != "dead" and .health.alive != false and .balance.live != false))
and ([.tunnels[].legs[]] | map(select(.uplink | IN($standby[]) | not)) | all(.live and .health.alive != false))
