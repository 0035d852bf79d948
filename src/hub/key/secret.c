/* SPDX-License-Identifier: Apache-2.0 */
#include "hub/key/secret.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/rand.h>
#include <stdbool.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"

enum { KEY_BYTES = 32, NONCE_BYTES = 12, TAG_BYTES = 16, VERSION = 1 };

struct duet_hub_secret {
	unsigned char key[KEY_BYTES];
};

static int write_key(int fd)
{
	unsigned char key[KEY_BYTES];
	int code = RAND_priv_bytes(key, sizeof(key)) == 1 ? 0 : -EIO;

	if (code == 0 && write(fd, key, sizeof(key)) != (ssize_t)sizeof(key))
		code = -EIO;
	OPENSSL_cleanse(key, sizeof(key));
	return code == 0 && fsync(fd) < 0 ? -errno : code;
}

int duet_hub_secret_create(const char *path, struct duet_error *error)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600), code;

	code = fd < 0 ? -errno : write_key(fd);
	if (fd >= 0 && close(fd) < 0 && code == 0)
		code = -errno;
	if (code == 0)
		return 0;
	duet_error_set(error, code, "the key file cannot be made: %s", strerror(-code));
	duet_error_at(error, path, 0, 0);
	return code;
}

/* Opened and looked at by its descriptor, so that it is not another file that is read. */
static int read_key(const char *path, unsigned char key[KEY_BYTES])
{
	int fd = open(path, O_RDONLY | O_CLOEXEC), code = 0;
	struct stat status;

	if (fd < 0)
		return -errno;
	if (fstat(fd, &status) < 0)
		code = -errno;
	else if (status.st_mode & 077)
		code = -EACCES;
	else if (status.st_size != KEY_BYTES || read(fd, key, KEY_BYTES) != KEY_BYTES)
		code = -EBADMSG;
	close(fd);
	return code;
}

int duet_hub_secret_open(struct duet_hub_secret **secret, const char *path, struct duet_error *error)
{
	struct duet_hub_secret *made = duet_calloc(1, sizeof(*made));
	int code = made ? read_key(path, made->key) : -ENOMEM;

	*secret = NULL;
	if (code == 0) {
		*secret = made;
		return 0;
	}
	duet_hub_secret_free(made);
	duet_error_set(error, code, "the key file cannot be used: %s",
		       code == -EACCES    ? "others than its owner may read it"
		       : code == -EBADMSG ? "it is not one"
					  : strerror(-code));
	duet_error_at(error, path, 0, 0);
	if (code == -EACCES)
		duet_error_hint(error, "chmod 600 %s", path);
	return code;
}

void duet_hub_secret_free(struct duet_hub_secret *secret)
{
	if (!secret)
		return;
	OPENSSL_cleanse(secret->key, sizeof(secret->key));
	duet_free(secret);
}

static bool encrypt(EVP_CIPHER_CTX *cipher, const struct duet_hub_secret *secret, const char *context,
		    struct duet_slice plain, unsigned char *sealed)
{
	unsigned char *nonce = sealed + 1, *tag = nonce + NONCE_BYTES, *text = tag + TAG_BYTES;
	int n;

	return EVP_EncryptInit_ex(cipher, EVP_aes_256_gcm(), NULL, secret->key, nonce) == 1 &&
	       EVP_EncryptUpdate(cipher, NULL, &n, (const unsigned char *)context, (int)strlen(context)) ==
		       1 &&
	       EVP_EncryptUpdate(cipher, text, &n, (const unsigned char *)plain.ptr, (int)plain.len) == 1 &&
	       EVP_EncryptFinal_ex(cipher, text + n, &n) == 1 &&
	       EVP_CIPHER_CTX_ctrl(cipher, EVP_CTRL_GCM_GET_TAG, TAG_BYTES, tag) == 1;
}

int duet_hub_secret_seal(const struct duet_hub_secret *secret, const char *context, struct duet_slice plain,
			 unsigned char *sealed)
{
	EVP_CIPHER_CTX *cipher = EVP_CIPHER_CTX_new();
	bool done;

	if (!cipher)
		return -ENOMEM;
	sealed[0] = VERSION;
	done = RAND_bytes(sealed + 1, NONCE_BYTES) == 1 && encrypt(cipher, secret, context, plain, sealed);
	EVP_CIPHER_CTX_free(cipher);
	return done ? 0 : -EIO;
}

static bool decrypt(EVP_CIPHER_CTX *cipher, const struct duet_hub_secret *secret, const char *context,
		    const unsigned char *sealed, int len, unsigned char *plain)
{
	unsigned char tag[TAG_BYTES];
	const unsigned char *nonce = sealed + 1, *text = nonce + NONCE_BYTES + TAG_BYTES;
	int n;

	memcpy(tag, nonce + NONCE_BYTES, TAG_BYTES);
	return EVP_DecryptInit_ex(cipher, EVP_aes_256_gcm(), NULL, secret->key, nonce) == 1 &&
	       EVP_DecryptUpdate(cipher, NULL, &n, (const unsigned char *)context, (int)strlen(context)) ==
		       1 &&
	       EVP_DecryptUpdate(cipher, plain, &n, text, len) == 1 &&
	       EVP_CIPHER_CTX_ctrl(cipher, EVP_CTRL_GCM_SET_TAG, TAG_BYTES, tag) == 1 &&
	       EVP_DecryptFinal_ex(cipher, plain + n, &n) == 1;
}

long duet_hub_secret_unseal(const struct duet_hub_secret *secret, const char *context,
			    struct duet_slice sealed, char *plain)
{
	EVP_CIPHER_CTX *cipher;
	long len = (long)sealed.len - DUET_HUB_SECRET_OVERHEAD;
	bool done;

	if (len < 0 || sealed.ptr[0] != VERSION)
		return -EBADMSG;
	cipher = EVP_CIPHER_CTX_new();
	if (!cipher)
		return -ENOMEM;
	done = decrypt(cipher, secret, context, (const unsigned char *)sealed.ptr, (int)len,
		       (unsigned char *)plain);
	EVP_CIPHER_CTX_free(cipher);
	return done ? len : -EBADMSG;
}

int duet_hub_secret_random(size_t n, char *base64, size_t size)
{
	unsigned char bytes[64];
	int code = 0;

	if (n > sizeof(bytes) || size < (n + 2) / 3 * 4 + 1)
		return -ENOSPC;
	if (RAND_priv_bytes(bytes, (int)n) != 1)
		code = -EIO;
	else
		EVP_EncodeBlock((unsigned char *)base64, bytes, (int)n);
	OPENSSL_cleanse(bytes, sizeof(bytes));
	return code;
}
