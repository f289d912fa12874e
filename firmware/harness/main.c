/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file main.c
 * @brief Runs a generated model over recorded vectors and says whether every output byte is the expected one.
 *
 *     --vectors FILE   what to run: "EPV1", u32 count, u32 input bytes, u32 output bytes (little endian), then per
 *                      vector the inputs and the expected outputs
 *     --outputs FILE   where the raw outputs go, vector after vector
 *     --trace FILE     where each operator's outputs go (trace.h); needs a build with TRACE=1
 *     --limit N        how many vectors are traced; all by default
 *
 * Exit status: 0 all equal, 1 some differ, 1 - ecgp_status after an error (2 arena, 3 integrity, 4 runtime, 5 files,
 * 6 constants).
 * Vectors pass through one at a time and never lie in flash, so the image's size is that of a true application.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "ecgp_model.h"
#include "ecgp_port.h"
#include "ecgp_stack.h"
#include "ecgp_status.h"
#include "trace.h"

#define CHUNK 32u

typedef struct {
    const char *vectors;
    const char *outputs; /**< NULL: not written */
    const char *trace;   /**< NULL: not written */
    uint32_t limit;      /**< vectors to trace */
} options;

typedef struct {
    uint32_t vectors;    /**< vectors run to their end */
    uint32_t mismatches; /**< of them, vectors with at least one wrong byte */
    uint32_t ticks_min;  /**< shortest invocation, in ecgp_port_ticks() */
    uint32_t ticks_max;  /**< longest invocation */
} tally;

/* An empty model has an arena of 0 bytes, which C has no array for. */
static uint8_t arena[ECGP_MODEL_ARENA_BYTES > 0 ? ECGP_MODEL_ARENA_BYTES : 1] __attribute__((aligned(16)));
static ecgp_model_t model;
static int outputs = -1;

/* Where counting begins and ends: firmware/tools/insn_count.c looks for these two names. */
void ecgp_marker_begin(void);
void ecgp_marker_end(void);
__attribute__((noinline, used)) void ecgp_marker_begin(void) { __asm__ volatile("" ::: "memory"); }
__attribute__((noinline, used)) void ecgp_marker_end(void) { __asm__ volatile("" ::: "memory"); }

static ecgp_status fail(ecgp_status status, const char *why)
{
    ecgp_port_print("ECGP error: ");
    ecgp_port_print(why);
    ecgp_port_print("\n");
    return status;
}

static bool equal(const char *a, const char *b)
{
    while (*a != '\0' && *a == *b) {
        a++;
        b++;
    }
    return *a == *b;
}

static uint32_t number(const char *text)
{
    uint32_t value = 0u;
    while (*text >= '0' && *text <= '9') {
        value = value * 10u + (uint32_t)(*text++ - '0');
    }
    return value;
}

static ecgp_status parse(int argc, char **argv, options *o)
{
    for (int i = 1; i < argc; i += 2) {
        const char *value = i + 1 < argc ? argv[i + 1] : "";
        if (equal(argv[i], "--vectors")) {
            o->vectors = value;
        } else if (equal(argv[i], "--outputs")) {
            o->outputs = value;
        } else if (equal(argv[i], "--trace")) {
            o->trace = value;
        } else if (equal(argv[i], "--limit")) {
            o->limit = number(value);
        } else {
            return fail(ECGP_ERR_IO, "arguments are --vectors FILE [--outputs FILE] [--trace FILE] [--limit N]");
        }
    }
    return o->vectors != NULL ? ECGP_OK : fail(ECGP_ERR_IO, "no --vectors FILE given");
}

static ecgp_status read_all(int file, void *data, size_t bytes)
{
    return ecgp_port_read(file, data, bytes) == bytes ? ECGP_OK : fail(ECGP_ERR_IO, "the vector file ends early");
}

static ecgp_status read_header(int file, uint32_t *count)
{
    uint8_t head[16];
    uint32_t word[4] = {0u, 0u, 0u, 0u};
    size_t in = 0u, out = 0u;
    if (read_all(file, head, sizeof head) != ECGP_OK) {
        return ECGP_ERR_IO;
    }
    for (uint32_t i = 0; i < sizeof head; i++) {
        word[i / 4u] |= (uint32_t)head[i] << (8u * (i % 4u));
    }
    for (int i = 0; i < (int)ECGP_MODEL_INPUTS; i++) {
        in += (size_t)ECGP_MODEL_INPUT_BYTES(i);
    }
    for (int i = 0; i < (int)ECGP_MODEL_OUTPUTS; i++) {
        out += (size_t)ECGP_MODEL_OUTPUT_BYTES(i);
    }
    if (word[0] != 0x31565045u) { /* "EPV1" */
        return fail(ECGP_ERR_IO, "the vector file does not begin with EPV1");
    }
    if (word[2] != in || word[3] != out) {
        return fail(ECGP_ERR_IO, "the vectors are another model's: their inputs or outputs have another size");
    }
    *count = word[1];
    return ECGP_OK;
}

