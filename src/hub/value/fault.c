/* SPDX-License-Identifier: Apache-2.0 */
#include "hub/value/fault.h"

#include <errno.h>
#include <jansson.h>
#include <openssl/rand.h>
#include <stdarg.h>

#include "hub/value/date.h"

static const struct row {
	int code, status, number;
	const char *name, *what;
} rows[] = {
	[DUET_HUB_FAULT_NONE] = {0, 200, 0, "", ""},
	[DUET_HUB_FAULT_ARGUMENT_INVALID] = {-EINVAL, 400, 400004, "ArgumentInvalid",
					     "The request is invalid"},
	[DUET_HUB_FAULT_ARGUMENT_NULL] = {-ENODATA, 400, 400005, "ArgumentNull", "Something is missing"},
	[DUET_HUB_FAULT_FORMAT] = {-EBADMSG, 400, 400006, "IotHubFormatError", "The body cannot be read"},
	[DUET_HUB_FAULT_BULK] = {-ECANCELED, 400, 400013, "BulkRegistryOperationFailure",
				 "Some operations failed"},
	[DUET_HUB_FAULT_QUERY] = {-EDOM, 400, 400031, "InvalidQuery", "The query is invalid"},
	[DUET_HUB_FAULT_PROTOCOL_VERSION] = {-EPROTONOSUPPORT, 400, 400001, "InvalidProtocolVersion",
					     "This api-version is not known"},
	[DUET_HUB_FAULT_UNAUTHORIZED] = {-EACCES, 401, 401002, "IotHubUnauthorizedAccess", "Unauthorized"},
	[DUET_HUB_FAULT_FORBIDDEN] = {-EPERM, 401, 401003, "IotHubUnauthorized",
				      "The policy lacks a right that this needs"},
	[DUET_HUB_FAULT_QUEUE_FULL] = {-EDQUOT, 403, 403004, "DeviceMaximumQueueDepthExceeded",
				       "The queue to the device is full"},
	[DUET_HUB_FAULT_UPLOADS_FULL] = {-EUSERS, 403, 403006, "DeviceMaximumActiveFileUploadLimitExceeded",
					 "Too many uploads of the device are open"},
	[DUET_HUB_FAULT_QUOTA] = {-ENOSPC, 403, 403002, "IotHubQuotaExceeded", "The hub has no room left"},
	[DUET_HUB_FAULT_NO_ROUTE] = {-ENOSYS, 404, 404000, "ResourceNotFound", "There is no such resource"},
	[DUET_HUB_FAULT_DEVICE_NOT_FOUND] = {-ENOENT, 404, 404001, "DeviceNotFound",
					     "There is no such device"},
	[DUET_HUB_FAULT_MODULE_NOT_FOUND] = {-ENODEV, 404, 404010, "ModuleNotFound",
					     "There is no such module"},
	[DUET_HUB_FAULT_JOB_NOT_FOUND] = {-ESRCH, 404, 404002, "JobNotFound", "There is no such job"},
	[DUET_HUB_FAULT_CONFIGURATION_NOT_FOUND] = {-ENOTDIR, 404, 404011, "ConfigurationNotFound",
						    "There is no such configuration"},
	[DUET_HUB_FAULT_ENROLLMENT_NOT_FOUND] = {-ENXIO, 404, 404201, "EnrollmentNotFound",
						 "There is no such enrollment"},
	[DUET_HUB_FAULT_NOT_ONLINE] = {-ENOTCONN, 404, 404103, "DeviceNotOnline",
				       "The device is not connected"},
	[DUET_HUB_FAULT_METHOD_NOT_ALLOWED] = {-EOPNOTSUPP, 405, 405000, "MethodNotAllowed",
					       "The resource does not know this method"},
	[DUET_HUB_FAULT_DEVICE_EXISTS] = {-EEXIST, 409, 409001, "DeviceAlreadyExists", "The device exists"},
	[DUET_HUB_FAULT_MODULE_EXISTS] = {-EISCONN, 409, 409301, "ModuleAlreadyExistsOnDevice",
					  "The module exists"},
	[DUET_HUB_FAULT_JOB_EXISTS] = {-EINPROGRESS, 409, 409003, "JobAlreadyExists", "The job exists"},
	[DUET_HUB_FAULT_CONFIGURATION_EXISTS] = {-EISDIR, 409, 409004, "ConfigurationAlreadyExists",
						 "The configuration exists"},
	[DUET_HUB_FAULT_ENROLLMENT_CONFLICT] = {-EALREADY, 409, 409201, "EnrollmentConflict",
						"The enrollment exists already"},
	[DUET_HUB_FAULT_JOB_STATE] = {-EBUSY, 409, 409005, "JobAlreadyFinished", "The job is over"},
	[DUET_HUB_FAULT_LOCK_LOST] = {-ENOLCK, 412, 412002, "DeviceMessageLockLost",
				      "The message is not locked under this token"},
	[DUET_HUB_FAULT_PRECONDITION] = {-ESTALE, 412, 412001, "PreconditionFailed",
					 "Precondition failed: the ETag does not match"},
	[DUET_HUB_FAULT_TOO_LARGE] = {-EMSGSIZE, 413, 413001, "MessageTooLarge", "The request is too large"},
	[DUET_HUB_FAULT_MODULES_FULL] = {-EMLINK, 413, 413002, "TooManyModulesOnDevice",
					 "The device has as many modules as it may have"},
	[DUET_HUB_FAULT_THROTTLED] = {-EAGAIN, 429, 429001, "ThrottlingException",
				      "Too many requests at once"},
	[DUET_HUB_FAULT_SERVER] = {-EIO, 500, 500001, "ServerError", "The hub failed; its log says why"},
	[DUET_HUB_FAULT_UNAVAILABLE] = {-ESHUTDOWN, 503, 503001, "ServiceUnavailable", "The hub is stopping"},
	[DUET_HUB_FAULT_METHOD_TIMEOUT] = {-ETIMEDOUT, 504, 504101, "GatewayTimeout",
					   "The device did not answer in time"},
};

