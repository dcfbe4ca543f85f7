/* SPDX-License-Identifier: MIT */
/* Against nginx with HTTP/2: the site of lib/h2_site.h. */
#include "lib/test.h"

#include "lib/h2_site.h"

#define CONFIGURATION(listen)                                                            \
	"daemon off;\n"                                                                  \
	"master_process off;\n"                                                          \
	"pid {folder}/pid;\n"                                                            \
	"error_log stderr;\n"                                                            \
	"worker_rlimit_nofile 8192;\n"                                                   \
	"events { worker_connections 4096; }\n"                                          \
	"http {\n"                                                                       \
	"	access_log off;\n"                                                             \
	"	default_type application/octet-stream;\n"                                      \
	"	client_max_body_size 0;\n"                                                     \
	"	client_body_temp_path {folder}/body;\n"                                        \
	"	proxy_temp_path {folder}/proxy;\n"                                             \
	"	fastcgi_temp_path {folder}/fastcgi;\n"                                         \
	"	scgi_temp_path {folder}/scgi;\n"                                               \
	"	uwsgi_temp_path {folder}/uwsgi;\n"                                             \
	"	ssl_certificate {pki}/ip_san.pem;\n"                                           \
	"	ssl_certificate_key {pki}/ip_san.key;\n"                                       \
	"	server {\n"                                                                    \
	"		listen 127.0.0.1:{port} " listen " backlog=4096;\n"              \
	"		root {folder}/root;\n"                                                        \
	"		location /up/ { dav_methods PUT; }\n"                                         \
	"		location /small/ {\n"                                                         \
	"			dav_methods PUT;\n"                                                          \
	"			client_max_body_size 1m;\n"                                                  \
	"		}\n"                                                                          \
	"	}\n"                                                                           \
	"}\n"

static void start(struct server *server, bool is_tls)
{
	server_put_text(server, "conf",
			is_tls ? CONFIGURATION("ssl http2") : CONFIGURATION("http2"));
	server_start(server, (const char *[]){"nginx", "-p", "{folder}", "-e", "stderr",
					      "-c", "{folder}/conf", NULL});
}

int main(void)
{
	static const struct h2_site site = {.name = "nginx",
					    .start = start,
					    .method = "PUT",
					    .upload = "/up/file.bin",
					    .stores = true,
					    .limited = "/small/file.bin"};

	return h2_site_run(&site);
}
