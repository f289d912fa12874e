/** @file tiny.h @brief See ecgp_model.h. */
#ifndef TINY_H
#define TINY_H

#include <stddef.h>
#include <stdint.h>

#include "ecgp_status.h"

/** 6 + 2 bytes of input, 8 of output. */
#ifndef TINY_ARENA_BYTES
#define TINY_ARENA_BYTES 16
#endif

typedef struct {
    int8_t *arena; /**< the caller's, 16-byte aligned */
} tiny_t;

ecgp_status tiny_init(tiny_t *m, void *arena, size_t arena_bytes);
int8_t *tiny_input(tiny_t *m, int index);
const int8_t *tiny_output(const tiny_t *m, int index);
ecgp_status tiny_invoke(tiny_t *m);

#endif /* TINY_H */
