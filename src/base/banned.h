/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DUET_BASE_BANNED_H
#define DUET_BASE_BANNED_H

/*
 * Calls that are too easy to get wrong; the build includes this file before
 * every source of ours. After git's banned.h.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#pragma GCC poison strcpy strcat strncpy strncat sprintf vsprintf gets strtok atoi atol atof
#pragma GCC poison gmtime localtime ctime asctime

#endif
