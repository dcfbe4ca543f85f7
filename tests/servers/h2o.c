/* SPDX-License-Identifier: MIT */
/* Against h2o: the site of lib/h2_site.h. A script of its own gives uploads back. */
#include "lib/test.h"

#include "lib/h2_site.h"

#define CONFIGURATION(tls)                                                               \
	"pid-file: {folder}/pid\n"                                                       \
	"num-threads: 2\n"                                                               \
	"max-connections: 2048\n"                                                        \
	"limit-request-body: 31457280\n"                                                 \
	"temp-buffer-path: {folder}\n"                                                   \
	"listen:\n"                                                                      \
	"  host: 127.0.0.1\n"                                                            \
	"  port: {port}\n" tls "hosts:\n"                                                \
	"  default:\n"                                                                   \
	"    paths:\n"                                                                   \
	"      /up:\n"                                                                   \
	"        mruby.handler: |\n"                                                     \
	"          Proc.new do |env|\n"                                                  \
	"            [200, {}, [env['rack.input'].read]]\n"                              \
	"          end\n"                                                                \
	"      /:\n"                                                                     \
	"        file.dir: {folder}/root\n"

static void start(struct server *server, bool is_tls)
{
	server_put_text(server, "conf",
			is_tls ? CONFIGURATION("  ssl:\n"
					       "    certificate-file: {pki}/ip_san.pem\n"
					       "    key-file: {pki}/ip_san.key\n")
			       : CONFIGURATION(""));
	server_start(server, (const char *[]){"h2o", "-c", "{folder}/conf", NULL});
}

int main(void)
{
	static const struct h2_site site = {
		.name = "h2o", .start = start, .method = "POST", .upload = "/up"};

	return h2_site_run(&site);
}
