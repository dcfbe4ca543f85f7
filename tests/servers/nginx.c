/* SPDX-License-Identifier: MIT */
/* Against nginx: the site of lib/site.h, and once more coded. */
#include "lib/test.h"

#include "lib/client.h"
#include "lib/site.h"
#include "lib/site_coded.h"

static const char configuration[] =
	"daemon off;\n"
	"master_process off;\n"
	"pid {folder}/pid;\n"
	"error_log stderr;\n"
	"worker_rlimit_nofile 8192;\n"
	"events { worker_connections 4096; }\n"
	"http {\n"
	"	access_log off;\n"
	"	default_type application/octet-stream;\n"
	"	client_max_body_size 0;\n"
	"	client_body_temp_path {folder}/body;\n"
	"	proxy_temp_path {folder}/proxy;\n"
	"	fastcgi_temp_path {folder}/fastcgi;\n"
	"	scgi_temp_path {folder}/scgi;\n"
	"	uwsgi_temp_path {folder}/uwsgi;\n"
	"	server {\n"
	"		listen 127.0.0.1:{port} backlog=4096;\n"
	"		root {folder}/root;\n"
	"		location ~ shtml$ { ssi on; ssi_types *; }\n"
	"		location /up/ { dav_methods PUT; }\n"
	"		location = /old { return 302 /hello.txt; }\n"
	"		location ^~ /gzip/ {\n"
	"			alias {folder}/root/;\n"
	"			gzip on;\n"
	"			gzip_comp_level 1;\n"
	"			gzip_min_length 1;\n"
	"			gzip_types *;\n"
	"		}\n"
	"	}\n"
	"}\n";

static int start(void **state)
{
	(void)state;
	site_server = server_new();
	site_make(site_server);
	server_put_text(site_server, "conf", configuration);
	server_start(site_server,
		     (const char *[]){"nginx", "-p", "{folder}", "-e", "stderr", "-c",
				      "{folder}/conf", NULL});
	return 0;
}

static int stop(void **state)
{
	(void)state;
	server_end(site_server);
	return 0;
}

static void gzip_is_decoded(void **state)
{
	(void)state;
	site_coded_check("/gzip/", "gzip");
}

int main(void)
{
	const struct CMUnitTest tests[] = {CLIENT_TEST(gzip_is_decoded)};
	int failed = _cmocka_run_group_tests("nginx", site_tests, site_test_count, start,
					     stop);

	return failed + cmocka_run_group_tests(tests, start, stop);
}
