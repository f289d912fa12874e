# SPDX-License-Identifier: Apache-2.0
# The rules of Makefile, for names without blanks. Internal variables are in small letters, as no environment has them.

# A name without a slash is a folder of boards/.
board_dir := $(if $(findstring /,$(BOARD)),$(BOARD:/=),boards/$(BOARD))
ifeq ($(wildcard $(board_dir)/board.mk),)
$(error unknown BOARD '$(BOARD)'; known boards: $(boards))
endif
ECGP_INTERRUPTS := 0
include $(board_dir)/board.mk
ifeq ($(wildcard $(MODEL_DIR)/sources.mk),)
$(error no generated model in MODEL_DIR '$(MODEL_DIR)': it has no sources.mk)
endif
include $(MODEL_DIR)/sources.mk
ifneq ($(RUNTIME),$(ECGP_RUNTIME))
$(error RUNTIME is '$(RUNTIME)', but the model in $(MODEL_DIR) was generated for '$(ECGP_RUNTIME)')
endif
ifeq ($(wildcard $(APP)/*.c),)
$(error no program in APP '$(APP)': it has no C file)
endif
ifeq ($(RUNTIME),tflm)
ifeq ($(and $(TFLM_LIB),$(TFLM_INCLUDE)),)
$(error RUNTIME=tflm links your build of TFLM: set TFLM_LIB (libtensorflow-microlite.a) and TFLM_INCLUDE (its include folders))
endif
endif

# What the program needs besides the model: APP_UART=1 (a UART), APP_LINK=1 (frames over it, and the board's name),
# APP_PORT (a file of platform/ in place of semihosting.c), APP_ECG (files of lib/ecg), APP_FLAGS (macros).
override undefine APP_UART
override undefine APP_LINK
override undefine APP_PORT
override undefine APP_ECG
override undefine APP_FLAGS
-include $(APP)/app.mk
ifneq ($(and $(APP_UART),$(filter-out host,$(BOARD)),$(if $(ECGP_UART),,none)),)
$(error the program in $(APP) needs a UART, and BOARD '$(BOARD)' has no ECGP_UART in its board.mk)
endif

# ---- products
comma := ,
frames := $(if $(APP_LINK),platform/link.c platform/fault.c)
ifeq ($(BOARD),host)
platform := platform/host.c $(if $(APP_UART),platform/uart_host.c) $(frames)
image    := $(OUT)/firmware
products := $(image)
else
platform := platform/$(or $(APP_PORT),semihosting).c platform/startup.c platform/stack.c platform/vectors.S \
            $(if $(ECGP_BOOT),platform/boot_$(ECGP_BOOT).S) \
            $(if $(APP_UART),platform/uart.c platform/uart_$(ECGP_UART).c) $(frames)
image    := $(OUT)/firmware.elf
# The counting plugin is host code: without a host compiler the firmware still builds, and `run` says that it counted
# nothing.
plugin   := $(if $(shell command -v $(HOSTCC) 2>/dev/null),$(OUT)/insn_count.so)
products := $(image) $(OUT)/firmware.bin $(OUT)/firmware.hex $(plugin)
endif

# ---- sources: the program, the platform, exactly the kernels that the model calls, the model
sources := $(platform) $(addprefix lib/nn/,$(ECGP_KERNELS)) $(addprefix lib/ecg/,$(sort $(ECGP_PREPROCESSING) $(APP_ECG)))
objects := $(patsubst $(APP)/%,$(OUT)/obj/app/%.o,$(sort $(wildcard $(APP)/*.c))) $(sources:%=$(OUT)/obj/%.o) \
           $(ECGP_GENERATED:%=$(OUT)/obj/model/%.o)

# ---- compiler: for a core, clang takes the ABI, the headers, the linker and the libraries of the cross compiler
is_clang := $(filter clang clang-%,$(notdir $(firstword $(CC))))
headers   = $(filter %/newlib.h,$(shell $(CROSS)gcc -include newlib.h -M -xc /dev/null))
cc       := $(CC)$(if $(is_clang),$(if $(filter host,$(BOARD)),, --target=arm-none-eabi -fshort-enums $(addprefix -isystem ,$(dir $(headers)))))
ld       := $(if $(and $(is_clang),$(filter-out host,$(BOARD))),$(CROSS)gcc,$(CC))

# ---- flags
warnings := -Wall -Wextra -Wpedantic -Wconversion $(if $(filter 1,$(WERROR)),-Werror)
# No path of this machine may reach the image: the same sources give the same bytes in any folder.
map       = $(call quoted,-ffile-prefix-map=$1=$2)
maps     := $(call map,$(MODEL_DIR),model) $(call map,$(abspath $(MODEL_DIR)),model) \
            $(if $(filter /%,$(APP)),$(call map,$(APP),app)) \
            $(call map,$(abspath $(OUT)),out) $(call map,$(CURDIR),firmware)
# lib/nn must know of a register that flags keep from it: GCC has no macro for that. Nor has clang before 17 of alignment.
reserved := $(if $(filter -ffixed-r9 -msingle-pic-base,$(ECGP_CPU) $(FLAGS)),-DECGP_RESERVED_R9=1) \
            $(if $(filter -mno-unaligned-access,$(ECGP_CPU) $(FLAGS)),-DECGP_UNALIGNED=0)
uart     := $(if $(APP_UART),$(foreach name,BASE IRQ TX_IRQ ERROR_IRQ CLOCK_HZ CR SETUP,\
              $(if $(ECGP_UART_$(name)),$(call quoted,-DECGP_UART_$(name)=$(ECGP_UART_$(name))))))
setup    := $(if $(ECGP_SETUP),$(call quoted,-DECGP_SETUP=$(ECGP_SETUP)))
about    := $(if $(APP_LINK),$(call quoted,-DECGP_BOARD_NAME="$(notdir $(BOARD))") \
              $(call quoted,-DECGP_BOARD_CORE="$(ECGP_CORE)") -DECGP_BOARD_CLOCK_HZ=$(or $(ECGP_CLOCK_HZ),0)u)
common   := $(ECGP_CPU) -g -ffunction-sections -fdata-sections -fno-common $(maps) \
            -Ilib/nn -Ilib/ecg -Iplatform $(reserved) \
            $(if $(TRACE),-DECGP_TRACE_ENABLED) $(if $(filter tflm,$(RUNTIME)),-DECGP_CONSTRUCTORS) $(setup) $(uart) \
            $(about) $(if $(filter host,$(BOARD)),,-fstack-usage) \
            $(if $(SANITIZE),-fsanitize=address$(comma)undefined -fno-sanitize-recover=all -fno-omit-frame-pointer)
image_includes := -I$(APP) -I$(MODEL_DIR)
cflags    = -std=c99 $(warnings) $(common) $(of_image) $(APP_FLAGS) $(optimize) $(FLAGS)
cxxflags  = -std=c++17 -Wall -Wextra -fno-exceptions -fno-rtti -fno-threadsafe-statics -fno-use-cxa-atexit \
            -DTF_LITE_STATIC_MEMORY $(TFLM_FLAGS) $(common) $(of_image) $(addprefix -isystem ,$(TFLM_INCLUDE)) $(optimize) $(FLAGS)
asflags   = $(ECGP_CPU) -DECGP_INTERRUPTS=$(ECGP_INTERRUPTS)
link     := $(if $(filter tflm,$(RUNTIME)),$(CXX),$(ld))
libs     := $(if $(filter tflm,$(RUNTIME)),$(TFLM_LIB) -lm)
ifeq ($(BOARD),host)
ldflags  := $(if $(SANITIZE),-fsanitize=address$(comma)undefined) $(FLAGS)
else
ldflags  := $(ECGP_CPU) $(FLAGS) $(if $(is_clang),-Wl$(comma)-z$(comma)noexecstack) -nostartfiles -static -Wl,--gc-sections -Wl,--build-id=none \
            -Wl,--defsym=ecgp_stack_bytes=$(STACK) \
            -Wl,-Map=$(OUT)/firmware.map -T $(board_dir)/memory.ld -T platform/sections.ld \
            $(if $(filter tflm,$(RUNTIME)),--specs=nano.specs --specs=nosys.specs)
endif

# The libraries see no header of the application or the model: ccache finds them by their sources, in whatever folder.
$(OUT)/obj/%.o: of_image := $(image_includes)
$(OUT)/obj/lib/%.o: of_image :=

# Model and kernels are built for speed. The rest is built for size; its loops must stay loops, for memcpy and memset
# may only be in an image whose model needs them.
$(OUT)/obj/%.o: optimize := -Os $(if $(is_clang),-fno-builtin,-fno-tree-loop-distribute-patterns)
$(OUT)/obj/lib/nn/%.o $(OUT)/obj/lib/ecg/%.o $(OUT)/obj/model/%.o: optimize := $(OPT)

all: $(products) ## build the image: ELF, .bin, .hex, .map (host: one program)

$(image): $(objects) $(OUT)/flags.txt $(wildcard $(board_dir)/memory.ld platform/sections.ld)
	@$(link) $(ldflags) $(objects) $(libs) -o $@

$(OUT)/firmware.bin: $(image)
	@$(CROSS)objcopy -O binary $< $@

$(OUT)/firmware.hex: $(image)
	@$(CROSS)objcopy -O ihex $< $@

$(OUT)/insn_count.so: $(OUT)/insn_count.o
	@$(HOSTCC) -shared $< -o $@

$(OUT)/insn_count.o: tools/insn_count.c $(wildcard tools/*.h)
	@mkdir -p $(@D)
	@$(HOSTCC) -std=c99 $(warnings) -O2 -fPIC -c $< -o $@

define compile
	@mkdir -p $(@D)
	@$(cc) $(cflags) -MMD -MP -c $< -o $@
endef

$(OUT)/obj/model/%.c.o: $(MODEL_DIR)/%.c $(OUT)/flags.txt
	$(compile)

$(OUT)/obj/app/%.c.o: $(APP)/%.c $(OUT)/flags.txt
	$(compile)

$(OUT)/obj/%.c.o: %.c $(OUT)/flags.txt
	$(compile)

$(OUT)/obj/%.S.o: %.S $(OUT)/flags.txt
	@mkdir -p $(@D)
	@$(cc) $(asflags) -MMD -MP -c $< -o $@

$(OUT)/obj/model/%.cc.o: $(MODEL_DIR)/%.cc $(OUT)/flags.txt
	@mkdir -p $(@D)
	@$(CXX) $(cxxflags) -MMD -MP -c $< -o $@

# Changed only when the flags are, so that other flags in the same OUT build anew.
$(OUT)/flags.txt: FORCE
	$(shell mkdir -p $(@D))$(file >$@.new,$(cc) $(CXX) $(cflags) $(image_includes) $(asflags) $(OPT) $(ldflags) $(libs) $(objects))
	@cmp -s $@.new $@ && rm $@.new || mv $@.new $@

run: all ## run MODEL_DIR/vectors.bin on the board (QEMU) or here, and say whether every byte is right; or run APP
	@APP='$(APP)' BOARD='$(BOARD)' DESCRIPTION='$(ECGP_DESCRIPTION)' CORE='$(ECGP_CORE)' MACHINE='$(ECGP_QEMU)' OUT='$(OUT)' \
	 VECTORS='$(MODEL_DIR)/vectors.bin' CROSS='$(CROSS)' QEMU='$(QEMU)' TIMEOUT='$(TIMEOUT)' sh tools/run.sh

size: all ## show flash and RAM by section
	@$(if $(filter host,$(BOARD)),size $(image),$(CROSS)size -A $(image) | grep -vE '\.debug|\.comment|attributes')

flash: all ## write the image to a connected board
	@$(if $(ECGP_FLASHER),$(subst IMAGE,$(OUT)/firmware,$(ECGP_FLASHER)),\
	 echo "BOARD=$(BOARD) has no ECGP_FLASHER in its board.mk; write $(OUT)/firmware.hex with your own tool" >&2; exit 1)

-include $(objects:.o=.d)
