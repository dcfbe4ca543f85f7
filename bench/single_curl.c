/* SPDX-License-Identifier: MIT */
/*
 * single_curl (see single.h): the same work as single_bare.c's, by libcurl, one easy
 * handle for all requests. BYTES: of libcurl's buffers for either direction; 0: as they
 * are by default.
 */
#include <curl/curl.h>

#include "single.h"

#define MAX_URL 256

static size_t on_body(char *from, size_t size, size_t count, void *owner)
{
	single_take(owner, from, size * count);
	return size * count;
}

static size_t on_read(char *to, size_t size, size_t count, void *owner)
{
	return single_fill(owner, to, size * count);
}

static void set_up(CURL *easy, struct single *single)
{
	curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_body);
	curl_easy_setopt(easy, CURLOPT_WRITEDATA, single);
	curl_easy_setopt(easy, CURLOPT_READFUNCTION, on_read);
	curl_easy_setopt(easy, CURLOPT_READDATA, single);
	curl_easy_setopt(easy, CURLOPT_FAILONERROR, 1L);
	curl_easy_setopt(easy, CURLOPT_CAINFO, getenv("SSL_CERT_FILE"));
	/* Kept from one connection to the next are roots that come of a file alone. */
	curl_easy_setopt(easy, CURLOPT_CAPATH, NULL);
	curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_1_1);
	if (single->bytes) {
		curl_easy_setopt(easy, CURLOPT_BUFFERSIZE, (long)single->bytes);
		curl_easy_setopt(easy, CURLOPT_UPLOAD_BUFFERSIZE, (long)single->bytes);
	}
}

static CURLcode run(CURL *easy, struct single *single)
{
	char url[MAX_URL];
	const char *path = single_begin(single);
	long status;
	CURLcode code;

	snprintf(url, sizeof(url), "%s://" SINGLE_HOST ":%u%s", single->scheme,
		 single->port, path);
	curl_easy_setopt(easy, CURLOPT_URL, url);
	curl_easy_setopt(easy, CURLOPT_UPLOAD, single->up_bytes ? 1L : 0L);
	if (single->up_bytes)
		curl_easy_setopt(easy, CURLOPT_INFILESIZE_LARGE,
				 (curl_off_t)single->up_bytes);
	code = curl_easy_perform(easy);
	if (code)
		return code;
	curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
	return status == 200 && single_end(single) ? CURLE_OK : CURLE_HTTP_RETURNED_ERROR;
}

int main(int argc, char **argv)
{
	struct single single;
	struct curl_slist *fields, *to;
	CURLcode code = CURLE_OK;
	CURL *easy;

	if (!single_init(&single, argc, argv))
		return 2;
	easy = curl_easy_init();
	/* The others wait for no 100 either. */
	fields = curl_slist_append(NULL, "Expect:");
	to = curl_slist_append(NULL, "::127.0.0.1:");
	set_up(easy, &single);
	curl_easy_setopt(easy, CURLOPT_HTTPHEADER, fields);
	curl_easy_setopt(easy, CURLOPT_CONNECT_TO, to);
	while (!code && single_has_more(&single))
		code = run(easy, &single);
	if (code) {
		fprintf(stderr, "single_curl: %s\n", curl_easy_strerror(code));
		return 1;
	}
	tally_print(&single.tally);
	curl_slist_free_all(fields);
	curl_slist_free_all(to);
	curl_easy_cleanup(easy);
	return 0;
}
