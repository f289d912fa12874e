/**
 * @file ecgp_fully_connected_bitmap.c
 * @brief A matrix in little more than a byte for each weight that is not zero.
 *
 * 1. Four bits say which of four weights there are: for each of the 16 cases there is straight code, and the end of
 *    one jumps to the next, so that nothing is counted, tested or unpacked.
 * 2. Eight inputs, spread to int16 once a row (ecgp_matrix_spread()), are fetched by one LDM.
 * 3. One or two weights are multiplied by SMLA<x><y>, which takes either half of a word; of three and four, two at a
 *    time by SMLAD. Weights 0, 1, 3 are stored as 1, 0, 3, and 0, 2, 3 as 0, 3, 2, so that SXTB16 pairs them.
 * 4. The byte 0x0f ends a row: the case of four weights, which is rare, looks whether the inputs are at their end.
 */
#include "ecgp_fully_connected_bitmap.h"

#include "ecgp_matrix_sparse.h"

#if ECGP_MATRIX_LONG

/* Labels 100 to 115 are the cases of inputs 0 to 3, in r4 (0, 2) and r5 (1, 3); 200 to 215 of 4 to 7, in r6 and r8. */
#define LOWER(bits, code)                            \
    "1" #bits ":\n\t"                                \
    "ldm    %[x]!, {r4, r5, r6, r8}\n\t"             \
    code                                             \
    "lsrs   %[s], %[s], #4\n\t"                      \
    "ldr    pc, [%[upper], %[s], lsl #2]\n"
#define NEXT                                         \
    "ldrb   %[s], [%[b]], #1\n\t"                    \
    "and    %[t], %[s], #15\n\t"                     \
    "ldr    pc, [%[lower], %[t], lsl #2]\n"
#define UPPER(bits, code) "2" #bits ":\n\t" code NEXT

#define ONE(half, inputs)                            \
    "ldrsb  %[t], [%[w]], #1\n\t"                    \
    "smlab" half " %[acc], %[t], " inputs ", %[acc]\n\t"
#define THREE(pair, half, inputs)                    \
    "ldr    %[t], [%[w]], #3\n\t"                    \
    "sxtb16 %[v], %[t]\n\t"                          \
    "sxtb16 %[t], %[t], ror #8\n\t"                  \
    "smlad  %[acc], %[v], " pair ", %[acc]\n\t"      \
    "smlab" half " %[acc], %[t], " inputs ", %[acc]\n\t"
#define FOUR(even, odd)                              \
    "ldr    %[t], [%[w]], #4\n\t"                    \
    "sxtb16 %[v], %[t]\n\t"                          \
    "sxtb16 %[t], %[t], ror #8\n\t"                  \
    "smlad  %[acc], %[v], " even ", %[acc]\n\t"      \
    "smlad  %[acc], %[t], " odd ", %[acc]\n\t"

/* The 15 cases that do not look for the end; `even` holds inputs 0 and 2, `odd` 1 and 3. */
#define CASES(CASE, even, odd)                                              \
    CASE(00, "")                                                            \
    CASE(01, ONE("b", even))                                                \
    CASE(02, ONE("b", odd))                                                 \
    CASE(03, ONE("b", even) ONE("b", odd))                                  \
    CASE(04, ONE("t", even))                                                \
    CASE(05, ONE("b", even) ONE("t", even))                                 \
    CASE(06, ONE("b", odd) ONE("t", even))                                  \
    CASE(07, THREE(even, "b", odd))                                         \
    CASE(08, ONE("t", odd))                                                 \
    CASE(09, ONE("b", even) ONE("t", odd))                                  \
    CASE(10, ONE("b", odd) ONE("t", odd))                                   \
    CASE(11, THREE(odd, "b", even))                                         \
    CASE(12, ONE("t", even) ONE("t", odd))                                  \
    CASE(13, THREE(even, "t", odd))                                         \
    CASE(14, THREE(odd, "t", even))

