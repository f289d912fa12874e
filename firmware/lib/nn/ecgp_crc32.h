/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file ecgp_crc32.h
 * @brief The CRC-32 by which a generated model finds a damaged constant.
 *
 * A build may set ECGP_CHECK_CONSTANTS to 0: a model's init then checks nothing. Its check function stays, for whoever
 * calls it; where nobody does, the linker leaves it out (-ffunction-sections, --gc-sections).
 */
#ifndef ECGP_CRC32_H
#define ECGP_CRC32_H

#include <stddef.h>
#include <stdint.h>

#include "ecgp_compiler.h"

#ifdef __cplusplus
extern "C" {
#endif

#ifndef ECGP_CHECK_CONSTANTS
#define ECGP_CHECK_CONSTANTS 1 /**< 1: a model's init checks its constants; 0: it does not */
#endif

#define ECGP_CRC32_POINTERS 0x80u /**< in a layout: this and the number of pointers */

/**
 * The CRC-32 of ISO 3309, as zlib's crc32() computes it: polynomial 0x04C11DB7, reflected.
 *
 * Every byte is read from memory each time, whatever a compiler knows of it.
 *
 * @param crc    of the bytes before these; 0 where there are none
 * @param bytes  the first of them
 * @param count  how many there are, 0 and more
 * @return the CRC of all bytes up to here
 */
uint32_t ecgp_crc32(uint32_t crc, const void *bytes, size_t count);

/**
 * Continues a CRC over the parameters of a kernel. A pointer counts as the distance to what it points to.
 *
 * @param crc        of all that comes before
 * @param params     a kernel's parameter struct: fields of 32 bits, and pointers into `constants` or NULL
 * @param layout     how many fields of 32 bits follow one another, ECGP_CRC32_POINTERS and how many pointers, and so on;
 *                   no pointers where the struct may have a gap; 0 at the end
 * @param constants  the object that the pointers point into
 * @return the CRC of all of it: of each field its 4 bytes, of each pointer its distance from `constants` as 4 bytes, all
 *         ones for NULL; the lowest byte first
 */
uint32_t ecgp_crc32_params(uint32_t crc, const void *params, const uint8_t *layout, const void *constants);

#ifdef __cplusplus
}
#endif

#endif /* ECGP_CRC32_H */
