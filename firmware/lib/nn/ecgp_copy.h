/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file ecgp_copy.h
 * @brief Operators that move elements of any type: nested loops over runs of bytes, and runs found in a table.
 *
 * The generator turns slices, splits, transpositions and rearrangements into loops, and merges those that are one.
 */
#ifndef ECGP_COPY_H
#define ECGP_COPY_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Loops around the innermost one, at most; ecgprune/codegen/lowering/movement.py must say the same. */
#define ECGP_COPY_LEVELS 6

/** Nested loops that copy runs of bytes. The next turn of a loop is counted from where the loops within have ended. */
typedef struct {
    int32_t input_offset;  /**< byte of the input that is copied first, 0 and more */
    int32_t output_offset; /**< byte of the output that is written first, 0 and more */
    int32_t run;           /**< bytes that lie side by side in both, 1 and more */
    int32_t count;         /**< runs of the innermost loop, 1 and more */
    int32_t input_step;    /**< bytes of the input from one of them to the next; 0: the same again; may be negative */
    int32_t output_step;   /**< bytes of the output from one of them to the next */
    int32_t levels;        /**< loops around that one, 0 to ECGP_COPY_LEVELS */
    const int32_t *loops;  /**< [levels][3], the innermost first: turns, and bytes of input and output to the next */
} ecgp_copy_params;

/** Runs of bytes that lie at places of a table. */
typedef struct {
    int32_t batches;         /**< 1 and more */
    int32_t batch_step;      /**< bytes of the input from one batch to the next */
    int32_t rows;            /**< 1 and more */
    int32_t columns;         /**< 1 and more */
    int32_t run;             /**< bytes that are copied at once, 1 and more */
    const int32_t *row_at;   /**< [rows] bytes from the batch's begin, 0 and more */
    const int32_t *column_at; /**< [columns] bytes from the row's place on, 0 and more */
} ecgp_copy_table_params;

/**
 * Copies runs of bytes.
 *
 * @param p       parameters
 * @param input   elements of any type
 * @param output  elements of the same type; does not overlap the input
 */
void ecgp_copy(const ecgp_copy_params *p, const void *input, void *output);

/**
 * output[batch][row][column] = the run at batch * batch_step + row_at[row] + column_at[column] of the input.
 *
 * @param p       parameters
 * @param input   elements of any type
 * @param output  batches x rows x columns x run bytes; does not overlap the input
 */
void ecgp_copy_table(const ecgp_copy_table_params *p, const void *input, void *output);

#ifdef __cplusplus
}
#endif

#endif /* ECGP_COPY_H */
