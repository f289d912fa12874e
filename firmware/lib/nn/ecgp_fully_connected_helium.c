/**
 * @file ecgp_fully_connected_helium.c
 * @brief See ecgp_fully_connected_helium.h, ecgp_helium.h for sums by VMLADAVA, ecgp_helium_rescale.h for the rounding.
 *
 * 16 inputs are loaded once and multiplied with the weights of four outputs: 64 products take ten instructions. The last
 * four outputs are moved back to end with the row; those they share with the four before are computed again.
 */
#include "ecgp_fully_connected_helium.h"

#include "ecgp_helium_rescale.h"

/** Outputs that share one load of inputs. */
#define OUTPUTS 4

#if ECGP_HELIUM

/** The products of `depth` inputs with four rows of weights. */
static inline int32x4_t sums_of(const int8_t *x, const int8_t *weights, int32_t depth)
{
    const int8_t *w0 = weights;
    const int8_t *w1 = w0 + depth;
    const int8_t *w2 = w1 + depth;
    const int8_t *w3 = w2 + depth;
    int32_t sums[OUTPUTS];

    __asm__ volatile("mov      r0, #0\n\t"
                     "mov      r2, #0\n\t"
                     "mov      r4, #0\n\t"
                     "mov      r6, #0\n\t"
                     "dlstp.8  lr, %[depth]\n"
                     "1:\n\t"
                     "vldrb.u8 q0, [%[x]], #16\n\t"
                     "vldrb.u8 q1, [%[w0]], #16\n\t"
                     "vmladava.s8 r0, q0, q1\n\t"
                     "vldrb.u8 q2, [%[w1]], #16\n\t"
                     "vmladava.s8 r2, q0, q2\n\t"
                     "vldrb.u8 q3, [%[w2]], #16\n\t"
                     "vmladava.s8 r4, q0, q3\n\t"
                     "vldrb.u8 q1, [%[w3]], #16\n\t"
                     "vmladava.s8 r6, q0, q1\n\t"
                     "letp     lr, 1b\n\t"
                     "stm      %[sums], {r0, r2, r4, r6}"
                     : [x] "+r"(x), [w0] "+r"(w0), [w1] "+r"(w1), [w2] "+r"(w2), [w3] "+r"(w3)
                     : [depth] "r"(depth), [sums] "r"(sums)
                     : "q0", "q1", "q2", "q3", "r0", "r2", "r4", "r6", "lr", "cc", "memory");
    return vldrwq_s32(sums);
}

/** Outputs c to c + 3, of which `count` exist. */
static inline void four(const ecgp_fully_connected_helium_params *p, const int8_t *input, int32_t c, int32_t count,
                        int8_t *output)
{
    const ecgp_requant *const q = &p->requant;
    const int32x4_t value = ecgp_helium_four(q, c, sums_of(input, p->weights + c * p->depth, p->depth));

    vstrbq_p_s32(output + c, value, vctp32q((uint32_t)count));
}

#else

/** Outputs c to c + 3, of which `count` exist. */
static void four(const ecgp_fully_connected_helium_params *p, const int8_t *input, int32_t c, int32_t count,
                 int8_t *output)
{
    const int8_t *w = p->weights + c * p->depth;

    for (int32_t k = 0; k < count; k++) {
        int32_t sum = p->requant.bias[c + k];

        for (int32_t i = 0; i < p->depth; i++) {
            sum += *w++ * input[i];
        }
        ecgp_requantize(&p->requant, c + k, &sum, 1, output + c + k, 1);
    }
}

#endif

void ecgp_fully_connected_helium_s8(const ecgp_fully_connected_helium_params *p, const int8_t *input, int8_t *output)
{
    const int32_t count = p->outputs < OUTPUTS ? p->outputs : OUTPUTS;

    for (int32_t row = 0; row < p->rows; row++) {
        for (int32_t c = 0; c < p->outputs; c += OUTPUTS) {
            four(p, input, c <= p->outputs - count ? c : p->outputs - count, count, output);
        }
        input += p->depth;
        output += p->outputs;
    }
}
