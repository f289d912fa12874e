/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file ecgp_add.c
 * @brief See ecgp_add_rows.h. With 20 extra bits a difference of 255 takes 28, and so does the sum of two halves.
 */
#include "ecgp_add.h"

#include "ecgp_compiler.h"

#define ECGP_ADD_VALUE int8_t
#define ECGP_ADD_EXTRA (1 << 20)
#define ECGP_ADD_MIN (-128)
#define ECGP_ADD_SATURATED ecgp_ssat8
#define ECGP_ADD_LOAD vldrbq_z_s32
#define ECGP_ADD_STORE vstrbq_p_s32
#include "ecgp_add_rows.h"

void ecgp_add_s8(const ecgp_add_params *p, const int8_t *a, const int8_t *b, int8_t *output)
{
    ecgp_add_rows(p, a, b, output);
}

void ecgp_add_constant_s8(const ecgp_add_constant_params *p, const int8_t *a, int8_t *output)
{
    ecgp_add_rows(&p->add, a, p->constant, output);
}
