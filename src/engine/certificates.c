/* SPDX-License-Identifier: MIT */
/*
 * What keyring_get found stays in a small table, found again by thumbprint and by a
 * digest of the pin: another pin finds nothing there. All of it is forgotten when the
 * folder is another one or has changed, which its device, inode and times tell; they are
 * taken before files are read, so that a change meanwhile is noticed next time. Times are
 * coarse, and two changes at nearly the same one look like one: so nothing is kept from a
 * folder that has just changed.
 *
 * The lock is not held while files are read or the session is asked; two that miss at
 * once both read. fork() takes it too, so that a child finds the table whole.
 */
#include "engine/certificates.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>

#include "base/clock.h"
#include "base/crypto.h"
#include "base/hash.h"
#include "base/mem.h"
#include "engine/session.h"

/* The folder below the data folder. */
#define FOLDER_NAME "my"

/* A change is seen by its time when the one before is that old; there are file systems
 * that count in steps of two seconds. */
#define SETTLE_MS 3000

/* What a certificate in memory is found by. */
struct key {
	unsigned char thumbprint[IDENTITY_SHA256_BYTES]; /* zeroes behind a SHA-1 */
	unsigned char pin[HASH_MAX_BYTES];		 /* its digest; zeroes: no pin */
	uint8_t thumbprint_bytes;			 /* 20 or 32 */
	uint8_t has_pin;				 /* 1 or 0 */
};

/* A folder as it was at some time. */
struct folder_state {
	dev_t device;		 /* what it is */
	ino_t inode;		 /* the same */
	struct timespec written; /* when a name in it changed */
	struct timespec changed; /* when that or its mode did */
};

/* One certificate in memory. */
struct slot {
	struct key key;			 /* what it is found by */
	const struct identity *identity; /* a reference; NULL: the slot is free */
	uint64_t used;			 /* when, by the counter of uses */
};

static struct {
	pthread_mutex_t lock;			  /* for all below */
	pthread_once_t once;			  /* registers with fork */
	struct folder_state folder;		  /* what the slots come from */
	struct slot slots[CERTIFICATES_MAX_KEPT]; /* in no order */
	uint64_t uses;				  /* counts them */
} shared = {.lock = PTHREAD_MUTEX_INITIALIZER, .once = PTHREAD_ONCE_INIT};

static void before_fork(void)
{
	pthread_mutex_lock(&shared.lock);
}

static void after_fork(void)
{
	pthread_mutex_unlock(&shared.lock);
}

/* Where there is no memory for it, a fork must hit a moment of a few instructions to do
 * harm. */
static void register_once(void)
{
	/* Its lock is taken with ours held, so a fork must take it behind ours too. */
	if (!crypto_load())
		(void)pthread_atfork(before_fork, after_fork, after_fork);
}

static void lock(void)
{
	pthread_once(&shared.once, register_once);
	pthread_mutex_lock(&shared.lock);
}

static void unlock(void)
{
	pthread_mutex_unlock(&shared.lock);
}

/* ---- the table, with the lock ---- */

static void forget_all(void)
{
	for (size_t i = 0; i < CERTIFICATES_MAX_KEPT; i++) {
		identity_unref(shared.slots[i].identity);
		shared.slots[i] = (struct slot){0};
	}
	shared.folder = (struct folder_state){0};
}

static bool is_same_time(struct timespec a, struct timespec b)
{
	return a.tv_sec == b.tv_sec && a.tv_nsec == b.tv_nsec;
}

static bool is_same_folder(const struct folder_state *a, const struct folder_state *b)
{
	return a->device == b->device && a->inode == b->inode &&
	       is_same_time(a->written, b->written) &&
	       is_same_time(a->changed, b->changed);
}

static bool is_settled(const struct folder_state *folder)
{
	return clock_wall_ms() - folder->written.tv_sec * INT64_C(1000) > SETTLE_MS;
}

static struct slot *find_slot(const struct key *key)
{
	for (size_t i = 0; i < CERTIFICATES_MAX_KEPT; i++) {
		struct slot *slot = &shared.slots[i];

		if (slot->identity && memcmp(&slot->key, key, sizeof(*key)) == 0)
			return slot;
	}
	return NULL;
}

/* A free one, or that used longest ago. */
static struct slot *oldest_slot(void)
{
	struct slot *oldest = &shared.slots[0];

	for (size_t i = 1; i < CERTIFICATES_MAX_KEPT; i++)
		if (shared.slots[i].used < oldest->used)
			oldest = &shared.slots[i];
	return oldest;
}

/* One more reference to what is in memory, or NULL. */
static const struct identity *recall(const struct key *key,
				     const struct folder_state *folder)
{
	const struct identity *identity = NULL;
	struct slot *slot;

	lock();
	if (!is_same_folder(folder, &shared.folder))
		forget_all();
	slot = find_slot(key);
	if (slot) {
		slot->used = ++shared.uses;
		identity = identity_ref(slot->identity);
	}
	unlock();
	return identity;
}

