/* SPDX-License-Identifier: Apache-2.0 */
#include "hub/service/service_table.h"

/* All that is served over HTTPS. The first that matches is taken: fixed names stand before parameters. */
const struct duet_hub_route *const duet_hub_route_tables[] = {
	duet_hub_query_routes,         duet_hub_bulk_routes,
	duet_hub_registry_routes,      duet_hub_twin_routes,
	duet_hub_method_routes,        duet_hub_message_routes,
	duet_hub_upload_routes,        duet_hub_job_routes,
	duet_hub_configuration_routes, duet_hub_enrollment_routes,
	duet_hub_operation_routes,     duet_hub_monitor_routes,
	duet_hub_outlet_routes,        NULL,
};
