/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file empty.c
 * @brief The model of nothing: answers at once.
 */
#include "ecgp_model.h"

ecgp_status ecgp_model_init(ecgp_model_t *m, void *arena, size_t arena_bytes)
{
    (void)m, (void)arena, (void)arena_bytes;
    return ECGP_OK;
}

int8_t *ecgp_model_input(ecgp_model_t *m, int index)
{
    (void)m, (void)index;
    return NULL;
}

const int8_t *ecgp_model_output(const ecgp_model_t *m, int index)
{
    (void)m, (void)index;
    return NULL;
}

ecgp_status ecgp_model_invoke(ecgp_model_t *m)
{
    (void)m;
    return ECGP_OK;
}
