/* SPDX-License-Identifier: MIT */
/* How the command ends. The numbers are curl's where curl has one. */
#ifndef CLI_EXIT_STATUS_H
#define CLI_EXIT_STATUS_H

enum exit_status {
	EXIT_STATUS_OK = 0,		     /* a response came */
	EXIT_STATUS_OTHER = 1,		     /* anything else */
	EXIT_STATUS_USAGE = 2,		     /* the command line is wrong */
	EXIT_STATUS_URL = 3,		     /* the URL cannot be used */
	EXIT_STATUS_PROXY_NAME = 5,	     /* the proxy's name was not resolved */
	EXIT_STATUS_NAME = 6,		     /* the name was not resolved */
	EXIT_STATUS_CONNECT = 7,	     /* no connection, or the proxy makes none */
	EXIT_STATUS_NOT_HTTP = 8,	     /* the answer is not HTTP */
	EXIT_STATUS_PARTIAL = 18,	     /* it ended early */
	EXIT_STATUS_FAIL = 22,		     /* --fail and a status from 400 up */
	EXIT_STATUS_OUTPUT = 23,	     /* the output cannot be written */
	EXIT_STATUS_BODY = 26,		     /* the body cannot be read */
	EXIT_STATUS_TIME = 28,		     /* time is up */
	EXIT_STATUS_TLS = 35,		     /* TLS failed */
	EXIT_STATUS_REDIRECT = 47,	     /* the redirect cannot be followed */
	EXIT_STATUS_NOTHING = 52,	     /* the connection ended before an answer */
	EXIT_STATUS_RESET = 56,		     /* the connection was reset */
	EXIT_STATUS_CLIENT_CERTIFICATE = 58, /* the client certificate */
	EXIT_STATUS_CERTIFICATE = 60,	     /* the server's certificate */
	EXIT_STATUS_CODING = 61,	     /* the content coding is broken */
	EXIT_STATUS_INTERRUPTED = 130	     /* SIGINT, SIGTERM or SIGHUP */
};

#endif
