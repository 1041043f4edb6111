################################################################################
#
# plait-agent
#
################################################################################

# Bundled by the image pipeline, which also writes `compile` beside it.
PLAIT_AGENT_SITE = $(BASE_DIR)/plait/agent
PLAIT_AGENT_SITE_METHOD = local
PLAIT_AGENT_LICENSE = MIT
PLAIT_AGENT_LICENSE_FILES = MIT.txt
PLAIT_AGENT_DEPENDENCIES = quickjs

# host-qjsc is of the same version as the library that the bytecode is linked with.
define PLAIT_AGENT_BUILD_CMDS
	cd $(@D) && $(TARGET_MAKE_ENV) QJSC=$(QUICKJS_DIR)/host-qjsc \
		CC="$(TARGET_CC)" STAGING_DIR="$(STAGING_DIR)" sh ./compile
endef

define PLAIT_AGENT_INSTALL_TARGET_CMDS
	$(INSTALL) -D -m 0755 $(@D)/plaitctl $(TARGET_DIR)/usr/bin/plaitctl
endef

$(eval $(generic-package))
