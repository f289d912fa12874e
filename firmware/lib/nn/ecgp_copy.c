/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file ecgp_copy.c
 * @brief See ecgp_copy.h. Nothing is computed, so the bytes are TFLM's whatever they mean.
 */
#include "ecgp_copy.h"

#include "ecgp_compiler.h"
#include "ecgp_copy_runs.h"

/** The innermost loop. */
static ECGP_NOINLINE void runs(const ecgp_copy_params *p, const int8_t *from, int8_t *to)
{
    if (p->run == 1) {
        ecgp_copy_bytes(from, p->input_step, to, p->output_step, p->count);
        return;
    }
    for (int32_t i = p->count; i > 0; i--) {
        ecgp_copy_run(from, to, p->run);
        from += p->input_step;
        to += p->output_step;
    }
}

void ecgp_copy(const ecgp_copy_params *p, const void *input, void *output)
{
    const int8_t *from = (const int8_t *)input + p->input_offset;
    int8_t *to = (int8_t *)output + p->output_offset;
    int32_t turns[ECGP_COPY_LEVELS] = {0, 0, 0, 0, 0, 0};
    int32_t level = 0;

    ECGP_ASSERT(p->run >= 1 && p->count >= 1 && p->levels >= 0 && p->levels <= ECGP_COPY_LEVELS);
    do {
        runs(p, from, to);
        for (level = 0; level < p->levels; level++) {
            const int32_t *const loop = p->loops + 3 * level;

            turns[level]++;
            if (turns[level] < loop[0]) {
                from += loop[1];
                to += loop[2];
                break;
            }
            turns[level] = 0;
        }
    } while (level < p->levels);
}

void ecgp_copy_table(const ecgp_copy_table_params *p, const void *input, void *output)
{
    const int8_t *batch = input;
    int8_t *to = output;

    ECGP_ASSERT(p->batches >= 1 && p->rows >= 1 && p->columns >= 1 && p->run >= 1);
    for (int32_t b = 0; b < p->batches; b++) {
        for (int32_t y = 0; y < p->rows; y++) {
            const int8_t *const row = batch + p->row_at[y];

            for (int32_t x = 0; x < p->columns; x++) {
                ecgp_copy_run(row + p->column_at[x], to, p->run);
                to += p->run;
            }
        }
        batch += p->batch_step;
    }
}
