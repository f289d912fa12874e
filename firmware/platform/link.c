/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file link.c
 * @brief Frames over the UART; see link.h.
 */
#include "link.h"

#include "ecgp_uart.h"

#define HEAD 2u
#define CRC_BYTES 2u

/** The frame that is arriving, and counts. */
static struct arriving {
    uint8_t frame[LINK_MOST_FRAME]; /**< decoded so far */
    uint8_t bytes;                  /**< of it */
    uint8_t block;                  /**< bytes to come until the next code byte */
    bool zero;                      /**< whether a 0 stands before the next block */
    bool skip;                      /**< the frame is too long: ignore all up to its end */
    uint32_t damaged;
} at;

/** CRC-16/CCITT-FALSE, polynomial 0x1021, start 0xFFFF, a bit at a time. */
static uint16_t crc16(const uint8_t *data, uint32_t bytes)
{
    uint32_t crc = 0xFFFFu;
    for (uint32_t i = 0u; i < bytes; i++) {
        crc ^= (uint32_t)data[i] << 8;
        for (int bit = 0; bit < 8; bit++) {
            crc = (crc << 1) ^ ((crc & 0x8000u) != 0u ? 0x1021u : 0u);
        }
        crc &= 0xFFFFu;
    }
    return (uint16_t)crc;
}

uint16_t link_get16(const uint8_t *from) { return (uint16_t)(from[0] | (uint32_t)from[1] << 8); }

uint32_t link_get32(const uint8_t *from) { return link_get16(from) | (uint32_t)link_get16(from + 2) << 16; }

uint8_t *link_put32(uint8_t *to, uint32_t value)
{
    for (uint32_t i = 0u; i < 4u; i++) {
        *to++ = (uint8_t)(value >> (8u * i));
    }
    return to;
}

uint32_t link_damaged(void) { return at.damaged; }

static void put(uint8_t byte)
{
    if (at.bytes < LINK_MOST_FRAME) {
        at.frame[at.bytes++] = byte;
    } else {
        at.skip = true;
    }
}

/** The end of a frame: true when it is whole. Nothing between two zeros is no frame. */
static bool end_frame(link_frame *frame)
{
    const uint32_t bytes = at.bytes;
    const bool cut = at.skip || at.block != 0u;
    const bool empty = bytes == 0u && !cut;
    at.bytes = 0u;
    at.block = 0u;
    at.zero = false;
    at.skip = false;
    if (empty) {
        return false;
    }
    if (cut || bytes < HEAD + CRC_BYTES ||
        crc16(at.frame, bytes - CRC_BYTES) != link_get16(at.frame + bytes - CRC_BYTES)) {
        at.damaged++;
        return false;
    }
    frame->type = at.frame[0];
    frame->number = at.frame[1];
    frame->bytes = (uint8_t)(bytes - HEAD - CRC_BYTES);
    frame->data = &at.frame[HEAD];
    return true;
}

bool link_receive(link_frame *frame)
{
    uint8_t byte;
    while (ecgp_uart_read(&byte, 1u) == 1u) {
        if (byte == 0u) {
            if (end_frame(frame)) {
                return true;
            }
        } else if (at.block != 0u) {
            at.block--;
            put(byte);
        } else { /* a code byte: the distance to the next 0 */
            if (at.zero) {
                put(0u);
            }
            at.block = (uint8_t)(byte - 1u);
            at.zero = byte != 0xFFu;
        }
    }
    return false;
}

void link_send(link_type type, uint8_t number, const uint8_t *data, uint32_t bytes, bool polled)
{
    uint8_t frame[LINK_MOST_FRAME], coded[LINK_MOST_FRAME + 2u];
    uint32_t count = 0u, code = 0u, n = 1u;
    frame[count++] = (uint8_t)type;
    frame[count++] = number;
    for (uint32_t i = 0u; i < bytes && i < LINK_MOST_DATA; i++) {
        frame[count++] = data[i];
    }
    const uint16_t crc = crc16(frame, count);
    frame[count++] = (uint8_t)crc;
    frame[count++] = (uint8_t)(crc >> 8);
    for (uint32_t i = 0u; i < count; i++) { /* a frame is shorter than COBS's longest block */
        if (frame[i] != 0u) {
            coded[n++] = frame[i];
        } else {
            coded[code] = (uint8_t)(n - code);
            code = n++;
        }
    }
    coded[code] = (uint8_t)(n - code);
    coded[n++] = 0u;
    if (polled) {
        ecgp_uart_write_polled(coded, n);
    } else {
        ecgp_uart_write(coded, n);
    }
}
