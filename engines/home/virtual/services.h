/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DUET_HOME_VIRTUAL_SERVICES_H
#define DUET_HOME_VIRTUAL_SERVICES_H

#include "duet/home_engine.h"

/*
 * What things do when they are asked to: changes `state` ({"state": …, "attributes": {…}}) as Home
 * Assistant's service would. 0, -ENOTSUP when the domain has no such service or the thing lacks the feature,
 * -EINVAL for data that makes no sense; then the state is as it was.
 */
int service_run(const struct duet_home_entity *entity, json_t *state, const char *service,
		const json_t *data);

#endif
