/* SPDX-License-Identifier: MIT */
/* Host keys live on the data partition; no agent, no X11, no relaying of other people's connections to the LAN. */
#define ED25519_PRIV_FILENAME "/data/dropbear/dropbear_ed25519_host_key"
#define RSA_PRIV_FILENAME "/data/dropbear/dropbear_rsa_host_key"
#define ECDSA_PRIV_FILENAME "/data/dropbear/dropbear_ecdsa_host_key"
#define DROPBEAR_DSS 0
#define DROPBEAR_X11FWD 0
#define DROPBEAR_SVR_AGENTFWD 0
#define DROPBEAR_SVR_REMOTETCPFWD 0
#define INETD_MODE 0
#define DO_MOTD 0
#define DROPBEAR_SFTPSERVER 0
