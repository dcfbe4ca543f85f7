/* SPDX-License-Identifier: MIT */
/*
 * CertGetNameString: one name out of several that a certificate has. Each type is a list
 * of places, which are asked one after the other until one has a name: an attribute of
 * the subject or issuer, or the first alternative name of a kind (RFC 5280, 4.2.1.6). An
 * alternative name that cannot be decoded counts as none.
 */
#include <openssl/x509v3.h>

#include "win/certificate.h"
#include "win/certificate_name.h"
#include "win/certificate_text.h"
#include "win/last_error.h"
#include "win/transcode.h"

/* Where a name may be. */
enum place_kind {
	PLACE_END,	   /* behind the last one */
	PLACE_ATTRIBUTE,   /* of the name */
	PLACE_ALTERNATIVE, /* in the extension */
};

struct place {
	enum place_kind kind; /* of which the next but one speaks */
	const char *oid;      /* of the attribute; NULL: the first one */
	int general;	      /* OpenSSL's GEN_ number of the alternative name */
};

/* One call. */
struct pick {
	PCCERT_CONTEXT certificate; /* whose names */
	DWORD flags;		    /* CERT_NAME_ISSUER_FLAG ... */
	const void *para;	    /* of the type */
	struct buf *out;	    /* where the name goes */
};

static const struct place places[][7] = {
	[CERT_NAME_EMAIL_TYPE] = {{PLACE_ALTERNATIVE, NULL, GEN_EMAIL},
				  {PLACE_ATTRIBUTE, szOID_RSA_emailAddr, 0}},
	[CERT_NAME_SIMPLE_DISPLAY_TYPE] = {{PLACE_ATTRIBUTE, szOID_COMMON_NAME, 0},
					   {PLACE_ATTRIBUTE,
					    szOID_ORGANIZATIONAL_UNIT_NAME, 0},
					   {PLACE_ATTRIBUTE, szOID_ORGANIZATION_NAME, 0},
					   {PLACE_ATTRIBUTE, szOID_RSA_emailAddr, 0},
					   {PLACE_ALTERNATIVE, NULL, GEN_EMAIL},
					   {PLACE_ATTRIBUTE, NULL, 0}},
	[CERT_NAME_DNS_TYPE] = {{PLACE_ALTERNATIVE, NULL, GEN_DNS},
				{PLACE_ATTRIBUTE, szOID_COMMON_NAME, 0}},
	[CERT_NAME_URL_TYPE] = {{PLACE_ALTERNATIVE, NULL, GEN_URI}},
	[CERT_NAME_UPN_TYPE] = {{PLACE_ALTERNATIVE, NULL, GEN_OTHERNAME}},
};

static bool is_from_issuer(const struct pick *pick)
{
	return pick->flags & CERT_NAME_ISSUER_FLAG;
}

static const CERT_NAME_BLOB *name_of(const struct pick *pick)
{
	const CERT_INFO *info = pick->certificate->pCertInfo;

	return is_from_issuer(pick) ? &info->Issuer : &info->Subject;
}

/* The extension, or NULL. */
static const CERT_EXTENSION *extension_of(const struct pick *pick)
{
	const CERT_INFO *info = pick->certificate->pCertInfo;
	const char *oid =
		is_from_issuer(pick) ? szOID_ISSUER_ALT_NAME2 : szOID_SUBJECT_ALT_NAME2;

	return CertFindExtension(oid, info->cExtension, info->rgExtension);
}

/* The user name of Active Directory, or NULL. */
static const ASN1_STRING *principal_of(const GENERAL_NAME *name)
{
	const OTHERNAME *other = name->d.otherName;

	if (OBJ_obj2nid(other->type_id) != NID_ms_upn ||
	    other->value->type != V_ASN1_UTF8STRING)
		return NULL;
	return other->value->value.utf8string;
}

static enum err put_general(struct buf *out, const GENERAL_NAME *name)
{
	const ASN1_STRING *string =
		name->type == GEN_OTHERNAME ? principal_of(name) : name->d.ia5;

	return string ? certificate_text_put_ia5(out, string) : ERR_MISSING;
}

