/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file ecgp_batch_matmul.c
 * @brief See ecgp_batch_matmul.h. Rows are multiplied with four columns at a time, which lie side by side as rows do.
 *
 * Zero points l and r are taken out of the sums: sum (x - l) * (y - r) = sum x * y - l * sum y - r * sum x + depth * l * r.
 */
#include "ecgp_batch_matmul.h"

#include "ecgp_compiler.h"
#include "ecgp_copy_runs.h"
#include "ecgp_helium_rescale.h"
#include "ecgp_matrix.h"

/** Columns that share one load of a row. */
#define COLUMNS 4

/** The sum of `depth` bytes. */
static int32_t total(const int8_t *x, int32_t depth)
{
    const int8_t *const end = x + depth;
    int32_t sum = 0;

#if ECGP_DSP
    for (; end - x >= 4; x += 4) {
        const uint32_t four = ecgp_load4(x);

        sum = ecgp_smlad(ecgp_sxtb16_ror8(four), 0x00010001u, ecgp_smlad(ecgp_sxtb16(four), 0x00010001u, sum));
    }
#endif
    for (; x != end; x++) {
        sum += *x;
    }
    return sum;
}

/** The product of a row and a column, and `start`. */
static ECGP_NOINLINE int32_t one(const int8_t *x, const int8_t *y, int32_t depth, int32_t start)
{
    const int8_t *const end = x + depth;
    int32_t sum = start;

#if ECGP_DSP
    for (; end - x >= 4; x += 4) {
        const uint32_t four = ecgp_load4(x);

        sum = ecgp_multiply4(y, ecgp_sxtb16(four), ecgp_sxtb16_ror8(four), sum);
        y += 4;
    }
#endif
    for (; x != end; x++) {
        sum += *x * *y++;
    }
    return sum;
}

#if ECGP_HELIUM

/** A row of the output. corrections: what is added to each column's sums besides `offset`. */
static void products(const ecgp_batch_matmul_params *p, const int8_t *x, const int8_t *y, const int32_t *corrections,
                     int32_t offset, int8_t *output)
{
    int32_t left = p->columns;

    for (; left >= COLUMNS; left -= COLUMNS) {
        int32_t sums[COLUMNS];

        ecgp_helium_rows(x, y, p->depth, sums);
        const int32x4_t corrected = vaddq_n_s32(vaddq_s32(vldrwq_s32(sums), vldrwq_s32(corrections)), offset);

        vstrbq_s32(output, ecgp_helium_four(&p->requant, 0, corrected));
        y += COLUMNS * p->depth;
        corrections += COLUMNS;
        output += COLUMNS;
    }
    for (; left > 0; left--) {
        const int32_t sum = one(x, y, p->depth, offset) + *corrections++;

        ecgp_requantize(&p->requant, 0, &sum, 1, output, 1);
        y += p->depth;
        output++;
    }
}

#else

/** The products of a row and of four columns, and `start`. */
static ECGP_NOINLINE void four(const int8_t *x, const int8_t *y, int32_t depth, int32_t start, int32_t *sums)
{
    const int8_t *const end = x + depth;
    const int32_t third = 3 * depth;
    int32_t sum0 = start;
    int32_t sum1 = start;
    int32_t sum2 = start;
    int32_t sum3 = start;

#if ECGP_DSP
    for (const int8_t *const whole = x + (depth & ~3); x != whole; x += 4) {
        const uint32_t word = ecgp_load4(x);
        const uint32_t even = ecgp_sxtb16(word);
        const uint32_t odd = ecgp_sxtb16_ror8(word);

        sum0 = ecgp_multiply4(y, even, odd, sum0);
        ECGP_LOADS_STAY();
        sum1 = ecgp_multiply4(y + depth, even, odd, sum1);
        ECGP_LOADS_STAY();
        sum2 = ecgp_multiply4(y + 2 * depth, even, odd, sum2);
        ECGP_LOADS_STAY();
        sum3 = ecgp_multiply4(y + third, even, odd, sum3);
        y += 4;
    }
#endif
    for (; x != end; x++) {
        const int32_t value = *x;

        sum0 += value * y[0];
        sum1 += value * y[depth];
        sum2 += value * y[2 * depth];
        sum3 += value * y[third];
        y++;
    }
    sums[0] = sum0;
    sums[1] = sum1;
    sums[2] = sum2;
    sums[3] = sum3;
}

