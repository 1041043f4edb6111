################################################################################
#
# plait-kmod
#
################################################################################

PLAIT_KMOD_SITE = $(BR2_EXTERNAL_PLAIT_PATH)/../src/kmod
PLAIT_KMOD_SITE_METHOD = local
PLAIT_KMOD_LICENSE = GPL-2.0
PLAIT_KMOD_LICENSE_FILES = GPL-2.0-only.txt
PLAIT_KMOD_MODULE_SUBDIRS = linux

# The licence text stands once in the repository, outside of the module's folder.
define PLAIT_KMOD_COPY_LICENSE
	cp $(BR2_EXTERNAL_PLAIT_PATH)/../LICENSES/GPL-2.0-only.txt $(@D)
endef
PLAIT_KMOD_POST_RSYNC_HOOKS += PLAIT_KMOD_COPY_LICENSE

# What src/kmod/README.md says that the modules need.
define PLAIT_KMOD_LINUX_CONFIG_FIXUPS
	$(call KCONFIG_ENABLE_OPT,CONFIG_NET)
	$(call KCONFIG_ENABLE_OPT,CONFIG_INET)
	$(call KCONFIG_ENABLE_OPT,CONFIG_PROC_SYSCTL)
	$(call KCONFIG_ENABLE_OPT,CONFIG_NET_NS)
	$(call KCONFIG_ENABLE_OPT,CONFIG_NETFILTER)
	$(call KCONFIG_ENABLE_OPT,CONFIG_NF_CONNTRACK)
	$(call KCONFIG_ENABLE_OPT,CONFIG_NF_CONNTRACK_MARK)
	$(call KCONFIG_ENABLE_OPT,CONFIG_IP_MULTIPLE_TABLES)
endef

$(eval $(kernel-module))
$(eval $(generic-package))
