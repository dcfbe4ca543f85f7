/* SPDX-License-Identifier: MIT */
/* Asking for a password on the terminal. */
#ifndef CLI_PASSWORD_H
#define CLI_PASSWORD_H

#include "exit_status.h"

/*
 * Asks for the password of user, without showing it; whose is a word such as "proxy" in
 * front of "user", or "". signals: of signals_open. *out_password is to be freed. On
 * failure a line goes to standard error, and the answer is how the command ends.
 */
enum exit_status password_ask(int signals, const char *whose, const char *user,
			      char **out_password);

#endif
