/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DUET_CMD_ORDER_H
#define DUET_CMD_ORDER_H

#include "cmd/command.h"
#include "speaker/order.h"

/* An order to the speaker that runs with that configuration and state; what is wrong is told. A duet_exit;
 * `*answer` is a new reference when it is DONE. */
int duet_command_order(const struct duet_invocation *invocation, const char *config_path, const char *state,
		       const struct duet_order *order, json_t **answer);

#endif