static enum err put_alternative(const struct pick *pick, int general)
{
	const CERT_EXTENSION *extension = extension_of(pick);
	const unsigned char *at = extension ? extension->Value.pbData : NULL;
	enum err err = ERR_MISSING;
	GENERAL_NAMES *names;

	if (!at)
		return ERR_MISSING;
	names = d2i_GENERAL_NAMES(NULL, &at, (long)extension->Value.cbData);
	if (!names && certificate_failure() == ERR_NO_MEMORY)
		return ERR_NO_MEMORY;
	for (int i = 0; err == ERR_MISSING && i < sk_GENERAL_NAME_num(names); i++) {
		const GENERAL_NAME *name = sk_GENERAL_NAME_value(names, i);

		if (name->type == general)
			err = put_general(pick->out, name);
	}
	GENERAL_NAMES_free(names);
	return err;
}

static enum err put_first(const struct pick *pick, const struct place *place)
{
	enum err err = ERR_MISSING;

	for (; err == ERR_MISSING && place->kind != PLACE_END; place++) {
		if (place->kind == PLACE_ALTERNATIVE)
			err = put_alternative(pick, place->general);
		else
			err = certificate_name_put_attribute(pick->out, name_of(pick),
							     place->oid, pick->flags);
	}
	return err;
}

/* How CERT_NAME_RDN_TYPE writes the whole name. */
static DWORD form_of(const struct pick *pick)
{
	DWORD form = CERT_SIMPLE_NAME_STR;

	if (pick->para)
		memcpy(&form, pick->para, sizeof(form));
	return form | (pick->flags & CERT_NAME_STR_DISABLE_IE4_UTF8_FLAG);
}

static enum err put_picked(const struct pick *pick, DWORD type)
{
	switch (type) {
	case CERT_NAME_RDN_TYPE:
		return certificate_name_put(pick->out, name_of(pick), form_of(pick));
	case CERT_NAME_ATTR_TYPE:
		return certificate_name_put_attribute(pick->out, name_of(pick),
						      pick->para, pick->flags);
	case CERT_NAME_FRIENDLY_DISPLAY_TYPE:
		return put_first(pick, places[CERT_NAME_SIMPLE_DISPLAY_TYPE]);
	default:
		return put_first(pick, places[type]);
	}
}

static DWORD check(const struct pick *pick, DWORD type)
{
	if (!pick->certificate || type < CERT_NAME_EMAIL_TYPE ||
	    type > CERT_NAME_UPN_TYPE || (type == CERT_NAME_ATTR_TYPE && !pick->para) ||
	    (type == CERT_NAME_RDN_TYPE && !certificate_name_has_form(form_of(pick))))
		return ERROR_INVALID_PARAMETER;
	return pick->flags & CERT_NAME_SEARCH_ALL_NAMES_FLAG ? ERROR_NOT_SUPPORTED
							     : ERROR_SUCCESS;
}

/* Answers what GetLastError is to say; nothing stays in pick->out then. */
static DWORD pick_name(const struct pick *pick, DWORD type)
{
	DWORD error = check(pick, type);
	enum err err;

	if (error)
		return error;
	err = certificate_enter();
	if (!err) {
		err = put_picked(pick, type);
		certificate_leave();
	}
	if (err)
		buf_clear(pick->out);
	return err && err != ERR_MISSING ? certificate_error(err) : ERROR_SUCCESS;
}

DWORD ixhr2_cert_get_name_string(unsigned wchar_bytes, PCCERT_CONTEXT certificate,
				 DWORD type, DWORD flags, const void *para, void *out,
				 DWORD room)
{
	struct buf text = {0};
	const struct pick pick = {
		.certificate = certificate, .flags = flags, .para = para, .out = &text};
	DWORD error;
	DWORD units;

	if (!transcode_has_unit(wchar_bytes)) {
		ixhr2_set_last_error(ERROR_INVALID_PARAMETER);
		return 1;
	}
	error = pick_name(&pick, type);
	if (error)
		ixhr2_set_last_error(error);
	units = certificate_deliver(wchar_bytes, buf_span(&text), out, room);
	buf_done(&text);
	return units;
}
