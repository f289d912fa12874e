/** @file tiny.c @brief See ep_model.h. */
#include "tiny.h"

#include "ep_trace.h"

ep_status tiny_init(tiny_t *m, void *arena, size_t arena_bytes)
{
    m->arena = arena;
    return arena == NULL || ((uintptr_t)arena & 15u) != 0u || arena_bytes < TINY_ARENA_BYTES ? EP_ERR_ARENA : EP_OK;
}

int8_t *tiny_input(tiny_t *m, int index) { return m->arena + (index == 0 ? 0 : 6); }

const int8_t *tiny_output(const tiny_t *m, int index)
{
    (void)index;
    return m->arena + 8;
}

ep_status tiny_invoke(tiny_t *m)
{
#ifdef TINY_HANG
    for (;;) {
        __asm__ volatile("" ::: "memory");
    }
#endif
#ifdef TINY_FAULT
    __asm__ volatile("udf #0");
#endif
#ifdef TINY_FAIL
    return EP_ERR_INTEGRITY;
#endif
    for (int i = 0; i < 8; i++) {
        m->arena[8 + i] = (int8_t)(m->arena[i] + 1);
    }
    EP_TRACE(3, 7, m->arena + 8, 8u);
    return EP_OK;
}
