/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DUET_HUB_QUERY_SERVICE_H
#define DUET_HUB_QUERY_SERVICE_H

struct duet_hub_page;
struct duet_hub_query;
struct duet_hub_request;
struct duet_hub_route;

/* Queries over REST, and what other lists in pages share with them. */

/* x-ms-max-item-count (100 when it is not there) and x-ms-continuation. */
int duet_hub_page_read(struct duet_hub_request *request, struct duet_hub_page *page);
/* The answer to what a pool has found. */
void duet_hub_page_reply(struct duet_hub_request *request, const struct duet_hub_page *page,
			 const char *type);
/* Has a page of it run, and answers. */
int duet_hub_query_reply(struct duet_hub_request *request, const struct duet_hub_query *query);

#endif
