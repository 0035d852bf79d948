/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SPHINX_LENGTHS_H
#define SPHINX_LENGTHS_H

/* How long a phone of the packaged model is when people say it: the mean natural logarithm of its frames, 305
 * orders and 280 lines of synthetic words aligned with what was said. Of one that is not among them: that of
 * all together. */
float duet_length_usual(const char *phone);

#endif
