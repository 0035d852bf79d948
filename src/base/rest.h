/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DUET_BASE_REST_H
#define DUET_BASE_REST_H

/*
 * Gives back what opening took and staying open does not need: free memory, and
 * the pages of mapped files (dictionary, model definitions, compiled sentences),
 * which were read once from end to end. What is needed again is read again. Any
 * thread; blocks for some milliseconds.
 */
void duet_rest(void);

/* Only the pages of mapped files. */
void duet_rest_files(void);

#endif
