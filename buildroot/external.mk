# SPDX-License-Identifier: MIT

include $(sort $(wildcard $(BR2_EXTERNAL_PLAIT_PATH)/package/*/*.mk))

# The agent has the engine inside; the programs of QuickJS would be a megabyte for nobody.
define PLAIT_REMOVE_QUICKJS_PROGRAMS
	rm -rf $(TARGET_DIR)/usr/bin/qjs $(TARGET_DIR)/usr/bin/qjsc $(TARGET_DIR)/usr/lib/quickjs
endef
QUICKJS_POST_INSTALL_TARGET_HOOKS += PLAIT_REMOVE_QUICKJS_PROGRAMS

# The same small part of mbed TLS as with every engine; without the code for CPUs with AES instructions, which would
# bring SSE into an image for a CPU without it.
define PLAIT_CONFIGURE_MBEDTLS
	cp $(BR2_EXTERNAL_PLAIT_PATH)/../src/image/packages/mbedtls_config.h \
		$(@D)/include/mbedtls/mbedtls_config.h
endef
MBEDTLS_PRE_CONFIGURE_HOOKS += PLAIT_CONFIGURE_MBEDTLS

PLAIT_LINUX_CC_FLAGS = $(call qstrip,$(BR2_PLAIT_LINUX_CC_FLAGS))
ifneq ($(PLAIT_LINUX_CC_FLAGS),)
LINUX_MAKE_FLAGS += CC="$(TARGET_CROSS)gcc $(PLAIT_LINUX_CC_FLAGS)"
endif

# As in the toolchain that is taken by default: musl's floating point environment looks for SSE at run time, and no
# instruction of SSE may be in an image for a CPU without it.
define PLAIT_MUSL_WITHOUT_SSE
	$(SED) '/mxcsr/d' $(@D)/src/fenv/i386/fenv.s
endef
MUSL_PRE_CONFIGURE_HOOKS += PLAIT_MUSL_WITHOUT_SSE

# getty tries its next speed at a BREAK, and ends after 30 s there without a name: init starts it anew at the boot's speed.
# As in src/image/packages/busybox.ts.
define PLAIT_BUSYBOX_GETTY_SPEED
	$(SED) '/cfsetspeed(&G.tty_attrs, G.speeds\[baud_index\]);/{n;s/$$/ alarm(baud_index != 0 ? 30 : G.timeout);/}' \
		$(@D)/loginutils/getty.c
	grep -q 'alarm(baud_index' $(@D)/loginutils/getty.c
endef
BUSYBOX_POST_PATCH_HOOKS += PLAIT_BUSYBOX_GETTY_SPEED
