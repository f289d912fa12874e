/**
 * @file empty.c
 * @brief The model of nothing: answers at once.
 */
#include "ep_model.h"

ep_status ep_model_init(ep_model_t *m, void *arena, size_t arena_bytes)
{
    (void)m, (void)arena, (void)arena_bytes;
    return EP_OK;
}

int8_t *ep_model_input(ep_model_t *m, int index)
{
    (void)m, (void)index;
    return NULL;
}

const int8_t *ep_model_output(const ep_model_t *m, int index)
{
    (void)m, (void)index;
    return NULL;
}

ep_status ep_model_invoke(ep_model_t *m)
{
    (void)m;
    return EP_OK;
}
