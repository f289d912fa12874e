/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file ecgp_copy.c
 * @brief See ecgp_copy.h. Nothing is computed, so the bytes are TFLM's whatever they mean.
 */
#include "ecgp_copy.h"

#include "ecgp_compiler.h"
#include "ecgp_copy_runs.h"

/** A loop and the bytes of input and output from one of its turns to the next. */
typedef struct {
    int32_t turns;
    int32_t input_step;
    int32_t output_step;
} loop;

#if ECGP_HELIUM
/** The innermost loop, over single bytes written side by side, within the one around it. */
static ECGP_NOINLINE void gathered(const ecgp_copy_params *p, const loop *around, const int8_t *from, int8_t *to)
{
    const uint16x8_t offsets = ecgp_copy_offsets(p->input_step);
    const int32_t input_step = p->input_step;
    const int32_t count = p->count;
    const int32_t from_step = around->input_step;
    const int32_t to_step = around->output_step;

    for (int32_t turn = around->turns; turn > 0; turn--) {
        ecgp_copy_gathered(from, offsets, input_step, to, count);
        from += from_step;
        to += to_step;
    }
}
#endif

/** The innermost loop, over single bytes. */
static ECGP_NOINLINE void bytes(const ecgp_copy_params *p, const loop *around, const int8_t *from, int8_t *to)
{
    for (int32_t turn = around->turns; turn > 0; turn--) {
        ecgp_copy_singly(from, p->input_step, to, p->output_step, p->count);
        from += around->input_step;
        to += around->output_step;
    }
}

/** The innermost loop, over longer runs. */
static ECGP_NOINLINE void runs(const ecgp_copy_params *p, const loop *around, const int8_t *from, int8_t *to)
{
    const int32_t run = p->run;

    for (int32_t turn = around->turns; turn > 0; turn--) {
        const int8_t *next = from;
        int8_t *place = to;

        for (int32_t i = p->count; i > 0; i--) {
            ecgp_copy_run(next, place, run);
            next += p->input_step;
            place += p->output_step;
        }
        from += around->input_step;
        to += around->output_step;
    }
}

void ecgp_copy(const ecgp_copy_params *p, const void *input, void *output)
{
    const int8_t *from = (const int8_t *)input + p->input_offset;
    int8_t *to = (int8_t *)output + p->output_offset;
    int32_t turns[ECGP_COPY_LEVELS] = {0, 0, 0, 0, 0, 0};
    loop around = {1, 0, 0};
    int32_t level = 0;

    ECGP_ASSERT(p->run >= 1 && p->count >= 1 && p->levels >= 0 && p->levels <= ECGP_COPY_LEVELS);
    if (p->levels > 0) {
        around.turns = p->loops[0];
        around.input_step = p->loops[1];
        around.output_step = p->loops[2];
    }
    do {
        if (p->run > 1) {
            runs(p, &around, from, to);
#if ECGP_HELIUM
        } else if (ecgp_copy_gathers(p->input_step, p->output_step)) {
            gathered(p, &around, from, to);
#endif
        } else {
            bytes(p, &around, from, to);
        }
        from += (around.turns - 1) * around.input_step; /* where the last turn began */
        to += (around.turns - 1) * around.output_step;
        for (level = 1; level < p->levels; level++) {
            const int32_t *const next = p->loops + 3 * level;

            turns[level]++;
            if (turns[level] < next[0]) {
                from += next[1];
                to += next[2];
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
