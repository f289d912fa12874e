/**
 * @file ecgp_logistic.h
 * @brief LOGISTIC of an int8 tensor; the output has scale 1/256 and zero point -128.
 */
#ifndef ECGP_LOGISTIC_H
#define ECGP_LOGISTIC_H

#include <stdint.h>

/** The function as a table. */
typedef struct {
    int32_t size;        /**< elements */
    const int8_t *table; /**< answers to -128, -127, ..., 127 */
} ecgp_logistic_params;

/** output = 1 / (1 + exp(-input)). output may be input. */
void ecgp_logistic_s8(const ecgp_logistic_params *p, const int8_t *input, int8_t *output);

#endif /* ECGP_LOGISTIC_H */
