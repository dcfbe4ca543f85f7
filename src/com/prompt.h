/* SPDX-License-Identifier: MIT */
/* The program's function that is asked for logins (ixhr2_set_prompt). */
#ifndef IXHR2_COM_PROMPT_H
#define IXHR2_COM_PROMPT_H

#include "engine/request.h"
#include "ixhr2/unknwn.h"

/*
 * Asks the function that is set at this moment and fills prompt->user and
 * prompt->password with what it answers; they stay empty when it knows nobody, or none is
 * set. xhr: the object whose request it is. Called where the program's code may run,
 * without a lock. Answers a failure of the function, E_OUTOFMEMORY, or S_OK.
 */
HRESULT prompt_ask(IUnknown *xhr, const struct request_prompt *prompt);

#endif
