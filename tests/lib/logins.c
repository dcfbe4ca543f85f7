/* SPDX-License-Identifier: MIT */
#include "lib/logins.h"

#include <stdlib.h>

#include "lib/test.h"
#include "lib/wide_text.h"

HRESULT logins_try_open(struct client *client, const char *method, const char *url,
			const struct logins *logins)
{
	WCHAR *texts[] = {wide_text_new(method),
			  wide_text_new(url),
			  wide_text_new(logins->user),
			  wide_text_new(logins->password),
			  wide_text_new(logins->proxy_user),
			  wide_text_new(logins->proxy_password)};
	HRESULT hr = IXMLHTTPRequest3_Open(
		client->xhr, texts[0], texts[1],
		(IXMLHTTPRequest2Callback *)&client->IXMLHTTPRequest3Callback_iface,
		texts[2], texts[3], texts[4], texts[5]);

	for (size_t i = 0; i < TEST_COUNT(texts); i++)
		free(texts[i]);
	return hr;
}

void logins_open(struct client *client, const char *method, const char *url,
		 const struct logins *logins)
{
	assert_int_equal(logins_try_open(client, method, url, logins), S_OK);
}

struct client *logins_start(const char *method, const char *url,
			    const struct logins *logins)
{
	struct client *client = client_new();

	logins_open(client, method, url, logins);
	client_send(client);
	return client;
}
