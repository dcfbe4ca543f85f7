/* SPDX-License-Identifier: MIT */
/* One transfer as it is wanted: what the command line or a job asks for. */
#ifndef CLI_TASK_H
#define CLI_TASK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <ixhr2/msxml6.h>

#include "bytes.h"
#include "thumbprint.h"

/* How many properties there are. */
#define TASK_PROPERTIES (XHR_PROP_MAX_CONNECTIONS + 1)

/* Where the body comes from. */
enum task_body_kind {
	TASK_BODY_NONE,	  /* there is none */
	TASK_BODY_MEMORY, /* bytes */
	TASK_BODY_FILE,	  /* path */
	TASK_BODY_INPUT	  /* standard input */
};

struct task_body {
	enum task_body_kind kind; /* what of the rest counts */
	struct bytes bytes;	  /* the content */
	char *path;		  /* of the file */
	bool has_length;	  /* length is set; otherwise it is what is there */
	uint64_t length;	  /* cbBody of Send */
};

/* A header field for SetRequestHeader. */
struct task_header {
	char *name;  /* as given */
	char *value; /* NULL: the field is not sent */
};

/* When the program aborts by itself. */
enum task_abort {
	TASK_ABORT_NEVER,
	TASK_ABORT_CERTIFICATE,
	TASK_ABORT_REDIRECT,
	TASK_ABORT_HEADERS,
	TASK_ABORT_DATA
};

/* A property to be set. */
struct task_property {
	bool is_set;	 /* otherwise the default stays */
	ULONGLONG value; /* for SetProperty */
};

struct task {
	char *method;			      /* NULL: what fits the body */
	char *url;			      /* as given */
	struct task_header *headers;	      /* in order */
	size_t header_count;		      /* how many */
	struct task_body body;		      /* what is sent */
	char *user;			      /* NULL: none; so are the next three */
	char *password;			      /* of user */
	char *proxy_user;		      /* for the proxy */
	char *proxy_password;		      /* of proxy_user */
	struct thumbprint client_certificate; /* to show when asked; bytes 0: none */
	char *pin;			      /* opens its key, or NULL */
	struct task_property properties[TASK_PROPERTIES]; /* by XHR_PROPERTY */
	char *output;		  /* the file for the response, or NULL */
	char *id;		  /* of a job, as JSON; NULL: there is none */
	enum task_abort abort_on; /* at which callback */
	uint64_t max_time_ms;	  /* for all of it; 0: no limit */
	bool keeps_redirects;	  /* a 3xx is the response */
	bool fails;		  /* a status from 400 up is a failure without a body */
	bool tells_events;	  /* events as JSON, instead of the body */
	bool tells_body;	  /* the received event has the body */
	bool shows_head;	  /* the head is written before the body */
	bool may_replace;	  /* output may exist */
};

/* A copy that is the caller's, without the body. */
struct task *task_copy(const struct task *task);

/* Takes what a task holds out of it: the answer is the caller's. */
struct task *task_move(struct task *task);

/* Adds a header; both become the task's. */
void task_add_header(struct task *task, char *name, char *value);

/* Takes away the headers of a name, in any case, among the first count. Answers how many
 * of these are left. */
size_t task_drop_header(struct task *task, size_t count, const char *name);

/* Whether a header of this name is there, in any case. */
bool task_has_header(const struct task *task, const char *name);

/* The method: the given one, or GET, POST or PUT by the body. */
const char *task_method(const struct task *task);

/* Frees what a task holds; for those that are part of something. */
void task_done(struct task *task);

/* Frees what task_copy or task_move gave. NULL is fine. */
void task_free(struct task *task);

#endif
