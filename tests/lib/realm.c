/* SPDX-License-Identifier: MIT */
/*
 * The KDC is run by lib/server.h, as any server. Its files are made by the programs that
 * administrators use, which say everything they have to say in "setup.log". Names of
 * hosts are taken as they are, so that no DNS has a part in it.
 */
#include "lib/realm.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/test.h"

/* For programs and for the KDC. */
static const char krb5_conf[] = "[libdefaults]\n"
				"	default_realm = " REALM_NAME "\n"
				"	dns_lookup_realm = false\n"
				"	dns_lookup_kdc = false\n"
				"	dns_canonicalize_hostname = false\n"
				"	rdns = false\n"
				"	udp_preference_limit = 1\n"
				"	qualify_shortname = \"\"\n"
				"[realms]\n"
				"	" REALM_NAME " = {\n"
				"		kdc = 127.0.0.1:{port}\n"
				"	}\n"
				"[domain_realm]\n"
				"	localhost = " REALM_NAME "\n"
				"	127.0.0.1 = " REALM_NAME "\n"
				"[logging]\n"
				"	kdc = FILE:{folder}/kdc.log\n";

static const char kdc_conf[] = "[kdcdefaults]\n"
			       "	kdc_listen = \"\"\n"
			       "	kdc_tcp_listen = 127.0.0.1:{port}\n"
			       "[realms]\n"
			       "	" REALM_NAME " = {\n"
			       "		database_name = {folder}/principal\n"
			       "		key_stash_file = {folder}/stash\n"
			       "		acl_file = {folder}/acl\n"
			       "		supported_enctypes = aes256-cts:normal\n"
			       "	}\n";

static const char ntlm_users[] =
	REALM_NTLM_DOMAIN ":" REALM_NTLM_USER ":" REALM_NTLM_PASSWORD "\n" REALM_NAME
			  ":" REALM_USER ":" REALM_PASSWORD "\n";

/* What makes the database. */
static const char *const setup[] = {
	"kdb5_util create -s -r " REALM_NAME " -P master",
	"kadmin.local -q 'addprinc -pw \"" REALM_PASSWORD "\" " REALM_USER "'",
	"kadmin.local -q 'addprinc -randkey HTTP/localhost'",
	"kadmin.local -q 'addprinc -randkey HTTP/127.0.0.1'",
	"kadmin.local -q 'ktadd -k keytab HTTP/localhost HTTP/127.0.0.1'",
	"chmod 0644 keytab",
};

/* The variables that point to the files of the realm. */
static const struct variable {
	const char *name; /* of the variable */
	const char *file; /* in the folder */
} variables[] = {
	{"KRB5_CONFIG", "krb5.conf"}, {"KRB5_KDC_PROFILE", "kdc.conf"},
	{"KRB5CCNAME", "ccache"},     {"KRB5_KTNAME", "keytab"},
	{"NTLM_USER_FILE", "ntlm"},   {"KRB5RCACHEDIR", ""},
};

/* What LeakSanitizer asks for, if it is there. */
__attribute__((visibility("default"))) const char *__lsan_default_suppressions(void);

const char *__lsan_default_suppressions(void)
{
	return "leak:libcrypto.so\nleak:gssntlmssp.so\n";
}

/* Runs a command of a shell in the folder. */
static void run(const struct realm *realm, const char *command)
{
	char whole[1024];
	char *log;

	snprintf(whole, sizeof(whole),
		 "cd %s && export PATH=/usr/sbin:/usr/bin:/sbin:/bin && { %s; } "
		 ">>setup.log 2>&1",
		 realm->kdc->folder, command);
	if (system(whole) == 0)
		return;
	log = server_get_text(realm->kdc, "setup.log");
	print_error("%s\n", log ? log : "");
	free(log);
	fail_msg("%s", command);
}

static void point(const struct realm *realm)
{
	char path[SERVER_PATH_BYTES * 2];

	for (size_t i = 0; i < TEST_COUNT(variables); i++) {
		snprintf(path, sizeof(path), "%s/%s", realm->kdc->folder,
			 variables[i].file);
		setenv(variables[i].name, path, 1);
	}
}

struct realm *realm_new(void)
{
	struct realm *realm = calloc(1, sizeof(*realm));

	assert_non_null(realm);
	realm->kdc = server_new();
	server_put_text(realm->kdc, "krb5.conf", krb5_conf);
	server_put_text(realm->kdc, "kdc.conf", kdc_conf);
	server_put_text(realm->kdc, "ntlm", ntlm_users);
	point(realm);
	for (size_t i = 0; i < TEST_COUNT(setup); i++)
		run(realm, setup[i]);
	server_start(realm->kdc, (const char *[]){"krb5kdc", "-n", NULL});
	return realm;
}

void realm_get_ticket(struct realm *realm)
{
	run(realm, "echo '" REALM_PASSWORD "' | kinit " REALM_USER);
}

void realm_drop_ticket(struct realm *realm)
{
	run(realm, "rm -f ccache");
}

void realm_end(struct realm *realm)
{
	for (size_t i = 0; i < TEST_COUNT(variables); i++)
		unsetenv(variables[i].name);
	server_end(realm->kdc);
	free(realm);
}
