/* SPDX-License-Identifier: MIT */
/*
 * ixhr2, the command: reads the command line, prepares the process, and hands over to a
 * single transfer (get.c), a batch (batch.c) or the certificates (cert.c). All use the
 * library as any program does, through its public headers.
 *
 * Signals are blocked before the library is used, so that its threads inherit that.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <ixhr2/ixhr2.h>

#include "batch.h"
#include "cert.h"
#include "get.h"
#include "memory.h"
#include "options.h"
#include "password.h"
#include "pin.h"
#include "secret.h"
#include "transfer.h"
#include "verbose.h"
#include "watch.h"

/* A standard descriptor that is closed would be given to a socket. It is opened the wrong
 * way round, so that reading and writing fail there as they would without it. */
static void open_standard_descriptors(void)
{
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
		if (fcntl(fd, F_GETFD) < 0 &&
		    open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY) < 0)
			return;
}

static enum exit_status tell(const struct options *options)
{
	if (options->ask == OPTIONS_ASK_HELP)
		options_help(stdout);
	else
		printf("ixhr2 %s\n", ixhr2_version());
	return fflush(stdout) ? EXIT_STATUS_OUTPUT : EXIT_STATUS_OK;
}

/* whose: a word in front of "user", or "". */
static enum exit_status ask_password(int signals, const char *whose, const char *user,
				     char **out_password)
{
	char *what = memory_format("password for %suser '%s'", whose, user);
	enum exit_status status = password_ask(signals, what, out_password);

	free(what);
	return status;
}

/* After configure_library: whether a certificate needs a pin is known by its folder. */
static enum exit_status ask_passwords(struct options *options, int signals)
{
	struct task *task = &options->task;
	enum exit_status status = EXIT_STATUS_OK;

	if (options->asks_password)
		status = ask_password(signals, "", task->user, &task->password);
	if (!status && options->asks_proxy_password)
		status = ask_password(signals, "proxy ", task->proxy_user,
				      &task->proxy_password);
	if (!status && !task->pin && pin_is_needed(&task->client_certificate))
		status = password_ask(signals, "pin for the client certificate",
				      &task->pin);
	return status;
}

/* Sets one option of the library, if it was given. */
static enum exit_status configure(enum ixhr2_option option, const char *dashed,
				  const char *value)
{
	char *shown;

	if (!value || SUCCEEDED(ixhr2_configure(option, value)))
		return EXIT_STATUS_OK;
	shown = memory_text(value);
	secret_cut_login(shown);
	fprintf(stderr, "ixhr2: %s: '%s' is refused by the library\n", dashed, shown);
	free(shown);
	return EXIT_STATUS_USAGE;
}

static enum exit_status configure_library(struct options *options)
{
	char *rules =
		options->connect_to.len ? bytes_take_text(&options->connect_to) : NULL;
	const struct {
		enum ixhr2_option option; /* of the library */
		const char *dashed;	  /* of the command */
		const char *value;	  /* NULL: not given */
	} rows[] = {
		{IXHR2_OPTION_CONNECT_TO, "--connect-to", rules},
		{IXHR2_OPTION_DATA_DIR, "--data-dir", options->data_dir},
		{IXHR2_OPTION_CA_FILE, "--cacert", options->ca_file},
		{IXHR2_OPTION_PROXY, "--proxy", options->proxy},
		{IXHR2_OPTION_NO_PROXY, "--noproxy", options->no_proxy},
		{IXHR2_OPTION_PROTOCOL, "--http2", options->protocol},
	};
	enum exit_status status = EXIT_STATUS_OK;

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows) && !status; i++)
		status = configure(rows[i].option, rows[i].dashed, rows[i].value);
	free(rules);
	return status;
}

static enum exit_status fail_output(const char *path, int error)
{
	fprintf(stderr, "ixhr2: (%d) %s: %s\n", EXIT_STATUS_OUTPUT, path,
		strerror(error));
	return EXIT_STATUS_OUTPUT;
}

static enum exit_status run(struct options *options, struct watch *watch)
{
	enum exit_status status;
	struct har *har = NULL;
	int error = 0;

	if (options->use == OPTIONS_CERT)
		return cert_run(options, watch->signals);
	if (options->har)
		error = har_open(options->har, options->task.may_replace, &har);
	if (error)
		return fail_output(options->har, error);
	if (options->use == OPTIONS_BATCH)
		status = batch_run(options, watch, har);
	else
		status = get_run(options, watch, har);
	error = har_close(har);
	if (!error)
		return status;
	fail_output(options->har, error);
	return status ? status : EXIT_STATUS_OUTPUT;
}

int main(int argc, char **argv)
{
	static struct options options;
	static struct watch watch;
	enum exit_status status;

	open_standard_descriptors();
	status = options_parse(&options, argc, argv);
	if (!status && options.ask != OPTIONS_ASK_NOTHING)
		return (int)tell(&options);
	if (!status && !watch_init(&watch)) {
		perror("ixhr2");
		status = EXIT_STATUS_OTHER;
	}
	if (!status)
		status = configure_library(&options);
	if (!status)
		status = ask_passwords(&options, watch.signals);
	if (!status) {
		if (options.is_verbose)
			verbose_begin();
		status = run(&options, &watch);
	}
	if (transfer_any_given_up())
		_exit((int)status);
	options_done(&options);
	return (int)status;
}
