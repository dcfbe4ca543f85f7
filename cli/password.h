/* SPDX-License-Identifier: MIT */
/* Asking for a secret that the command line left out. */
#ifndef CLI_PASSWORD_H
#define CLI_PASSWORD_H

#include "exit_status.h"

/*
 * Asks for a password or pin, without showing it; what says for which, as in "password of
 * user 'me'". signals: of signals_open. *out_password is to be freed with secret_free. On
 * failure a line goes to standard error, and the answer is how the command ends.
 */
enum exit_status password_ask(int signals, const char *what, char **out_password);

#endif
