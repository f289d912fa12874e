"""The programs that sdks.py puts around a package, each of the size of the SDK's hello world."""

LAYOUT = """
ENTRY(Reset_Handler)
_estack = 0x20020000;
_Min_Heap_Size = 0x400;
MEMORY
{
    FLASH (rx) : ORIGIN = 0x08000000, LENGTH = 512K
    RAM (rwx)  : ORIGIN = 0x20000000, LENGTH = 128K
}
SECTIONS
{
    .isr_vector : { KEEP(*(.isr_vector)) } > FLASH
    .text : { *(.text*) *(.rodata*) KEEP(*(.init)) KEEP(*(.fini)) } > FLASH
    .ARM.exidx : { *(.ARM.exidx*) } > FLASH
    .init_array : { PROVIDE_HIDDEN(__preinit_array_start = .); PROVIDE_HIDDEN(__preinit_array_end = .);
                    PROVIDE_HIDDEN(__init_array_start = .); KEEP(*(.init_array*)) PROVIDE_HIDDEN(__init_array_end = .);
                    PROVIDE_HIDDEN(__fini_array_start = .); KEEP(*(.fini_array*)) PROVIDE_HIDDEN(__fini_array_end = .);
    } > FLASH
    _sidata = LOADADDR(.data);
    .data : { . = ALIGN(4); _sdata = .; *(.data*) . = ALIGN(4); _edata = .; } > RAM AT > FLASH
    .bss (NOLOAD) : { . = ALIGN(4); _sbss = .; *(.bss*) *(COMMON) . = ALIGN(4); _ebss = .; } > RAM
    end = .;
}
"""
SEMIHOSTED = """
#undef main
#include <stdlib.h>
extern void initialise_monitor_handles(void);
extern int example(void);
void _init(void) {}
void _fini(void) {}
int main(void)
{
    initialise_monitor_handles();
    exit(example());
}
"""
DEVICE_LED = """
#undef main
#include "stm32f4xx.h"
extern int example(void);
void _init(void) {}
void _fini(void) {}
int main(void)
{
    RCC->AHB1ENR |= RCC_AHB1ENR_GPIODEN;
    GPIOD->MODER |= GPIO_MODER_MODER12_0;
    GPIOD->BSRR = example() == 0 ? GPIO_BSRR_BS12 : GPIO_BSRR_BR12;
    for (;;) {
    }
}
"""
OPENCM3_LAYOUT = """
MEMORY
{
    rom (rx)  : ORIGIN = 0x08000000, LENGTH = 512K
    ram (rwx) : ORIGIN = 0x20000000, LENGTH = 128K
}
INCLUDE cortex-m-generic.ld
"""
OPENCM3_LED = """
#undef main
#include <libopencm3/stm32/gpio.h>
#include <libopencm3/stm32/rcc.h>
extern int example(void);
int main(void)
{
    rcc_clock_setup_pll(&rcc_hsi_configs[RCC_CLOCK_3V3_84MHZ]);
    rcc_periph_clock_enable(RCC_GPIOD);
    gpio_mode_setup(GPIOD, GPIO_MODE_OUTPUT, GPIO_PUPD_NONE, GPIO12);
    if (example() == 0) {
        gpio_set(GPIOD, GPIO12);
    }
    for (;;) {
    }
}
"""
NRFX_LED = """
#undef main
#include "nrf_gpio.h"
extern int example(void);
int main(void)
{
    nrf_gpio_cfg_output(13);
    nrf_gpio_pin_write(13, example() == 0 ? 0u : 1u);
    for (;;) {
    }
}
"""
NRFX_CONFIG = """
#ifndef NRFX_CONFIG_H__
#define NRFX_CONFIG_H__
#include "nrfx_config_nrf52840.h"
#endif
"""
FREERTOS_CONFIG = """
#define configCPU_CLOCK_HZ 25000000u
#define configTICK_RATE_HZ 1000u
#define configUSE_PREEMPTION 1
#define configUSE_IDLE_HOOK 0
#define configUSE_TICK_HOOK 0
#define configUSE_16_BIT_TICKS 0
#define configMAX_PRIORITIES 4
#define configMINIMAL_STACK_SIZE 128
#define configTOTAL_HEAP_SIZE 8192
#define configMAX_TASK_NAME_LEN 8
#define configPRIO_BITS 3
#define configKERNEL_INTERRUPT_PRIORITY (7 << 5)
#define configMAX_SYSCALL_INTERRUPT_PRIORITY (5 << 5)
#define configCHECK_HANDLER_INSTALLATION 0
#define INCLUDE_vTaskDelay 1
#define INCLUDE_vTaskDelayUntil 1
#define vPortSVCHandler SVC_Handler
#define xPortPendSVHandler PendSV_Handler
#define xPortSysTickHandler SysTick_Handler
"""
FREERTOS_TASKS = """
#include <stdio.h>
#include "FreeRTOS.h"
#include "task.h"
#include "ecgp_port.h"
#include "ecg.h"
#include "ecg_selftest.h"

static uint8_t arena[ECG_ARENA_BYTES] __attribute__((aligned(ECG_ARENA_ALIGNMENT)));
static volatile float sum;
static volatile unsigned interruptions;

static void disturb(void *unused)
{
    (void)unused;
    for (;;) {
        sum = sum * 0.5f + 1.0f;
        interruptions++;
        vTaskDelay(1);
    }
}

static void classify(void *unused)
{
    int wrong = 0;
    (void)unused;
    for (int i = 0; i < 20; i++) {
        const int found = ecg_selftest(arena, sizeof arena);
        wrong += found < 0 ? ECG_SELFTEST_VECTORS : found;
    }
    if (interruptions < 20u) {
        wrong++;
    }
    printf("ecg: %d of %d vectors differ\\n", wrong, ECG_SELFTEST_VECTORS);
    ecgp_port_exit(wrong == 0 ? 0 : 1);
}

int main(void)
{
    xTaskCreate(disturb, "disturb", 128, NULL, 2, NULL);
    xTaskCreate(classify, "classify", 1024, NULL, 1, NULL);
    vTaskStartScheduler();
    return 1;
}
"""
PICO_CMAKE = """
cmake_minimum_required(VERSION 3.13)
include(${PICO_SDK_PATH}/pico_sdk_init.cmake)
project(minimal C CXX ASM)
pico_sdk_init()
add_subdirectory(PACKAGE ecgprune_ecg)
add_executable(minimal main.c)
target_link_libraries(minimal pico_stdlib ecgprune::ecg)
pico_enable_stdio_uart(minimal 1)
"""
PICO_MAIN = """
#include <stdio.h>
#include "pico/stdlib.h"
#include "ecg.h"

static ecg_t model;
static uint8_t arena[ECG_ARENA_BYTES] __attribute__((aligned(ECG_ARENA_ALIGNMENT)));

int main(void)
{
    stdio_init_all();
    ecg_init(&model, arena, sizeof arena);
    ecg_invoke(&model);
    printf("%d\\n", ecg_output(&model, ECG_OUTPUT_SCORES)[0]);
    return 0;
}
"""