/* Keeps a reference of its own. */
static void remember(const struct key *key, const struct folder_state *folder,
		     const struct identity *identity)
{
	struct slot *slot;

	lock();
	if (!is_same_folder(folder, &shared.folder))
		forget_all();
	shared.folder = *folder;
	slot = find_slot(key);
	if (!slot)
		slot = oldest_slot();
	identity_unref(slot->identity);
	slot->key = *key;
	slot->identity = identity_ref(identity);
	slot->used = ++shared.uses;
	unlock();
}

/* ---- what it is asked for ---- */

static enum err key_init(struct key *key, struct span thumbprint, const char *pin)
{
	enum err err = ERR_NONE;

	*key = (struct key){.thumbprint_bytes = (uint8_t)thumbprint.len,
			    .has_pin = pin != NULL};
	memcpy(key->thumbprint, thumbprint.at, thumbprint.len);
	if (pin)
		err = hash_of(HASH_SHA256, span_str(pin), key->pin);
	return err;
}

/* false: it is not there. */
static bool folder_look(const char *path, struct folder_state *state)
{
	struct stat info;

	if (stat(path, &info))
		return false;
	*state = (struct folder_state){.device = info.st_dev,
				       .inode = info.st_ino,
				       .written = info.st_mtim,
				       .changed = info.st_ctim};
	return true;
}

/* The folder's path, to be freed with mem_free. */
static enum err get_folder(char **out_path)
{
	static const char tail[] = "/" FOLDER_NAME;
	enum err err;
	char *data_dir, *path;
	size_t len;

	err = session_data_dir(&data_dir);
	if (err)
		return err;
	len = strlen(data_dir);
	while (len && data_dir[len - 1] == '/')
		len--;
	path = mem_resize(data_dir, 1, len + sizeof(tail));
	if (!path) {
		mem_free(data_dir);
		return ERR_NO_MEMORY;
	}
	memcpy(path + len, tail, sizeof(tail));
	*out_path = path;
	return ERR_NONE;
}

static enum err get_from(const char *folder, struct span thumbprint, const char *pin,
			 const struct identity **out_identity, struct fault *out_fault)
{
	struct folder_state state = {0};
	bool is_there = folder_look(folder, &state);
	const struct identity *identity;
	struct key key;
	enum err err = key_init(&key, thumbprint, pin);

	if (err)
		return fault_set(out_fault, err, 0, NULL);
	identity = is_there ? recall(&key, &state) : NULL;
	if (!identity) {
		err = keyring_get(folder, thumbprint, pin, &identity, out_fault);
		if (!err && is_there && is_settled(&state))
			remember(&key, &state, identity);
	}
	if (!err)
		*out_identity = identity;
	mem_wipe(&key, sizeof(key));
	return err;
}

enum err certificates_get(struct span thumbprint, const char *pin,
			  const struct identity **out_identity, struct fault *out_fault)
{
	char *folder;
	enum err err;

	if (thumbprint.len != IDENTITY_SHA1_BYTES &&
	    thumbprint.len != IDENTITY_SHA256_BYTES)
		return fault_set(out_fault, ERR_INVALID, 0, "the thumbprint");
	err = get_folder(&folder);
	if (err == ERR_FILE_MISSING)
		return fault_set(out_fault, ERR_CLIENT_CERT, 0,
				 "there is no data folder and no home");
	if (err)
		return fault_set(out_fault, err, 0, NULL);
	err = get_from(folder, thumbprint, pin, out_identity, out_fault);
	mem_free(folder);
	return err;
}

enum err certificates_list(const char *pin,
			   void (*each)(void *owner, const struct keyring_entry *entry),
			   void *owner)
{
	char *folder;
	enum err err = get_folder(&folder);

	if (err)
		return err;
	err = keyring_list(folder, pin, each, owner);
	mem_free(folder);
	return err;
}

enum err certificates_add(const char *path, const char *key_path, const char *pin,
			  unsigned char out_sha256[IDENTITY_SHA256_BYTES])
{
	char *folder;
	enum err err = get_folder(&folder);

	if (err)
		return err;
	err = keyring_add(folder, path, key_path, pin, out_sha256);
	certificates_reset();
	mem_free(folder);
	return err;
}

enum err certificates_remove(struct span thumbprint)
{
	char *folder;
	enum err err = get_folder(&folder);

	if (err)
		return err;
	err = keyring_remove(folder, thumbprint);
	certificates_reset();
	mem_free(folder);
	return err;
}

void certificates_reset(void)
{
	lock();
	forget_all();
	unlock();
}
