/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file ecgp_add_s16.c
 * @brief See ecgp_add_rows.h. With 15 extra bits an int16 takes 31, and so does the sum of two halves.
 */
#include "ecgp_add_s16.h"

#include "ecgp_compiler.h"

#define ECGP_ADD_VALUE int16_t
#define ECGP_ADD_EXTRA (1 << 15)
#define ECGP_ADD_MIN (-32768)
#define ECGP_ADD_SATURATED ecgp_ssat16
#define ECGP_ADD_LOAD vldrhq_z_s32
#define ECGP_ADD_STORE vstrhq_p_s32
#include "ecgp_add_rows.h"

void ecgp_add_s16(const ecgp_add_params *p, const int16_t *a, const int16_t *b, int16_t *output)
{
    ECGP_ASSERT(p->a_zero_point == 0 && p->b_zero_point == 0 && p->output_zero_point == 0);
    ecgp_add_rows(p, a, b, output);
}

void ecgp_add_constant_s16(const ecgp_add_constant_s16_params *p, const int16_t *a, int16_t *output)
{
    ecgp_add_s16(&p->add, a, p->constant, output);
}
