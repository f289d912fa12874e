/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file ecgp_gather.c
 * @brief See ecgp_gather.h.
 */
#include "ecgp_gather.h"

#include "ecgp_compiler.h"
#include "ecgp_copy_runs.h"
#include "ecgp_requant.h"

void ecgp_gather(const ecgp_gather_params *p, const void *table, const int32_t *positions, void *output)
{
    const int8_t *line = (const int8_t *)table;
    int8_t *next = (int8_t *)output;

    ECGP_ASSERT(p->rows >= 1 && p->run >= 1);
    for (int32_t n = 0; n < p->lines; n++) {
        for (int32_t i = 0; i < p->positions; i++) {
            const int32_t row = ecgp_clamp(positions[i], 0, p->rows - 1);

            ecgp_copy_run(line + row * p->run, next, p->run);
            next += p->run;
        }
        line += p->rows * p->run;
    }
}

void ecgp_gather_constant(const ecgp_gather_constant_params *p, const int32_t *positions, void *output)
{
    ecgp_gather(&p->gather, p->table, positions, output);
}
