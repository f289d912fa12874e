/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file ecgp_status.h
 * @brief The one result type of everything in ecgprune's firmware.
 */
#ifndef ECGP_STATUS_H
#define ECGP_STATUS_H

#ifdef __cplusplus
extern "C" {
#endif

/** Zero is success; every error is negative. */
typedef enum {
    ECGP_OK = 0,             /**< done */
    ECGP_ERR_ARENA = -1,     /**< the arena is NULL, misaligned, or smaller than the model needs */
    ECGP_ERR_INTEGRITY = -2, /**< an instance is NULL, damaged, or was never initialized */
    ECGP_ERR_RUNTIME = -3,   /**< the runtime underneath (TFLM) refused the model or failed in an operator */
    ECGP_ERR_IO = -4,        /**< the port could not read its input or write its output */
    ECGP_ERR_CONSTANTS = -5  /**< a model's constants in flash are not those that were generated */
} ecgp_status;

#ifdef __cplusplus
}
#endif

#endif /* ECGP_STATUS_H */
