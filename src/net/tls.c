/* SPDX-License-Identifier: Apache-2.0 */
#include "net/tls.h"

#include <errno.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/rand.h>
#include <openssl/ssl.h>
#include <pthread.h>
#include <stdint.h>
#include <sys/stat.h>

#include "base/alloc.h"
#include "base/clock.h"

enum { KEY_LIFE_S = 12 * 3600, NAME_SIZE = 16, SECRET_SIZE = 32 };

/* What tickets are sealed with. A ticket of the key before is still taken, and renewed. */
struct ticket_key {
	unsigned char name[NAME_SIZE], cipher[SECRET_SIZE], mac[SECRET_SIZE];
};

_Static_assert(sizeof(struct ticket_key) == 80, "as duet_tls_ticket_keys gives them out");

struct duet_tls {
	pthread_mutex_t lock; /* for everything below */
	SSL_CTX *context;
	EVP_CIPHER *cipher;        /* fetched once: OpenSSL 3 looks for long */
	struct ticket_key keys[2]; /* the newest first */
	int64_t keys_since_s;      /* monotonic */
	int64_t keys_made_s;       /* the same since 1970 */
	int64_t stamp;             /* of the files that were read last */
	struct duet_tls_setup setup;
	char *certificate_file, *key_file;
};

static int64_t mono_s(void)
{
	return duet_clock_mono_ms(&duet_clock_system) / 1000;
}

static int64_t wall_s(void)
{
	return duet_clock_system.wall_ns(&duet_clock_system) / 1000000000;
}

static bool renew_keys(struct duet_tls *tls)
{
	struct ticket_key fresh;

	if (RAND_bytes((unsigned char *)&fresh, sizeof(fresh)) != 1)
		return false;
	tls->keys[1] = tls->keys[0];
	tls->keys[0] = fresh;
	tls->keys_since_s = mono_s();
	tls->keys_made_s = wall_s();
	return true;
}

void duet_tls_ticket_keys(struct duet_tls *tls, unsigned char keys[DUET_TLS_TICKET_KEYS])
{
	int64_t made_s;

	pthread_mutex_lock(&tls->lock);
	if (mono_s() - tls->keys_since_s > KEY_LIFE_S)
		renew_keys(tls);
	made_s = tls->keys_made_s;
	memcpy(keys + 8, tls->keys, sizeof(tls->keys));
	pthread_mutex_unlock(&tls->lock);
	for (int i = 0; i < 8; i++)
		keys[i] = (unsigned char)((uint64_t)made_s >> 8 * i);
}

/* The second key would have gone after two lives. A clock that was set back makes keys look too young, which
 * does no harm. */
int duet_tls_set_ticket_keys(struct duet_tls *tls, const unsigned char keys[DUET_TLS_TICKET_KEYS])
{
	uint64_t made_s = 0;
	int64_t age_s;

	for (int i = 0; i < 8; i++)
		made_s |= (uint64_t)keys[i] << 8 * i;
	age_s = wall_s() - (int64_t)made_s;
	if (age_s > 2 * KEY_LIFE_S)
		return -ESTALE;
	pthread_mutex_lock(&tls->lock);
	memcpy(tls->keys, keys + 8, sizeof(tls->keys));
	tls->keys_made_s = (int64_t)made_s;
	tls->keys_since_s = mono_s() - (age_s > 0 ? age_s : 0);
	pthread_mutex_unlock(&tls->lock);
	return 0;
}

/* A copy of the key that is to be used; 0 none, 1 the newest, 2 the one before it. */
static int find_key(struct duet_tls *tls, const unsigned char *name, struct ticket_key *key)
{
	int found = 0;

	pthread_mutex_lock(&tls->lock);
	if (mono_s() - tls->keys_since_s > KEY_LIFE_S)
		renew_keys(tls);
	for (int i = 0; i < 2 && !found; i++)
		if (!name || memcmp(name, tls->keys[i].name, NAME_SIZE) == 0) {
			*key = tls->keys[i];
			found = i + 1;
		}
	pthread_mutex_unlock(&tls->lock);
	return found;
}

