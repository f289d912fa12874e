/** @file tiny.c @brief See ecgp_model.h. */
#include "tiny.h"

#include "ecgp_trace.h"

#ifdef TINY_RECURSION
/* 100 calls deep, far more than the stack holds; the volatile counter keeps the compiler from making a loop of it. */
static volatile int depth;
static int recurse(volatile int *above)
{
    volatile int here[16];
    for (int i = 0; i < 16; i++) {
        here[i] = *above + 1;
    }
    depth = depth + 1;
    return depth < 100 ? recurse(here) + here[0] : 0;
}
#endif

#ifdef TINY_FRAME
static int frame(void)
{
    volatile int8_t large[TINY_FRAME];
    for (int i = 0; i < TINY_FRAME; i++) {
        large[i] = (int8_t)i;
    }
    return large[5];
}
#endif

#ifdef TINY_FLASH
static const int8_t ballast[TINY_FLASH] = {1};
#endif

ecgp_status tiny_init(tiny_t *m, void *arena, size_t arena_bytes)
{
    m->arena = arena;
    return arena == NULL || ((uintptr_t)arena & 15u) != 0u || arena_bytes < TINY_ARENA_BYTES ? ECGP_ERR_ARENA : ECGP_OK;
}

int8_t *tiny_input(tiny_t *m, int index) { return m->arena + (index == 0 ? 0 : 6); }

const int8_t *tiny_output(const tiny_t *m, int index)
{
    (void)index;
    return m->arena + 8;
}

ecgp_status tiny_invoke(tiny_t *m)
{
#ifdef TINY_HANG
    for (;;) {
        __asm__ volatile("" ::: "memory");
    }
#endif
#ifdef TINY_RECURSION
    volatile int start = 1;
    m->arena[8] = (int8_t)recurse(&start);
#endif
#ifdef TINY_FRAME
    m->arena[8] = (int8_t)frame();
#endif
#ifdef TINY_FLASH
    m->arena[8] = ((const volatile int8_t *)ballast)[m->arena[0] & 127];
#endif
#ifdef TINY_SPIN
    for (volatile int i = 0; i < 10000; i++) {
    }
#endif
#ifdef TINY_OUT_OF_BOUNDS
    m->arena[TINY_ARENA_BYTES + (m->arena[0] & 1)] = 1;
#endif
#ifdef TINY_FAULT
    __asm__ volatile("udf #0");
#endif
#ifdef TINY_FAIL
    return ECGP_ERR_INTEGRITY;
#endif
    for (int i = 0; i < 8; i++) {
        m->arena[8 + i] = (int8_t)(m->arena[i] + 1);
    }
    ECGP_TRACE(3, 7, m->arena + 8, 8u);
    return ECGP_OK;
}