/** A row of the output. corrections: what is added to each column's sums besides `offset`. */
static void products(const ecgp_batch_matmul_params *p, const int8_t *x, const int8_t *y, const int32_t *corrections,
                     int32_t offset, int8_t *output)
{
    const int32_t depth = p->depth;
    ecgp_requant r = p->requant;

    r.bias = corrections;
    r.per_channel = 0;
    for (int32_t first = 0; first < p->columns; first += ECGP_MATRIX_SUMS) {
        const int32_t left = p->columns - first;
        const int32_t count = left < ECGP_MATRIX_SUMS ? left : ECGP_MATRIX_SUMS;
        int32_t sums[ECGP_MATRIX_SUMS];
        int32_t k = 0;

        for (; k + COLUMNS <= count; k += COLUMNS) {
            four(x, y, depth, offset, sums + k);
            y += COLUMNS * depth;
        }
        for (; k < count; k++) {
            sums[k] = one(x, y, depth, offset);
            y += depth;
        }
        if (r.shift[0] < 0) {
            ecgp_matrix_outputs(&r, first, sums, count, output + first);
        } else {
            for (k = 0; k < count; k++) {
                sums[k] += corrections[first + k];
            }
            ecgp_requantize(&r, 0, sums, count, output + first, 1);
        }
    }
}

#endif

/** The columns of a matrix side by side, and what the zero points add to their sums. Returns the columns. */
static const int8_t *prepare(const ecgp_batch_matmul_params *p, const int8_t *right, int32_t *corrections, int8_t *turned)
{
    const int32_t l = p->left_zero_point;

    for (int32_t c = 0; c < p->columns; c++) {
        const int8_t *column = right + c * p->depth;

        if (p->right_turned == 0) {
            ecgp_copy_bytes(right + c, p->columns, turned + c * p->depth, 1, p->depth);
            column = turned + c * p->depth;
        }
        corrections[c] = p->depth * l * p->right_zero_point - (l != 0 ? l * total(column, p->depth) : 0);
    }
    return p->right_turned != 0 ? right : turned;
}

void ecgp_batch_matmul_s8(const ecgp_batch_matmul_params *p, const int8_t *left, const int8_t *right, int8_t *output,
                          void *scratch)
{
    int32_t *const corrections = scratch;
    int8_t *const turned = (int8_t *)(corrections + p->columns);
    int8_t *const row = p->right_turned != 0 ? turned : turned + p->columns * p->depth;
    const int8_t *y = NULL;

    ECGP_ASSERT(p->batches >= 1 && p->rows >= 1 && p->columns >= 1 && p->depth >= 1 && p->depth <= 1 << 14);
    ECGP_ASSERT(p->requant.per_channel == 1 && ecgp_requant_is_within(&p->requant, COLUMNS, -31, 30));
    for (int32_t b = 0; b < p->batches; b++) {
        const int32_t *const at = p->matrices + 2 * b;
        const int8_t *const matrix = left + at[0];

        if (b == 0 || at[1] != at[-1]) {
            y = prepare(p, right + at[1], corrections, turned);
        }
        for (int32_t i = 0; i < p->rows; i++) {
            const int8_t *x = matrix + i * p->depth;

            if (p->left_turned != 0) {
                ecgp_copy_bytes(matrix + i, p->rows, row, 1, p->depth);
                x = row;
            }
            products(p, x, y, corrections, p->right_zero_point != 0 ? -p->right_zero_point * total(x, p->depth) : 0, output);
            output += p->columns;
        }
    }
}

void ecgp_batch_matmul_constant_s8(const ecgp_batch_matmul_constant_params *p, const int8_t *input, int8_t *output,
                                   void *scratch)
{
    const int8_t *const left = p->left != 0 ? p->constant : input;
    const int8_t *const right = p->left != 0 ? input : p->constant;

    ecgp_batch_matmul_s8(&p->matmul, left, right, output, scratch);
}