#define ADDRESSES(n)                                                                                      \
    ".word " n "00b + 1, " n "01b + 1, " n "02b + 1, " n "03b + 1, " n "04b + 1, " n "05b + 1\n\t"       \
    ".word " n "06b + 1, " n "07b + 1, " n "08b + 1, " n "09b + 1, " n "10b + 1, " n "11b + 1\n\t"       \
    ".word " n "12b + 1, " n "13b + 1, " n "14b + 1, " n "15b + 1\n\t"

/** The sum of one output. *bits and *weights are moved on to the next. x, up to end, is spread. */
static int32_t dot(const uint8_t **bits, const int8_t **weights, const int16_t *x, const int16_t *end)
{
    const uint8_t *b = *bits;
    const int8_t *w = *weights;
    int32_t acc = 0;
    uint32_t s;
    uint32_t t;
    uint32_t v;
    uint32_t lower;
    uint32_t upper;

    __asm__("adr    %[lower], 1f\n\t"
            "add    %[upper], %[lower], #64\n\t"
            NEXT
            CASES(LOWER, "r4", "r5")
            CASES(UPPER, "r6", "r8")
            "115:\n\t"
            "ldr    %[t], %[end]\n\t"
            "cmp    %[x], %[t]\n\t"
            "beq    2f\n\t"
            "ldm    %[x]!, {r4, r5, r6, r8}\n\t"
            FOUR("r4", "r5")
            "lsrs   %[s], %[s], #4\n\t"
            "ldr    pc, [%[upper], %[s], lsl #2]\n"
            UPPER(15, FOUR("r6", "r8"))
            "\t.balign 4\n"
            "1:\n\t"
            ADDRESSES("1")
            ADDRESSES("2")
            "2:"
            : [acc] "+r"(acc), [b] "+r"(b), [w] "+r"(w), [x] "+r"(x), [s] "=&l"(s), [t] "=&r"(t), [v] "=&r"(v),
              [lower] "=&r"(lower), [upper] "=&r"(upper)
            : [end] "m"(end)
            : "r4", "r5", "r6", "r8", "cc", "memory");
    *bits = b;
    *weights = w;
    return acc;
}

#else

/** The sum of one output. *bits and *weights are moved on to the next. x, up to end, is spread. */
static int32_t dot(const uint8_t **bits, const int8_t **weights, const int16_t *x, const int16_t *end)
{
    /* Where the weights of each case lie in four spread inputs, two bits for each in the order they are stored. */
    static const uint8_t places[16] = {0, 0, 2, 8, 1, 4, 6, 24, 3, 12, 14, 50, 13, 28, 54, 216};
    const uint8_t *b = *bits;
    const int8_t *w = *weights;
    int32_t acc = 0;

    for (; x != end; x += 4) {
        const uint32_t here = (((uintptr_t)(end - x) & 4u) != 0u ? *b++ >> 4 : *b) & 15u;
        uint32_t place = places[here];

        for (uint32_t left = here; left != 0u; left &= left - 1u) {
            acc += *w++ * x[place & 3u];
            place >>= 2;
        }
    }
    *bits = b + 1;
    *weights = w;
    return acc;
}

#endif

void ecgp_fully_connected_sparse_bitmap_s8(const ecgp_fully_connected_bitmap_params *p, const int8_t *input,
                                       int8_t *output, void *scratch)
{
    const int32_t size = (p->depth + 7) & ~7;
    int16_t *const x = scratch;

    for (int32_t row = 0; row < p->rows; row++) {
        const uint8_t *bits = p->bits;
        const int8_t *weights = p->weights;

        ecgp_matrix_spread(input, p->depth, size, x);
        for (int32_t first = 0; first < p->outputs; first += ECGP_MATRIX_SUMS) {
            const int32_t left = p->outputs - first;
            const int32_t count = left < ECGP_MATRIX_SUMS ? left : ECGP_MATRIX_SUMS;
            int32_t sums[ECGP_MATRIX_SUMS];

            for (int32_t k = 0; k < count; k++) {
                sums[k] = dot(&bits, &weights, x, x + size);
            }
            ecgp_matrix_outputs(&p->requant, first, sums, count, output + first);
        }
        input += p->depth;
        output += p->outputs;
    }
}
