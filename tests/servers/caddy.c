/* SPDX-License-Identifier: MIT */
/* Against Caddy: the site of lib/h2_site.h. */
#include "lib/test.h"

#include <stdlib.h>

#include "lib/h2_site.h"

#define CONFIGURATION(scheme, tls)                                                       \
	"{\n"                                                                            \
	"	admin off\n"                                                                   \
	"	auto_https off\n"                                                              \
	"	servers {\n"                                                                   \
	"		protocols h1 h2 h2c\n"                                                        \
	"	}\n"                                                                           \
	"}\n" scheme "://127.0.0.1:{port} {\n"                                           \
	"	bind 127.0.0.1\n" tls "	root * {folder}/root\n"                          \
	"	handle /up {\n"                                                                \
	"		respond \"{http.request.body}\"\n"                                            \
	"	}\n"                                                                           \
	"	handle {\n"                                                                    \
	"		file_server\n"                                                                \
	"	}\n"                                                                           \
	"}\n"

static void start(struct server *server, bool is_tls)
{
	setenv("XDG_DATA_HOME", server->folder, 1);
	setenv("XDG_CONFIG_HOME", server->folder, 1);
	server_put_text(
		server, "conf",
		is_tls ? CONFIGURATION("https",
				       "	tls {pki}/ip_san.pem {pki}/ip_san.key\n")
		       : CONFIGURATION("http", ""));
	server_start(server, (const char *[]){"caddy", "run", "--adapter", "caddyfile",
					      "--config", "{folder}/conf", NULL});
}

int main(void)
{
	static const struct h2_site site = {
		.name = "caddy", .start = start, .method = "POST", .upload = "/up"};

	return h2_site_run(&site);
}