/** Compares and writes the model's outputs; *wrong becomes true where a byte differs. */
static ecgp_status check_outputs(int vectors, bool *wrong)
{
    uint8_t expected[CHUNK];
    for (int i = 0; i < (int)ECGP_MODEL_OUTPUTS; i++) {
        const int8_t *got = ecgp_model_output(&model, i);
        const size_t bytes = (size_t)ECGP_MODEL_OUTPUT_BYTES(i);
        for (size_t at = 0; at < bytes; at += CHUNK) {
            const size_t n = bytes - at < CHUNK ? bytes - at : CHUNK;
            if (read_all(vectors, expected, n) != ECGP_OK) {
                return ECGP_ERR_IO;
            }
            *wrong |= memcmp(got + at, expected, n) != 0;
        }
        if (outputs >= 0 && ecgp_port_write(outputs, got, bytes) != bytes) {
            return fail(ECGP_ERR_IO, "the outputs cannot be written");
        }
    }
    return ECGP_OK;
}

static ecgp_status run_one(int vectors, tally *t)
{
    bool wrong = false;
    for (int i = 0; i < (int)ECGP_MODEL_INPUTS; i++) {
        if (read_all(vectors, ecgp_model_input(&model, i), (size_t)ECGP_MODEL_INPUT_BYTES(i)) != ECGP_OK) {
            return ECGP_ERR_IO;
        }
    }
    const uint32_t start = ecgp_port_ticks();
    ecgp_marker_begin();
    ecgp_status status = ecgp_model_invoke(&model);
    ecgp_marker_end();
    const uint32_t ticks = (ecgp_port_ticks() - start) & (ECGP_PORT_TICKS_MODULO - 1u);
    if (status != ECGP_OK) {
        return fail(status, "the model could not be invoked");
    }
    status = check_outputs(vectors, &wrong);
    t->vectors++;
    t->mismatches += wrong ? 1u : 0u;
    t->ticks_min = ticks < t->ticks_min ? ticks : t->ticks_min;
    t->ticks_max = ticks > t->ticks_max ? ticks : t->ticks_max;
    return status;
}

static ecgp_status run_all(const options *o, tally *t)
{
    uint32_t count = 0u;
    const int vectors = ecgp_port_open(o->vectors, ECGP_PORT_READ);
    ecgp_status status = vectors >= 0 ? ECGP_OK : fail(ECGP_ERR_IO, "the vector file cannot be opened");
    if (status == ECGP_OK && o->outputs != NULL) {
        outputs = ecgp_port_open(o->outputs, ECGP_PORT_WRITE);
        status = outputs >= 0 ? ECGP_OK : fail(ECGP_ERR_IO, "the outputs cannot be written");
    }
    if (status == ECGP_OK && trace_open(o->trace) != ECGP_OK) {
        status = fail(ECGP_ERR_IO, "the trace cannot be written, or the build was made without TRACE=1");
    }
    status = status == ECGP_OK ? read_header(vectors, &count) : status;
    for (uint32_t i = 0; i < count && status == ECGP_OK; i++) {
        if (i == o->limit) {
            status = trace_close();
        }
        status = status == ECGP_OK ? run_one(vectors, t) : status;
    }
    if (trace_close() != ECGP_OK && status == ECGP_OK) {
        status = fail(ECGP_ERR_IO, "the trace could not be written whole");
    }
    if (outputs >= 0 && ecgp_port_close(outputs) != 0 && status == ECGP_OK) {
        status = fail(ECGP_ERR_IO, "the outputs could not be written whole");
    }
    return status;
}

static void print_field(const char *name, uint32_t value)
{
    char digits[11];
    char *c = digits + sizeof digits - 1;
    *c = '\0';
    do {
        *--c = (char)('0' + value % 10u);
        value /= 10u;
    } while (value != 0u);
    ecgp_port_print(name);
    ecgp_port_print(c);
}

/** Bytes of the arena that the model takes; TFLM tells how many of those that it was given. */
static uint32_t arena_used(void)
{
#ifdef ecgp_model_arena_used
    return (uint32_t)ecgp_model_arena_used(&model);
#else
    return (uint32_t)ECGP_MODEL_ARENA_BYTES;
#endif
}

/** One line for a status of ecgp_model_init(). */
static const char *why_not(ecgp_status status)
{
#ifdef ecgp_model_error /* the tflm runtime knows more */
    (void)status;
    return ecgp_model_error(&model);
#else
    return status == ECGP_ERR_ARENA       ? "the arena is misaligned or too small"
           : status == ECGP_ERR_CONSTANTS ? "a constant of the model is damaged: its CRC-32 is wrong; write the image anew"
                                          : "the model could not be initialized";
#endif
}

int main(int argc, char **argv)
{
    options o = {NULL, NULL, NULL, UINT32_MAX};
    tally t = {0u, 0u, UINT32_MAX, 0u};
    ecgp_status status = parse(argc, argv, &o);
    if (status == ECGP_OK) {
        status = ecgp_model_init(&model, arena, sizeof arena);
        status = status == ECGP_OK ? run_all(&o, &t) : fail(status, why_not(status));
    }
    if (status != ECGP_OK) {
        return 1 - (int)status;
    }
    print_field("ECGP {\"vectors\": ", t.vectors);
    print_field(", \"mismatches\": ", t.mismatches);
    print_field(", \"stack_bytes\": ", (uint32_t)ecgp_stack_used());
    print_field(", \"arena_bytes\": ", arena_used());
    print_field(", \"ticks_min\": ", t.vectors > 0u ? t.ticks_min : 0u);
    print_field(", \"ticks_max\": ", t.ticks_max);
    ecgp_port_print("}\n");
    return t.mismatches == 0u ? 0 : 1;
}
