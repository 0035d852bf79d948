/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DUET_LEARNT_MODEL_FIXTURE_H
#define DUET_LEARNT_MODEL_FIXTURE_H

#include "learnt/query.h"

/* A few queries to learn from, for tests. */
static const char fixture_queries[] = "queries:\n"
				      "  - intent: Timer\n"
				      "    means: [\"timer for {duration}\", \"timer\"]\n"
				      "    say:\n"
				      "      - start a timer for [five minutes](duration)\n"
				      "      - set a timer for [ten minutes](duration)\n"
				      "      - set a timer of [two hours](duration) please\n"
				      "      - count down [five minutes](duration)\n"
				      "      - count [ten minutes](duration) down for me\n"
				      "      - please start a timer\n"
				      "      - a timer of [two minutes](duration)\n"
				      "  - intent: Light\n"
				      "    means: [\"light on in {area}\"]\n"
				      "    say:\n"
				      "      - turn on the light in the [kitchen](area)\n"
				      "      - light in the [bedroom](area) please\n"
				      "      - make it bright in the [kitchen](area)\n"
				      "      - it is dark in the [office](area), turn on the light\n"
				      "      - turn the light in the [bedroom](area) on\n"
				      "  - say:\n"
				      "      - who painted the mona lisa\n"
				      "      - how tall is the eiffel tower\n"
				      "      - what is the capital of france\n"
				      "      - how old is the queen of denmark\n"
				      "      - who is the president of france\n";

#endif
