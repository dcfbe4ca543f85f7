/* SPDX-License-Identifier: MIT */
/*
 * dlopen and dlsym, under pthread_once. The types of the functions are those of the
 * header of GSSAPI, so nothing can be called in another way than it was declared; the
 * table below pairs each field with the name that is looked for. The library stays: its
 * mechanisms keep threads' data and load plugins, which do not bear being unloaded.
 */
#include "web/negotiate_library.h"

#include <dlfcn.h>
#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include "base/log.h"

/* A function that is looked for. */
struct symbol {
	const char *name; /* in the library */
	size_t offset;	  /* of its pointer in struct negotiate_library */
};

#define SYMBOL(function)                                                                 \
	{                                                                                \
		"gss_" #function, offsetof(struct negotiate_library, function)           \
	}

static const struct symbol symbols[] = {
	SYMBOL(import_name),	  SYMBOL(release_name),
	SYMBOL(acquire_cred),	  SYMBOL(acquire_cred_with_password),
	SYMBOL(set_neg_mechs),	  SYMBOL(release_cred),
	SYMBOL(init_sec_context), SYMBOL(delete_sec_context),
	SYMBOL(release_buffer),	  SYMBOL(display_status),
};

static const char *file = "libgssapi_krb5.so.2"; /* MIT krb5 */
static pthread_once_t once = PTHREAD_ONCE_INIT;
static struct negotiate_library library; /* whole if is_there */
static bool is_there;			 /* set once */

/* ISO C has no cast from an object to a function. */
static bool find(void *from, const struct symbol *symbol)
{
	void *at = dlsym(from, symbol->name);

	memcpy((char *)&library + symbol->offset, &at, sizeof(at));
	return at;
}

static void load(void)
{
	void *from = dlopen(file, RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);

	if (!from) {
		log_line("no GSSAPI: %s", dlerror());
		return;
	}
	for (size_t i = 0; i < sizeof(symbols) / sizeof(symbols[0]); i++) {
		if (!find(from, &symbols[i])) {
			log_line("no GSSAPI: %s has no %s", file, symbols[i].name);
			return;
		}
	}
	is_there = true;
}

const struct negotiate_library *negotiate_library_get(void)
{
	pthread_once(&once, load);
	return is_there ? &library : NULL;
}

void negotiate_library_rename(const char *name)
{
	file = name;
}
