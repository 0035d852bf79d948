/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DUET_ENGINES_AUDIO_PIPEWIRE_PREFIX_H
#define DUET_ENGINES_AUDIO_PIPEWIRE_PREFIX_H

/* PipeWire's headers use what base/banned.h bans: they come first. */
#include <pipewire/impl.h>
#include <pipewire/pipewire.h>
#include <spa/param/audio/format-utils.h>

#include "base/banned.h"

/* Its macros are GNU C. */
#ifdef __clang__
#pragma clang diagnostic ignored "-Wgnu-empty-initializer"
#pragma clang diagnostic ignored "-Wgnu-statement-expression"
#endif

#endif
