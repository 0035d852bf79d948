/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DUET_HUB_FAULT_H
#define DUET_HUB_FAULT_H

#include <stddef.h>
#include <stdint.h>

/*
 * What a device or a service is told when its request cannot be carried out:
 * one table for REST bodies and for the answers over MQTT. Numbers and names
 * are Azure IoT Hub's (its error code reference).
 */
enum duet_hub_fault_kind {
	DUET_HUB_FAULT_NONE,
	DUET_HUB_FAULT_ARGUMENT_INVALID,        /* 400004 ArgumentInvalid */
	DUET_HUB_FAULT_ARGUMENT_NULL,           /* 400005 ArgumentNull */
	DUET_HUB_FAULT_FORMAT,                  /* 400006 IotHubFormatError */
	DUET_HUB_FAULT_BULK,                    /* 400013 BulkRegistryOperationFailure */
	DUET_HUB_FAULT_QUERY,                   /* 400x   InvalidQuery */
	DUET_HUB_FAULT_PROTOCOL_VERSION,        /* 400001 InvalidProtocolVersion */
	DUET_HUB_FAULT_UNAUTHORIZED,            /* 401002 IotHubUnauthorizedAccess */
	DUET_HUB_FAULT_FORBIDDEN,               /* 403002 */
	DUET_HUB_FAULT_QUEUE_FULL,              /* 403004 DeviceMaximumQueueDepthExceeded */
	DUET_HUB_FAULT_UPLOADS_FULL,            /* 403006 DeviceMaximumActiveFileUploadLimitExceeded */
	DUET_HUB_FAULT_QUOTA,                   /* 403013 */
	DUET_HUB_FAULT_NO_ROUTE,                /* 404    ResourceNotFound */
	DUET_HUB_FAULT_DEVICE_NOT_FOUND,        /* 404001 DeviceNotFound */
	DUET_HUB_FAULT_MODULE_NOT_FOUND,        /* 404010 ModuleNotFound */
	DUET_HUB_FAULT_JOB_NOT_FOUND,           /* 404002 JobNotFound */
	DUET_HUB_FAULT_CONFIGURATION_NOT_FOUND, /* 404011 ConfigurationNotFound */
	DUET_HUB_FAULT_ENROLLMENT_NOT_FOUND,    /* 404201 EnrollmentNotFound */
	DUET_HUB_FAULT_NOT_ONLINE,              /* 404103 DeviceNotOnline */
	DUET_HUB_FAULT_METHOD_NOT_ALLOWED,      /* 405 */
	DUET_HUB_FAULT_DEVICE_EXISTS,           /* 409001 DeviceAlreadyExists */
	DUET_HUB_FAULT_MODULE_EXISTS,           /* 409301 ModuleAlreadyExistsOnDevice */
	DUET_HUB_FAULT_JOB_EXISTS,              /* 409003 JobAlreadyExists */
	DUET_HUB_FAULT_CONFIGURATION_EXISTS,    /* 409 */
	DUET_HUB_FAULT_ENROLLMENT_CONFLICT,     /* 409201 EnrollmentConflict */
	DUET_HUB_FAULT_JOB_STATE,               /* 409 JobCancelled… */
	DUET_HUB_FAULT_LOCK_LOST,               /* 412002 DeviceMessageLockLost */
	DUET_HUB_FAULT_PRECONDITION,            /* 412001 PreconditionFailed */
	DUET_HUB_FAULT_TOO_LARGE,               /* 413001 MessageTooLarge */
	DUET_HUB_FAULT_MODULES_FULL,            /* 413002 TooManyModulesOnDevice */
	DUET_HUB_FAULT_THROTTLED,               /* 429001 ThrottlingException */
	DUET_HUB_FAULT_SERVER,                  /* 500001 ServerError */
	DUET_HUB_FAULT_UNAVAILABLE,             /* 503001 ServiceUnavailable */
	DUET_HUB_FAULT_METHOD_TIMEOUT,          /* 504101 GatewayTimeout */
};

struct duet_hub_fault {
	enum duet_hub_fault_kind kind;
	char what[256]; /* one sentence */
};

/* Fills `fault` (when not NULL) and returns the kind's negative errno. */
int duet_hub_fault_set(struct duet_hub_fault *fault, enum duet_hub_fault_kind kind, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
/* When nothing was said yet: what comes closest to a negative errno. */
void duet_hub_fault_of(struct duet_hub_fault *fault, int code);

int duet_hub_fault_status(const struct duet_hub_fault *fault);       /* HTTP, and of a twin's answer */
int duet_hub_fault_number(const struct duet_hub_fault *fault);       /* 404001 */
const char *duet_hub_fault_name(const struct duet_hub_fault *fault); /* "DeviceNotFound" */

/* {"errorCode":404001,"trackingId":"…","message":"…","timestampUtc":"…"}: what devices are told. Writes at
 * most `size` bytes; the length. */
int duet_hub_fault_json(const struct duet_hub_fault *fault, int64_t now_ms, char *json, size_t size);

/* {"Message":"ErrorCode:DeviceNotFound;…","ExceptionMessage":"Tracking ID:…-TimeStamp:…"}: what services are
 * told; they read the name and the sentence out of Message. */
int duet_hub_fault_rest(const struct duet_hub_fault *fault, int64_t now_ms, char *json, size_t size);

/* A new id by which a request is found again. */
void duet_hub_fault_tracking(char id[33]);

#endif