/* For SSL_CTX_set_tlsext_ticket_key_evp_cb. */
static int ticket_key(SSL *ssl, unsigned char *name, unsigned char *iv, EVP_CIPHER_CTX *cipher,
		      EVP_MAC_CTX *mac, int seals)
{
	struct duet_tls *tls = SSL_CTX_get_app_data(SSL_get_SSL_CTX(ssl));
	char digest[] = "SHA256";
	struct ticket_key key;
	OSSL_PARAM params[3];
	int found;

	/* A ticket keeps a client's certificate but not the chain by which it is judged. */
	if (seals && SSL_get0_peer_certificate(ssl))
		return 0;
	found = find_key(tls, seals ? NULL : name, &key);
	if (!found)
		return 0;
	if (seals) {
		memcpy(name, key.name, NAME_SIZE);
		if (RAND_bytes(iv, EVP_CIPHER_get_iv_length(tls->cipher)) != 1)
			return -1;
	}
	params[0] = OSSL_PARAM_construct_octet_string(OSSL_MAC_PARAM_KEY, key.mac, SECRET_SIZE);
	params[1] = OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest, 0);
	params[2] = OSSL_PARAM_construct_end();
	if (EVP_MAC_CTX_set_params(mac, params) != 1 ||
	    EVP_CipherInit_ex(cipher, tls->cipher, NULL, key.cipher, iv, seals) != 1)
		return -1;
	OPENSSL_cleanse(&key, sizeof(key));
	/* 2: taken, and renewed. In TLS 1.3 tickets are for one use. */
	return !seals && SSL_version(ssl) >= TLS1_3_VERSION ? 2 : found;
}

/* Whoever listens judges certificates, by the registry: here every one will do. */
static int take_certificate(X509_STORE_CTX *store, void *user)
{
	SSL *ssl = X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx());

	X509_STORE_CTX_set_error(store, X509_V_OK);
	SSL_set_num_tickets(ssl, 0);
	return 1;
}

static int complain(struct duet_error *error, const char *file, const char *what)
{
	const char *reason = ERR_reason_error_string(ERR_peek_last_error());

	ERR_clear_error();
	duet_error_set(error, -EINVAL, "%s: %s", what, reason ? reason : "unknown error of OpenSSL");
	duet_error_at(error, file, 0, 0);
	return -EINVAL;
}

static void set_up(struct duet_tls *tls, SSL_CTX *context)
{
	char groups[] = "X25519:P-256:P-384";

	SSL_CTX_set_min_proto_version(context, tls->setup.only_tls13 ? TLS1_3_VERSION : TLS1_2_VERSION);
	SSL_CTX_set_cipher_list(context, "ECDHE+AESGCM:ECDHE+CHACHA20");
	SSL_CTX_set1_groups_list(context, groups);
	SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION |
					     SSL_OP_CIPHER_SERVER_PREFERENCE | SSL_OP_PRIORITIZE_CHACHA |
					     (tls->setup.no_tickets ? SSL_OP_NO_TICKET : 0));
	SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE |
					  SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
	SSL_CTX_set_read_ahead(context, 1);
	SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
	SSL_CTX_set_session_id_context(context, (const unsigned char *)"duet", 4);
	SSL_CTX_set_num_tickets(context, tls->setup.no_tickets ? 0 : 1);
	SSL_CTX_set_app_data(context, tls);
	SSL_CTX_set_tlsext_ticket_key_evp_cb(context, ticket_key);
	if (tls->setup.asks_certificate) {
		SSL_CTX_set_verify(context, SSL_VERIFY_PEER, NULL);
		SSL_CTX_set_cert_verify_callback(context, take_certificate, NULL);
	}
}

static int64_t changed_ns(const char *path)
{
	struct stat info;

	return stat(path, &info) == 0 ? info.st_mtim.tv_sec * INT64_C(1000000000) + info.st_mtim.tv_nsec : 0;
}

int64_t duet_tls_stamp(const struct duet_tls *tls)
{
	return changed_ns(tls->certificate_file) ^ changed_ns(tls->key_file) << 1;
}

