/* SPDX-License-Identifier: MIT */
/*
 * origin [SECONDS]: a small HTTP/1.1 server on a free port of 127.0.0.1, to try a client
 * with. It prints its URL, and ends when its standard input ends or after SECONDS (600).
 *
 *	/hello      a line of text
 *	/redirect   302 to /hello
 *	/large      256 MiB
 *	/upload     answers how many bytes of content came
 *	/short      announces 1000 bytes, sends 10 and closes
 *	/slow       never answers
 *
 * Each connection has a thread, which reads a request and answers it, until the client
 * closes. The threads end with the process.
 */
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#define LINE_BYTES  8192
#define PIECE_BYTES (256 * 1024)
#define LARGE_BYTES (256ull * 1024 * 1024)

/* What is answered for a path. */
struct page {
	const char *path;    /* without query */
	const char *status;  /* and fields; NULL: silence */
	const char *text;    /* the content; NULL: how many bytes came */
	uint64_t filler;     /* bytes of content behind the text */
	unsigned never_sent; /* bytes that are announced besides */
};

static const struct page pages[] = {
	{"/hello", "200 OK\r\nContent-Type: text/plain", "Hello from the origin.\n", 0,
	 0},
	{"/redirect", "302 Found\r\nLocation: /hello", "", 0, 0},
	{"/large", "200 OK\r\nContent-Type: application/octet-stream", "", LARGE_BYTES,
	 0},
	{"/upload", "200 OK\r\nContent-Type: text/plain", NULL, 0, 0},
	{"/short", "200 OK\r\nContent-Type: text/plain", "Only this.", 0, 990},
	{"/slow", NULL, "", 0, 0},
};
static const struct page nothing_here = {
	"", "404 Not Found\r\nContent-Type: text/plain",
	"There are /hello /redirect /large /upload /short /slow\n", 0, 0};

struct request {
	const struct page *page; /* what is asked for */
	bool is_head;		 /* the method is HEAD: no content is sent */
	bool is_last;		 /* the client says Connection: close */
	bool is_chunked;	 /* the content comes in chunks */
	uint64_t content_bytes;	 /* how much of it came, or will come */
};

static char filler[PIECE_BYTES];

static const struct page *find_page(const char *request_line)
{
	const char *path = strchr(request_line, ' ');
	size_t len = path ? strcspn(++path, " ?\r\n") : 0;

	for (size_t i = 0; i < sizeof(pages) / sizeof(pages[0]); i++) {
		if (len == strlen(pages[i].path) && !strncmp(path, pages[i].path, len))
			return &pages[i];
	}
	return &nothing_here;
}

static bool read_head(FILE *in, struct request *request)
{
	char line[LINE_BYTES];

	if (!fgets(line, sizeof(line), in))
		return false;
	*request = (struct request){.page = find_page(line),
				    .is_head = strncmp(line, "HEAD ", 5) == 0};
	while (fgets(line, sizeof(line), in)) {
		if (line[0] == '\r' || line[0] == '\n')
			return true;
		if (!strncasecmp(line, "Content-Length:", 15))
			request->content_bytes = strtoull(line + 15, NULL, 10);
		else if (!strncasecmp(line, "Transfer-Encoding: chunked", 26))
			request->is_chunked = true;
		else if (!strncasecmp(line, "Connection: close", 17))
			request->is_last = true;
	}
	return false;
}

static bool skip(FILE *in, uint64_t bytes)
{
	char piece[65536];
	size_t n;

	for (; bytes > 0; bytes -= n) {
		n = bytes < sizeof(piece) ? (size_t)bytes : sizeof(piece);
		if (fread(piece, 1, n, in) < n)
			return false;
	}
	return true;
}

static bool read_chunks(FILE *in, struct request *request)
{
	char line[LINE_BYTES];
	uint64_t bytes;

	while (fgets(line, sizeof(line), in)) {
		bytes = strtoull(line, NULL, 16);
		request->content_bytes += bytes;
		if (!skip(in, bytes) || !fgets(line, sizeof(line), in))
			return false;
		if (bytes == 0)
			return true;
	}
	return false;
}

static bool send_all(int fd, const char *bytes, size_t len)
{
	ssize_t n;

	for (; len > 0; bytes += n, len -= (size_t)n) {
		n = send(fd, bytes, len, MSG_NOSIGNAL);
		if (n < 0)
			return false;
	}
	return true;
}

static bool answer(int fd, const struct request *request)
{
	const struct page *page = request->page;
	const char *text = page->text;
	char count[64], head[512];
	int len;

	if (!text) {
		snprintf(count, sizeof(count), "%llu bytes came.\n",
			 (unsigned long long)request->content_bytes);
		text = count;
	}
	len = snprintf(
		head, sizeof(head), "HTTP/1.1 %s\r\nContent-Length: %llu\r\n\r\n%s",
		page->status,
		(unsigned long long)(strlen(text) + page->filler + page->never_sent),
		request->is_head ? "" : text);
	if (!send_all(fd, head, (size_t)len))
		return false;
	for (uint64_t left = request->is_head ? 0 : page->filler; left > 0;
	     left -= PIECE_BYTES) {
		if (!send_all(fd, filler, PIECE_BYTES))
			return false;
	}
	return !request->is_last && !page->never_sent;
}

static void *serve(void *number)
{
	int fd = (int)(intptr_t)number, on = 1;
	FILE *in = fdopen(fd, "r");
	struct request request;
	bool goes_on = in != NULL;

	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	while (goes_on && read_head(in, &request)) {
		if (request.is_chunked ? !read_chunks(in, &request)
				       : !skip(in, request.content_bytes))
			break;
		/* In silence the client is waited for to go. */
		goes_on = request.page->status ? answer(fd, &request)
					       : skip(in, UINT64_MAX);
	}
	if (in)
		fclose(in);
	return NULL;
}

static int listen_somewhere(void)
{
	struct sockaddr_in here = {.sin_family = AF_INET,
				   .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t len = sizeof(here);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0 || bind(fd, (struct sockaddr *)&here, len) || listen(fd, SOMAXCONN) ||
	    getsockname(fd, (struct sockaddr *)&here, &len)) {
		perror("origin");
		exit(1);
	}
	printf("http://127.0.0.1:%u\n", ntohs(here.sin_port));
	fflush(stdout);
	return fd;
}

static void welcome(int listener)
{
	int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
	pthread_t thread;

	if (fd < 0)
		return;
	if (pthread_create(&thread, NULL, serve, (void *)(intptr_t)fd))
		close(fd);
	else
		pthread_detach(thread);
}

static void stop(int signal)
{
	(void)signal;
	_exit(0);
}

int main(int argc, char **argv)
{
	struct pollfd fds[] = {{STDIN_FILENO, POLLIN, 0}, {-1, POLLIN, 0}};
	unsigned seconds = argc > 1 ? (unsigned)strtoul(argv[1], NULL, 10) : 600;
	char byte;

	if (argc > 2 || seconds == 0) {
		fputs("usage: origin [SECONDS]\n", stderr);
		return 2;
	}
	signal(SIGALRM, stop);
	alarm(seconds);
	memset(filler, '.', sizeof(filler));
	fds[1].fd = listen_somewhere();
	while (poll(fds, 2, -1) >= 0) {
		if (fds[0].revents && read(STDIN_FILENO, &byte, 1) <= 0)
			break;
		if (fds[1].revents)
			welcome(fds[1].fd);
	}
	return 0;
}
