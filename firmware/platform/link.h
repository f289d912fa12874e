/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file link.h
 * @brief Frames over the UART: docs/internals/live-protocol.md says what they are, ecgprune/board/link.py is the other end.
 *
 * A frame is type, number, data and a CRC-16, coded by COBS (Cheshire and Baker, IEEE/ACM Trans. Networking 7(2), 1999)
 * so that 0 stands between frames and nowhere else: whatever is damaged, the next frame is whole again.
 */
#ifndef LINK_H
#define LINK_H

#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define LINK_VERSION 2u     /**< of the protocol */
#define LINK_MOST_DATA 56u  /**< bytes of data in a frame */
#define LINK_MOST_FRAME (LINK_MOST_DATA + 4u) /**< bytes of a frame before it is coded */

/** What a frame is; below 128 from the host, above from the device. */
typedef enum {
    LINK_START = 1,    /**< rate and leads: the stream begins anew */
    LINK_SAMPLES = 2,  /**< frames of the ADC */
    LINK_GAP = 3,      /**< how many are missing */
    LINK_END = 4,      /**< no more are to come */
    LINK_CHANGES = 5,  /**< as LINK_SAMPLES, each as its difference to the one before it of its lead */
    LINK_GOT = 6,      /**< number of the event that the host expects, and 1 where it has missed some, else 0 */
    LINK_INPUT = 7,    /**< bytes of a vector's inputs */
    LINK_RUN = 8,      /**< all inputs are there: invoke the model */
    LINK_HELLO = 129,  /**< what the device takes */
    LINK_ACK = 130,    /**< the number that it expects next, a link_status, and the next event's number */
    LINK_EVENT = 131,  /**< an event of the stream */
    LINK_DONE = 132,   /**< the answer to LINK_END: counts, and how deep the stack went */
    LINK_FAULT = 133,  /**< where the processor stopped */
    LINK_ABOUT = 134,  /**< what the image of harness/serial is */
    LINK_RESULT = 135, /**< how an invocation went */
    LINK_OUTPUT = 136  /**< bytes of its outputs */
} link_type;

/** What an acknowledgement says. */
typedef enum {
    LINK_OK = 0,      /**< all before the number is taken */
    LINK_RESEND = 1,  /**< a frame was damaged or lost: send all from the number on again */
    LINK_REFUSED = 2, /**< LINK_START asks for what the stream does not take */
    LINK_NO_MODEL = 3 /**< the model cannot be initialized */
} link_status;

/** A frame that has arrived. */
typedef struct {
    uint8_t type;        /**< a link_type */
    uint8_t number;      /**< of LINK_START to LINK_CHANGES, _INPUT, _RUN: counts up with each, modulo 256; else unused */
    uint8_t bytes;       /**< of `data`, 0 to LINK_MOST_DATA */
    const uint8_t *data; /**< what the type says; little endian; valid until the next link_receive() */
} link_frame;

/**
 * @brief Takes bytes from the UART until a frame is whole.
 *
 * @param frame  the frame
 * @return false: nothing more has arrived, and `frame` is as it was
 */
bool link_receive(link_frame *frame);

/**
 * @brief Sends a frame.
 *
 * @param type    a link_type
 * @param number  of LINK_EVENT: the event's, counted since LINK_START, modulo 256; of LINK_OUTPUT: the vector's, modulo
 *                256; of LINK_ABOUT: counted from 0; else 0
 * @param data    `bytes` bytes
 * @param bytes   0 to LINK_MOST_DATA
 * @param polled  true: without interrupts, from a fault handler
 */
void link_send(link_type type, uint8_t number, const uint8_t *data, uint32_t bytes, bool polled);

/**
 * @brief Frames that arrived damaged since the start.
 *
 * @return their number
 */
uint32_t link_damaged(void);

/**
 * @brief Writes a number in little endian.
 *
 * @param to     room for four bytes
 * @param value  the number
 * @return `to` + 4
 */
uint8_t *link_put32(uint8_t *to, uint32_t value);

/**
 * @brief Reads a number in little endian.
 *
 * @param from  two bytes
 * @return the number
 */
uint16_t link_get16(const uint8_t *from);

/**
 * @brief Reads a number in little endian.
 *
 * @param from  four bytes
 * @return the number
 */
uint32_t link_get32(const uint8_t *from);

#ifdef __cplusplus
}
#endif

#endif /* LINK_H */
