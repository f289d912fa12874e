/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file ecgp_window.h
 * @brief How a window slides over an NHWC input: shared by the convolutions.
 *
 * Kernels work on tiles: ECGP_TILE positions side by side in one output row (or a single one in rows that are
 * shorter), so that a weight is loaded once and used ECGP_TILE times. The last tile of a row is moved back to end
 * with it; the positions it shares with the tile before it are simply computed again.
 *
 * A tile reads straight from the input, or, where its window hangs over the input's edge, from a small staged copy
 * with the padding filled in. Inner loops therefore know no edges, and padding is one constant: the zero point.
 */
#ifndef ECGP_WINDOW_H
#define ECGP_WINDOW_H

#include <stdint.h>
#include <string.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Positions per tile; ecgprune/codegen/lowering/window.py must say the same. */
#define ECGP_TILE 4

/** @name Which tiles are copied before they are read @{ */
#define ECGP_STAGE_NONE 0  /**< none: no window leaves the input */
#define ECGP_STAGE_EDGES 1 /**< those that leave the input to the left or right; the kernel is one row high */
#define ECGP_STAGE_ALL 2   /**< all, so that the distance of kernel rows is the same at the edges and between */
/** @} */

/** Geometry of a sliding window. Sizes are in elements, which are bytes; NHWC. */
typedef struct {
    int32_t batches;    /**< 1 and more */
    int32_t input_h;    /**< rows of the input, 1 and more */
    int32_t input_w;    /**< columns of the input, 1 and more */
    int32_t input_c;    /**< channels of the input, 1 and more */
    int32_t output_h;   /**< rows of the output, 1 and more */
    int32_t output_w;   /**< columns of the output, 1 and more */
    int32_t kernel_h;   /**< rows of the kernel, 1 and more */
    int32_t kernel_w;   /**< columns of the kernel, 1 and more */
    int32_t stride_h;   /**< input rows from one output row to the next, 1 and more */
    int32_t stride_w;   /**< input columns from one output column to the next, 1 and more */
    int32_t dilation_h; /**< input rows from one kernel row to the next; 1: they lie side by side */
    int32_t dilation_w; /**< input columns from one kernel column to the next; 1: they lie side by side */
    int32_t pad_top;    /**< rows that the first window hangs over the input, 0 and more */
    int32_t pad_left;   /**< columns that the first window hangs over the input, 0 and more */
    int32_t pad_value;  /**< -128 to 127: the input's zero point, which stands for real 0 */
} ecgp_window;

/** The same without the kernel's columns, for kernels that read an expanded or packed copy: its offsets hold them. */
typedef struct {
    int32_t batches;    /**< 1 and more */
    int32_t input_h;    /**< rows of the input, 1 and more */
    int32_t input_w;    /**< columns of the input, 1 and more */
    int32_t input_c;    /**< channels of the input, 1 and more */
    int32_t output_h;   /**< rows of the output, 1 and more */
    int32_t output_w;   /**< columns of the output, 1 and more */
    int32_t kernel_h;   /**< rows of the kernel, 1 and more */
    int32_t stride_h;   /**< input rows from one output row to the next, 1 and more */
    int32_t stride_w;   /**< input columns from one output column to the next, 1 and more */
    int32_t dilation_h; /**< input rows from one kernel row to the next; 1: they lie side by side */
    int32_t pad_top;    /**< rows that the first window hangs over the input, 0 and more */
    int32_t pad_left;   /**< columns that the first window hangs over the input, 0 and more */
    int32_t pad_value;  /**< -128 to 127: the input's zero point, which stands for real 0 */
} ecgp_rows;

/** A window, which of its tiles are copied, and how far apart kernel rows then lie. */
typedef struct {
    ecgp_window window; /**< how the kernel slides over the input */
    int32_t row_step;   /**< bytes from a kernel row to the next, in the input or in the staged copy */
    int32_t stage;      /**< which tiles are copied: ECGP_STAGE_NONE, _EDGES or _ALL */
} ecgp_staged_window;

/** Whether all fields are within their ranges. For ECGP_ASSERT. */
static inline int ecgp_window_is_valid(const ecgp_window *w)
{
    const int sizes = w->batches >= 1 && w->input_h >= 1 && w->input_w >= 1 && w->input_c >= 1 && w->output_h >= 1 &&
                      w->output_w >= 1 && w->kernel_h >= 1 && w->kernel_w >= 1;
    const int steps = w->stride_h >= 1 && w->stride_w >= 1 && w->dilation_h >= 1 && w->dilation_w >= 1;

    return sizes && steps && w->pad_top >= 0 && w->pad_left >= 0 && w->pad_value >= -128 && w->pad_value <= 127;
}

