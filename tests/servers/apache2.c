/* SPDX-License-Identifier: MIT */
/* Against Apache httpd: the site of lib/site.h, and once more coded. */
#include "lib/test.h"

#include <unistd.h>

#include "lib/client.h"
#include "lib/site.h"
#include "lib/site_coded.h"

static const char configuration[] =
	"ServerRoot {folder}\n"
	"ServerName 127.0.0.1\n"
	"Listen 127.0.0.1:{port}\n"
	"ListenBacklog 4096\n"
	"PidFile {folder}/pid\n"
	"ErrorLog {folder}/error.log\n"
	"DefaultRuntimeDir {folder}\n"
	"LoadModule mpm_event_module /usr/lib/apache2/modules/mod_mpm_event.so\n"
	"LoadModule authz_core_module /usr/lib/apache2/modules/mod_authz_core.so\n"
	"LoadModule alias_module /usr/lib/apache2/modules/mod_alias.so\n"
	"LoadModule mime_module /usr/lib/apache2/modules/mod_mime.so\n"
	"LoadModule include_module /usr/lib/apache2/modules/mod_include.so\n"
	"LoadModule dav_module /usr/lib/apache2/modules/mod_dav.so\n"
	"LoadModule dav_fs_module /usr/lib/apache2/modules/mod_dav_fs.so\n"
	"LoadModule filter_module /usr/lib/apache2/modules/mod_filter.so\n"
	"LoadModule deflate_module /usr/lib/apache2/modules/mod_deflate.so\n"
	"LoadModule brotli_module /usr/lib/apache2/modules/mod_brotli.so\n"
	"TypesConfig /dev/null\n"
	"DAVLockDB {folder}/lock\n"
	"LimitRequestBody 0\n"
	"MaxKeepAliveRequests 0\n"
	"KeepAliveTimeout 30\n"
	"AsyncRequestWorkerFactor 32\n"
	"StartServers 1\n"
	"ServerLimit 4\n"
	"ThreadsPerChild 64\n"
	"MaxRequestWorkers 256\n"
	"DocumentRoot {folder}/root\n"
	"<Directory {folder}/root>\n"
	"	Require all granted\n"
	"	Options +Includes\n"
	"	AddType text/html .shtml\n"
	"	AddOutputFilter INCLUDES .shtml\n"
	"</Directory>\n"
	"<Location /up/>\n"
	"	Dav On\n"
	"</Location>\n"
	"Redirect 302 /old /hello.txt\n"
	"Alias /gzip/ {folder}/root/\n"
	"DeflateCompressionLevel 1\n"
	"<Location /gzip/>\n"
	"	SetOutputFilter DEFLATE\n"
	"</Location>\n"
	"Alias /br/ {folder}/root/\n"
	"BrotliCompressionQuality 1\n"
	"<Location /br/>\n"
	"	SetOutputFilter BROTLI_COMPRESS\n"
	"</Location>\n";

/* Apache refuses to serve as root. */
static const char as_somebody[] = "User www-data\nGroup www-data\n";

static int start(void **state)
{
	(void)state;
	site_server = server_new();
	site_make(site_server);
	server_put_text(site_server, "user", geteuid() == 0 ? as_somebody : "");
	server_put_text(site_server, "conf", configuration);
	server_start(site_server, (const char *[]){"apache2", "-D", "FOREGROUND", "-f",
						   "{folder}/conf", "-c",
						   "Include {folder}/user", NULL});
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

static void br_is_decoded(void **state)
{
	(void)state;
	site_coded_check("/br/", "br");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CLIENT_TEST(gzip_is_decoded),
		CLIENT_TEST(br_is_decoded),
	};
	int failed = _cmocka_run_group_tests("apache2", site_tests, site_test_count,
					     start, stop);

	return failed + cmocka_run_group_tests(tests, start, stop);
}
