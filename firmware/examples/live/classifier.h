/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file classifier.h
 * @brief The generated model of MODEL_DIR as the stream's classifier.
 */
#ifndef CLASSIFIER_H
#define CLASSIFIER_H

#include <stdbool.h>

#include "ecgp_stream.h"

#ifdef __cplusplus
extern "C" {
#endif

extern const ecgp_classifier_t live_classifier; /**< takes no `model`: there is one instance */

/**
 * @brief Initializes the model.
 *
 * @return false: it cannot be; its constants may be damaged
 */
bool live_classifier_init(void);

#ifdef __cplusplus
}
#endif

#endif /* CLASSIFIER_H */