int64_t duet_tls_stamp_read(struct duet_tls *tls)
{
	int64_t stamp;

	pthread_mutex_lock(&tls->lock);
	stamp = tls->stamp;
	pthread_mutex_unlock(&tls->lock);
	return stamp;
}

static int make_context(struct duet_tls *tls, SSL_CTX **context, struct duet_error *error)
{
	int code = 0;

	ERR_clear_error();
	*context = SSL_CTX_new(TLS_server_method());
	if (!*context)
		return duet_error_set(error, -ENOMEM, "out of memory");
	set_up(tls, *context);
	if (SSL_CTX_use_certificate_chain_file(*context, tls->certificate_file) != 1)
		code = complain(error, tls->certificate_file, "the certificate cannot be read");
	else if (SSL_CTX_use_PrivateKey_file(*context, tls->key_file, SSL_FILETYPE_PEM) != 1)
		code = complain(error, tls->key_file, "the key cannot be read");
	else if (SSL_CTX_check_private_key(*context) != 1)
		code = complain(error, tls->key_file, "the key is not the certificate's");
	if (code < 0) {
		SSL_CTX_free(*context);
		*context = NULL;
	}
	return code;
}

int duet_tls_new(struct duet_tls **tls, const struct duet_tls_setup *setup, struct duet_error *error)
{
	struct duet_tls *made = duet_calloc(1, sizeof(*made));
	int code = -ENOMEM;

	*tls = NULL;
	if (!made)
		return duet_error_set(error, -ENOMEM, "out of memory");
	pthread_mutex_init(&made->lock, NULL);
	made->setup = *setup;
	made->certificate_file = duet_strdup(setup->certificate_file);
	made->key_file = duet_strdup(setup->key_file);
	made->cipher = EVP_CIPHER_fetch(NULL, "AES-256-CBC", NULL);
	if (made->certificate_file && made->key_file && made->cipher && renew_keys(made) &&
	    renew_keys(made)) {
		made->stamp = duet_tls_stamp(made); /* first: what changes while it is read is read again */
		code = make_context(made, &made->context, error);
	} else {
		duet_error_set(error, code, "out of memory");
	}
	if (code < 0) {
		duet_tls_free(made);
		return code;
	}
	*tls = made;
	return 0;
}

void duet_tls_free(struct duet_tls *tls)
{
	if (!tls)
		return;
	SSL_CTX_free(tls->context);
	EVP_CIPHER_free(tls->cipher);
	pthread_mutex_destroy(&tls->lock);
	OPENSSL_cleanse(tls->keys, sizeof(tls->keys));
	duet_free(tls->certificate_file);
	duet_free(tls->key_file);
	duet_free(tls);
}

int duet_tls_reload(struct duet_tls *tls, struct duet_error *error)
{
	int64_t stamp = duet_tls_stamp(tls);
	SSL_CTX *fresh, *old;
	int code = make_context(tls, &fresh, error);

	pthread_mutex_lock(&tls->lock);
	tls->stamp = stamp; /* files that cannot be used are not tried again and again */
	old = code == 0 ? tls->context : NULL;
	if (code == 0)
		tls->context = fresh;
	pthread_mutex_unlock(&tls->lock);
	SSL_CTX_free(old);
	return code;
}

long duet_tls_expires_s(struct duet_tls *tls)
{
	int days = 0, seconds = 0;

	pthread_mutex_lock(&tls->lock);
	ASN1_TIME_diff(&days, &seconds, NULL, X509_get0_notAfter(SSL_CTX_get0_certificate(tls->context)));
	pthread_mutex_unlock(&tls->lock);
	return days * 86400L + seconds;
}

struct ssl_st *duet_tls_accept(struct duet_tls *tls)
{
	SSL *ssl;

	pthread_mutex_lock(&tls->lock);
	ssl = SSL_new(tls->context);
	pthread_mutex_unlock(&tls->lock);
	if (ssl)
		SSL_set_accept_state(ssl);
	return ssl;
}

struct x509_st *duet_tls_peer(struct ssl_st *ssl)
{
	return ssl ? SSL_get0_peer_certificate(ssl) : NULL;
}
