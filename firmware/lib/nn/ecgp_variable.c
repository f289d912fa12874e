/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file ecgp_variable.c
 * @brief See ecgp_variable.h.
 */
#include "ecgp_variable.h"

#include "ecgp_compiler.h"

void ecgp_variable_assign(const ecgp_variable_params *p, void *state)
{
    ECGP_ASSERT(p->bytes >= 1);
    memcpy(state, p->constant, (size_t)p->bytes);
}
