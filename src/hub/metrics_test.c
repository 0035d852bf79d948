/* SPDX-License-Identifier: Apache-2.0 */
#include "hub/metrics.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void sums_and_names_all_sets(void **state)
{
	static struct duet_hub_metrics a, b;
	const struct duet_hub_metrics *const sets[] = {&a, &b};
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);
	int n_types = 0;

	duet_hub_count(&a, DUET_HUB_M_TELEMETRY, 3);
	duet_hub_count(&b, DUET_HUB_M_TELEMETRY, 4);
	duet_hub_count(&a, DUET_HUB_M_CONNECTIONS, 1);
	duet_hub_uncount(&b, DUET_HUB_M_CONNECTIONS, 1); /* moved to another loop: a set may go below 0 */
	assert_int_equal(duet_hub_metric_sum(sets, 2, DUET_HUB_M_TELEMETRY), 7);
	duet_hub_metrics_write(out, sets, 2);
	duet_hub_metric_write(out, "log_bytes", "gauge", "Kept", 1.5);
	fclose(out);
	assert_non_null(strstr(text, "# TYPE duet_hub_telemetry_messages_total counter\n"
				     "duet_hub_telemetry_messages_total 7\n"));
	assert_non_null(strstr(text, "# TYPE duet_hub_connections gauge\nduet_hub_connections 0\n"));
	assert_non_null(strstr(text, "duet_hub_log_bytes 1.5\n"));
	for (const char *at = strstr(text, "# TYPE"); at; at = strstr(at + 1, "# TYPE"))
		n_types++;
	assert_int_equal(n_types, DUET_HUB_N_METRICS + 1);
	assert_null(strstr(text, "(null)"));
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(sums_and_names_all_sets)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