int duet_hub_fault_set(struct duet_hub_fault *fault, enum duet_hub_fault_kind kind, const char *format, ...)
{
	va_list args;

	if (fault) {
		fault->kind = kind;
		va_start(args, format);
		vsnprintf(fault->what, sizeof(fault->what), format, args);
		va_end(args);
	}
	return rows[kind].code;
}

void duet_hub_fault_of(struct duet_hub_fault *fault, int code)
{
	if (code >= 0 || fault->kind != DUET_HUB_FAULT_NONE)
		return;
	fault->kind = DUET_HUB_FAULT_SERVER;
	for (size_t i = 1; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (rows[i].code == code)
			fault->kind = (enum duet_hub_fault_kind)i;
	}
	snprintf(fault->what, sizeof(fault->what), "%s", rows[fault->kind].what);
}

int duet_hub_fault_status(const struct duet_hub_fault *fault)
{
	return rows[fault->kind].status;
}

int duet_hub_fault_number(const struct duet_hub_fault *fault)
{
	return rows[fault->kind].number;
}

const char *duet_hub_fault_name(const struct duet_hub_fault *fault)
{
	return rows[fault->kind].name;
}

/* What finds a request again in the log. */
void duet_hub_fault_tracking(char id[33])
{
	unsigned char bytes[16] = {0};

	RAND_bytes(bytes, sizeof(bytes));
	for (size_t i = 0; i < sizeof(bytes); i++)
		snprintf(id + 2 * i, 3, "%02x", bytes[i]);
}

/* What may stand between quotes in JSON, whatever it was. */
static void escape(const char *text, char *out, size_t size)
{
	size_t n = 0;

	for (; *text && n + 2 < size; text++) {
		if (*text == '"' || *text == '\\')
			out[n++] = '\\';
		out[n++] = (unsigned char)*text < 0x20 ? ' ' : *text;
	}
	out[n] = '\0';
}

int duet_hub_fault_json(const struct duet_hub_fault *fault, int64_t now_ms, char *json, size_t size)
{
	char id[33], what[2 * sizeof(fault->what)], date[DUET_HUB_DATE_BYTES];

	duet_hub_fault_tracking(id);
	escape(fault->what, what, sizeof(what));
	duet_hub_date_format(now_ms, date);
	return snprintf(json, size,
			"{\"errorCode\":%d,\"trackingId\":\"%s\",\"message\":\"%s\",\"timestampUtc\":\"%s\"}",
			rows[fault->kind].number, id, what, date);
}

int duet_hub_fault_rest(const struct duet_hub_fault *fault, int64_t now_ms, char *json, size_t size)
{
	char id[33], what[2 * sizeof(fault->what)], date[DUET_HUB_DATE_BYTES];

	duet_hub_fault_tracking(id);
	escape(fault->what, what, sizeof(what));
	duet_hub_date_format(now_ms, date);
	return snprintf(
		json, size,
		"{\"Message\":\"ErrorCode:%s;%s\",\"ExceptionMessage\":\"Tracking ID:%s-TimeStamp:%s\"}",
		rows[fault->kind].name, what, id, date);
}
