/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file ecgp_gather.h
 * @brief GATHER at positions that are computed: rows of a table, as of an embedding. At constant ones: ecgp_copy_table().
 */
#ifndef ECGP_GATHER_H
#define ECGP_GATHER_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/** The table seen as [lines][rows][run], of whose rows some are taken from each line, the same ones. */
typedef struct {
    int32_t lines;     /**< 1 and more */
    int32_t rows;      /**< rows of one line, 1 and more */
    int32_t run;       /**< bytes of a row, 1 and more */
    int32_t positions; /**< rows that are taken, 1 and more */
} ecgp_gather_params;

/** ecgp_gather_params where the table is a constant of the model. */
typedef struct {
    ecgp_gather_params gather; /**< everything else */
    const int8_t *table;       /**< lines x rows x run bytes */
} ecgp_gather_constant_params;

/**
 * Rows of the table. One before the first is the first, one beyond the last is the last: TFLM reads what lies there.
 *
 * @param p          parameters
 * @param table      lines x rows x run bytes
 * @param positions  numbers of rows
 * @param output     lines x positions x run bytes; overlaps neither input
 */
void ecgp_gather(const ecgp_gather_params *p, const void *table, const int32_t *positions, void *output);

/** ecgp_gather() of p->table. */
void ecgp_gather_constant(const ecgp_gather_constant_params *p, const int32_t *positions, void *output);

#ifdef __cplusplus
}
#endif

#endif /* ECGP_GATHER_H */
