/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file ecgp_qrs_network.h
 * @brief The network of the QRS detector: a candidate's score from ratios, bit for bit ecgprune/ecg/qrs_network.py.
 */
#ifndef ECGP_QRS_NETWORK_H
#define ECGP_QRS_NETWORK_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * @brief The score of a candidate.
 *
 * @param features  ECGP_QRS_FEATURES(leads) values, -127 to 127
 * @param leads     1 or 2
 * @return in 1024ths of a natural logarithm of the odds that it is a beat
 */
int32_t ecgp_qrs_network(const int32_t *features, uint32_t leads);

#ifdef __cplusplus
}
#endif

#endif /* ECGP_QRS_NETWORK_H */
