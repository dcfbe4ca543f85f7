/* SPDX-License-Identifier: MIT */
/* Against nghttpd: the site of lib/h2_site.h. */
#include "lib/test.h"

#include "lib/h2_site.h"

static void start(struct server *server, bool is_tls)
{
	if (is_tls)
		server_start(server,
			     (const char *[]){"nghttpd", "-a", "127.0.0.1",
					      "--echo-upload", "-d", "{folder}/root",
					      "{port}", "{pki}/ip_san.key",
					      "{pki}/ip_san.pem", NULL});
	else
		server_start(server,
			     (const char *[]){"nghttpd", "-a", "127.0.0.1",
					      "--echo-upload", "-d", "{folder}/root",
					      "--no-tls", "{port}", NULL});
}

int main(void)
{
	static const struct h2_site site = {
		.name = "nghttpd", .start = start, .method = "POST", .upload = "/up"};

	return h2_site_run(&site);
}
