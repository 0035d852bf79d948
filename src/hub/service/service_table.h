/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DUET_HUB_SERVICE_TABLE_H
#define DUET_HUB_SERVICE_TABLE_H

#include "hub/service/service.h"

/* Every table of routes, by the file that defines it. */
extern const struct duet_hub_route duet_hub_configuration_routes[]; /* configuration_service.c */
extern const struct duet_hub_route duet_hub_enrollment_routes[];    /* enrollment_service.c */
extern const struct duet_hub_route duet_hub_job_routes[];           /* job_service.c */
extern const struct duet_hub_route duet_hub_bulk_routes[];          /* registry_bulk.c */
extern const struct duet_hub_route duet_hub_message_routes[];       /* message_service.c */
extern const struct duet_hub_route duet_hub_method_routes[];        /* method_service.c */
extern const struct duet_hub_route duet_hub_query_routes[];         /* query_service.c */
extern const struct duet_hub_route duet_hub_registry_routes[];      /* registry.c */
extern const struct duet_hub_route duet_hub_upload_routes[];        /* upload_service.c */
extern const struct duet_hub_route duet_hub_twin_routes[];          /* twin_service.c */
extern const struct duet_hub_route duet_hub_operation_routes[], duet_hub_monitor_routes[],
	duet_hub_outlet_routes[];

#endif
