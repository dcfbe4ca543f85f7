/* SPDX-License-Identifier: MIT */
/* Against Apache httpd with mod_http2: the site of lib/h2_site.h. */
#include "lib/test.h"

#include <unistd.h>

#include "lib/h2_site.h"

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
	"LoadModule mime_module /usr/lib/apache2/modules/mod_mime.so\n"
	"LoadModule dav_module /usr/lib/apache2/modules/mod_dav.so\n"
	"LoadModule dav_fs_module /usr/lib/apache2/modules/mod_dav_fs.so\n"
	"LoadModule http2_module /usr/lib/apache2/modules/mod_http2.so\n"
	"LoadModule ssl_module /usr/lib/apache2/modules/mod_ssl.so\n"
	"TypesConfig /dev/null\n"
	"DAVLockDB {folder}/lock\n"
	"LimitRequestBody 0\n"
	"MaxKeepAliveRequests 0\n"
	"StartServers 1\n"
	"ServerLimit 4\n"
	"ThreadsPerChild 64\n"
	"MaxRequestWorkers 256\n"
	"DocumentRoot {folder}/root\n"
	"<Directory {folder}/root>\n"
	"	Require all granted\n"
	"</Directory>\n"
	"<Location /up/>\n"
	"	Dav On\n"
	"</Location>\n"
	"<Location /small/>\n"
	"	Dav On\n"
	"	LimitRequestBody 1000000\n"
	"</Location>\n"
	"Include {folder}/user\n"
	"Include {folder}/protocol\n";

/* Apache refuses to serve as root. */
static const char as_somebody[] = "User www-data\nGroup www-data\n";

static const char secure[] = "Protocols h2 http/1.1\n"
			     "SSLEngine on\n"
			     "SSLCertificateFile {pki}/ip_san.pem\n"
			     "SSLCertificateKeyFile {pki}/ip_san.key\n";

static void start(struct server *server, bool is_tls)
{
	server_put_text(server, "user", geteuid() == 0 ? as_somebody : "");
	server_put_text(server, "protocol", is_tls ? secure : "Protocols h2c http/1.1\n");
	server_put_text(server, "conf", configuration);
	server_start(server, (const char *[]){"apache2", "-D", "FOREGROUND", "-f",
					      "{folder}/conf", NULL});
}

int main(void)
{
	static const struct h2_site site = {.name = "apache2",
					    .start = start,
					    .method = "PUT",
					    .upload = "/up/file.bin",
					    .stores = true,
					    .limited = "/small/file.bin"};

	return h2_site_run(&site);
}
