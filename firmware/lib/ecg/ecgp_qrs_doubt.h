/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file ecgp_qrs_doubt.h
 * @brief Which candidates of the QRS detector may be P waves, and which are better; see ecgp_qrs.h.
 */
#ifndef ECGP_QRS_DOUBT_H
#define ECGP_QRS_DOUBT_H

#include <stdbool.h>
#include <stdint.h>

#include "ecgp_qrs_levels.h"

#ifdef __cplusplus
extern "C" {
#endif

/** @brief Whether a candidate is too low in every lead to be a QRS complex. */
bool ecgp_qrs_is_low(const ecgp_qrs_candidate_t *one, uint32_t leads);

/** @brief Whether a late candidate may be a P wave: it is not like the template, and something as high is coming. */
bool ecgp_qrs_is_doubtful(const ecgp_qrs_candidate_t *one, uint32_t leads);

/** @brief Whether the candidate after `held` is the better one: as steep or steeper, and nearer to the template. */
bool ecgp_qrs_is_better(const ecgp_qrs_candidate_t *one, const ecgp_qrs_candidate_t *held, uint32_t leads);

#ifdef __cplusplus
}
#endif

#endif /* ECGP_QRS_DOUBT_H */
