/** @file main.c @brief Lets the UART's ring run over once, then sends back all that has arrived and what arrives. */
#include "ecgp_uart.h"

int main(void)
{
    uint8_t bytes[48];
    ecgp_uart_init(115200u);
    ecgp_uart_write("ready", 5u);
    while (ecgp_uart_overruns() < 2u) {
    }
    bytes[0] = (uint8_t)ecgp_uart_overruns();
    ecgp_uart_write(bytes, 1u);
    for (;;) {
        const size_t count = ecgp_uart_read(bytes, sizeof bytes);
        if (count > 0u) {
            ecgp_uart_write(bytes, count);
        } else {
            ecgp_uart_wait();
        }
    }
}