/** Whether all fields are within their ranges. For ECGP_ASSERT. */
static inline int ecgp_rows_is_valid(const ecgp_rows *w)
{
    const int sizes = w->batches >= 1 && w->input_h >= 1 && w->input_w >= 1 && w->input_c >= 1 && w->output_h >= 1 &&
                      w->output_w >= 1 && w->kernel_h >= 1;
    const int steps = w->stride_h >= 1 && w->stride_w >= 1 && w->dilation_h >= 1;

    return sizes && steps && w->pad_top >= 0 && w->pad_left >= 0 && w->pad_value >= -128 && w->pad_value <= 127;
}

/** Where a tile stands in the output. */
typedef struct {
    int32_t batch;
    int32_t y;
    int32_t x;
    int32_t count; /**< positions in the tile: ECGP_TILE or 1; 0 when all tiles are done */
} ecgp_tile;

/** The first tile. */
static inline ecgp_tile ecgp_tile_first(const ecgp_window *w)
{
    const ecgp_tile first = {0, 0, 0, w->output_w >= ECGP_TILE ? ECGP_TILE : 1};

    return first;
}

/** Moves to the next tile: along the row, then down, then to the next image. */
static inline void ecgp_tile_next(const ecgp_window *w, ecgp_tile *t)
{
    t->x += t->count;
    if (t->x < w->output_w) {
        if (t->x > w->output_w - t->count) {
            t->x = w->output_w - t->count;
        }
        return;
    }
    t->x = 0;
    t->y++;
    if (t->y < w->output_h) {
        return;
    }
    t->y = 0;
    t->batch++;
    if (t->batch >= w->batches) {
        t->count = 0;
    }
}

/** Index of the tile's first position in the output, counted in pixels. */
static inline int32_t ecgp_tile_position(const ecgp_window *w, const ecgp_tile *t)
{
    return (t->batch * w->output_h + t->y) * w->output_w + t->x;
}

/** One row of a tile: `columns` pixels of `row` from column x on, the pad value where the input has none. */
static inline void ecgp_stage_row(const ecgp_window *w, const int8_t *row, int32_t x, int32_t columns, int8_t *to)
{
    const int32_t before = x >= 0 ? 0 : (-x < columns ? -x : columns);
    const int32_t beyond = x + columns - w->input_w;
    const int32_t after = beyond <= 0 ? 0 : (beyond < columns - before ? beyond : columns - before);
    const int32_t inside = columns - before - after;

    memset(to, (int)w->pad_value, (size_t)(before * w->input_c));
    if (inside > 0) {
        memcpy(to + before * w->input_c, row + (x + before) * w->input_c, (size_t)(inside * w->input_c));
    }
    memset(to + (before + inside) * w->input_c, (int)w->pad_value, (size_t)(after * w->input_c));
}

/**
 * Where the tile's input is: element (ky, kx, c) of the window at position k lies at
 * result[ky * row_step + (k * stride_w + kx * dilation_w) * input_c + c].
 *
 * @param scratch  room for the staged copy, kernel_h * row_step bytes (kernel_h = 1: one row of a tile); may be
 *                 NULL when stage is ECGP_STAGE_NONE
 */
static inline const int8_t *ecgp_tile_input(const ecgp_staged_window *s, const ecgp_tile *t, const int8_t *input,
                                            int8_t *scratch)
{
    const ecgp_window *const w = &s->window;
    const int32_t columns = (t->count - 1) * w->stride_w + (w->kernel_w - 1) * w->dilation_w + 1;
    const int32_t x = t->x * w->stride_w - w->pad_left;
    const int32_t y = t->y * w->stride_h - w->pad_top;
    const int8_t *const image = input + t->batch * w->input_h * w->input_w * w->input_c;

    if (s->stage == ECGP_STAGE_NONE || (s->stage == ECGP_STAGE_EDGES && x >= 0 && x + columns <= w->input_w)) {
        return image + (y * w->input_w + x) * w->input_c;
    }
    for (int32_t ky = 0; ky < w->kernel_h; ky++) {
        const int32_t row = y + ky * w->dilation_h;

        if (row >= 0 && row < w->input_h) {
            ecgp_stage_row(w, image + row * w->input_w * w->input_c, x, columns, scratch + ky * s->row_step);
        } else {
            memset(scratch + ky * s->row_step, (int)w->pad_value, (size_t)(columns * w->input_c));
        }
    }
    return scratch;
}

#ifdef __cplusplus
}
#endif

#endif /* ECGP_WINDOW_H */
