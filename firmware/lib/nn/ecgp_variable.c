/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file ecgp_variable.c
 * @brief See ecgp_variable.h.
 */
#include "ecgp_variable.h"

#include <string.h>

#include "ecgp_compiler.h"

void ecgp_variable_copy(const ecgp_variable_params *p, const void *from, void *to)
{
    ECGP_ASSERT(p->bytes >= 1);
    memcpy(to, from, (size_t)p->bytes);
}

void ecgp_variable_copy_constant(const ecgp_variable_constant_params *p, void *to)
{
    ECGP_ASSERT(p->bytes >= 1);
    memcpy(to, p->constant, (size_t)p->bytes);
}
