/* SPDX-License-Identifier: Apache-2.0 */
/* Written by tools/confidence/learn, which says from what; do not edit. */
static const double confidence_bias = 0;
static const double confidence_weights[CONFIDENCE_FEATURES] = {0};
