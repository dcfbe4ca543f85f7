/* SPDX-License-Identifier: MIT */
/*
 * The names are collected and sorted before the first file is read, so that a visitor
 * may change the folder. A file is read and cut into its parts, to which those of its
 * .key file are added where it holds no key itself. Nothing of one file stays when the
 * next is read.
 */
#include "tls/keyring_walk.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/crypto.h"
#include "base/mem.h"
#include "tls/keyring_file.h"

/* The files of the folder that may hold certificates. */
struct names {
	char **at;    /* count names without the folder, owned */
	size_t count; /* how many there are */
	size_t cap;   /* how many there is room for */
};

struct span keyring_walk_suffix(const char *name)
{
	return span_str(strrchr(name, '.'));
}

static bool may_be_paired(const char *name)
{
	struct span suffix = keyring_walk_suffix(name);

	return span_eq_nocase(suffix, SPAN(".pem")) ||
	       span_eq_nocase(suffix, SPAN(".crt"));
}

static bool may_hold_certificates(const char *name)
{
	struct span suffix = keyring_walk_suffix(name);

	return name[0] != '.' &&
	       (may_be_paired(name) || span_eq_nocase(suffix, SPAN(".p12")) ||
		span_eq_nocase(suffix, SPAN(".pfx")));
}

static void names_done(struct names *names)
{
	for (size_t i = 0; i < names->count; i++)
		mem_free(names->at[i]);
	mem_free(names->at);
}

static enum err names_put(struct names *names, const char *name)
{
	size_t len = strlen(name);
	char *copy;

	if (names->count == names->cap) {
		size_t cap = names->cap ? 2 * names->cap : 16;
		char **at = mem_resize(names->at, cap, sizeof(*at));

		if (!at)
			return ERR_NO_MEMORY;
		names->at = at;
		names->cap = cap;
	}
	copy = mem_alloc(len + 1);
	if (!copy)
		return ERR_NO_MEMORY;
	memcpy(copy, name, len + 1);
	names->at[names->count++] = copy;
	return ERR_NONE;
}

static int compare_names(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static enum err folder_failure(int sys, struct fault *fault)
{
	enum err err = err_from_errno(sys);

	return fault_set(fault, err > 0 ? ERR_SYSTEM : err, sys,
			 "reading the folder of certificates");
}

/* A folder that is not there has no names. */
static enum err names_read(struct names *names, const char *folder, struct fault *fault)
{
	DIR *dir = opendir(folder);
	enum err err = ERR_NONE;
	struct dirent *entry;

	if (!dir && (errno == ENOENT || errno == ENOTDIR))
		return ERR_NONE;
	if (!dir)
		return folder_failure(errno, fault);
	/* It is safe, as each thread has a DIR of its own. */
	/* cppcheck-suppress readdirCalled */
	while (!err && (errno = 0, entry = readdir(dir))) {
		if (may_hold_certificates(entry->d_name))
			err = names_put(names, entry->d_name);
	}
	if (err)
		fault_set(fault, err, 0, NULL);
	else if (errno)
		err = folder_failure(errno, fault);
	closedir(dir);
	if (!err && names->count)
		qsort(names->at, names->count, sizeof(*names->at), compare_names);
	return err;
}

/* Adds what is in a file. ERR_INVALID: nothing that we know. */
static enum err add_file(struct keyring_bundle *bundle, const char *path,
			 struct fault *fault)
{
	bool had_key = identity_parts_has_key(&bundle->parts);
	struct keyring_file file = {0};
	enum err err = keyring_file_read(&file, path, KEYRING_FILE_OURS, fault);

	if (err)
		return err;
	err = identity_parts_add(&bundle->parts, keyring_file_span(&file));
	if (!had_key && identity_parts_has_key(&bundle->parts))
		bundle->is_exposed = file.is_exposed;
	keyring_file_done(&file);
	return err ? fault_set(fault, err, 0, NULL) : ERR_NONE;
}

/* Adds the .key file that belongs to it, if there is one. */
static enum err add_pair(struct keyring_bundle *bundle, const char *folder,
			 struct fault *fault)
{
	size_t stem_len = strlen(bundle->name) - keyring_walk_suffix(bundle->name).len;
	struct fault missing = {0};
	enum err err;

	bundle->key_path =
		keyring_file_path(folder, span_of(bundle->name, stem_len), ".key");
	if (!bundle->key_path)
		return fault_set(fault, ERR_NO_MEMORY, 0, NULL);
	err = add_file(bundle, bundle->key_path, &missing);
	/* The certificate is there, whatever its key is worth. */
	if (!err || err == ERR_INVALID)
		return ERR_NONE;
	if (err != ERR_FILE_MISSING)
		return fault_set(fault, err, missing.sys, missing.what);
	mem_free(bundle->key_path);
	bundle->key_path = NULL;
	return ERR_NONE;
}

static enum err bundle_read(struct keyring_bundle *bundle, const char *folder,
			    struct fault *fault)
{
	enum err err;

	bundle->path = keyring_file_path(folder, span_str(bundle->name), "");
	if (!bundle->path)
		return fault_set(fault, ERR_NO_MEMORY, 0, NULL);
	err = add_file(bundle, bundle->path, fault);
	if (!err && !identity_parts_has_key(&bundle->parts) &&
	    may_be_paired(bundle->name))
		err = add_pair(bundle, folder, fault);
	return err;
}

static void bundle_done(struct keyring_bundle *bundle)
{
	identity_parts_done(&bundle->parts);
	mem_free(bundle->key_path);
	mem_free(bundle->path);
}

/* Reads one file and has it visited. One that cannot be read does not end the walk. */
static enum err walk_file(struct keyring_walk *walk, const char *name)
{
	struct keyring_bundle bundle = {.name = name};
	struct fault fault = {0};
	enum err err;

	crypto_enter();
	err = bundle_read(&bundle, walk->folder, &fault);
	if (!err && (bundle.parts.pkcs12 || bundle.parts.certificates))
		err = walk->visit(walk->visitor, &bundle);
	else if (err == ERR_INVALID)
		err = ERR_NONE;
	bundle_done(&bundle);
	crypto_leave();
	if (err && fault.err && err != ERR_NO_MEMORY) {
		fault_set(&walk->unread, err, fault.sys, fault.what);
		return ERR_NONE;
	}
	return err;
}

enum err keyring_walk_run(struct keyring_walk *walk, struct fault *fault)
{
	struct names names = {0};
	enum err err = names_read(&names, walk->folder, fault);

	for (size_t i = 0; !err && i < names.count; i++) {
		err = walk_file(walk, names.at[i]);
		if (err < 0)
			fault_set(fault, err, 0, NULL);
	}
	names_done(&names);
	return err == ERR_EOF ? ERR_NONE : err;
}
