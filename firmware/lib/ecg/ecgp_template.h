/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file ecgp_template.h
 * @brief Watches the patient's template beat: tells when it is of another shape than the beats, and must begin anew.
 *
 * Bit for bit what ecgprune/ecg/quality.py does. One false beat, such as an artefact at the start, can be most of a
 * template beat for minutes. A beat is foreign when it is far from the template beat and near one of the last beats.
 * When most of the last beats are foreign, the template beat is wrong, not they, and begins anew. Once it has been near
 * enough beats it is trusted: then a run of ventricular beats is foreign and changes nothing, and a lasting change of
 * shape is learned slowly, as every template beat learns. No heap, no globals.
 */
#ifndef ECGP_TEMPLATE_H
#define ECGP_TEMPLATE_H

#include <stdbool.h>
#include <stdint.h>

#include "ecgp_quality.h"

#ifdef __cplusplus
extern "C" {
#endif

#define ECGP_TEMPLATE_TRUSTED 32u /**< beats near it from which on a template beat is trusted */
#define ECGP_TEMPLATE_FOREIGN 6u  /**< foreign beats of the last ECGP_TEMPLATE_OF with which it begins anew before */
#define ECGP_TEMPLATE_OF 8u
#define ECGP_TEMPLATE_FAR 40u     /**< distance from which on a beat is far from the template beat */
#define ECGP_TEMPLATE_NEAR 24u    /**< distance up to which it is near another beat */

/** The state. The fields are the functions' own. */
typedef struct {
    uint8_t foreign; /**< which of the last beats were foreign, the newest in bit 0 */
    uint8_t near;    /**< beats that were near the template beat, 0 to ECGP_TEMPLATE_TRUSTED */
} ecgp_template_t;

/** @brief The template beat begins anew. */
void ecgp_template_init(ecgp_template_t *guard);

/**
 * @brief Takes in a beat.
 *
 * @param guard  the state
 * @param match  what ecgp_quality_beat() found
 * @return true when the template beat must begin anew, with this beat; the state has then done so
 */
bool ecgp_template_beat(ecgp_template_t *guard, ecgp_quality_match match);

#ifdef __cplusplus
}
#endif

#endif /* ECGP_TEMPLATE_H */
