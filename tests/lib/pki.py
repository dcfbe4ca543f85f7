#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Makes every certificate that the tests need, with the openssl command.

    tests/lib/pki.py FOLDER

FOLDER is made anew unless it is younger than this file and than a day. CTest runs this as
the fixture "pki" and tells the tests the folder in IXHR2_PKI; C tests find files by
lib/pki.h. Wherever a certificate NAME is spoken of, the folder has

    NAME.pem  the certificate and behind it what a server sends with it (intermediates)
    NAME.der  the certificate alone
    NAME.key  its private key, PEM, for its owner alone

Every certificate is good, for "good.test" and as X.509 strict wants it, but for what its row
in CERTIFICATES says. They lead over "intermediate" to "root".

Authorities: root, other_root (nobody trusts it), expired_root, client_root (of clients);
intermediate, and one for each fault that an authority can have (..._ca). deep_1 to deep_11
are a chain of intermediates.

Servers, and what must be found:

    good              all is well; for good.test, www.good.test
    good_rsa          the same with an RSA key of 2048 bits
    renewed           the same as good with another key
    second            the same for second.test
    upper_case        for GOOD.TEST
    no_eku            without extended key usage, which is well
    empty_subject     without a subject, but a critical alternative name, which is well
    idn               for xn--bcher-kva.test
    many_names        large: 1,000 names, good.test the last
    deep_10_good      10 intermediates, which is well
    by_expired_root   DATE, to the root expired_root
    expired           DATE
    not_yet_valid     DATE
    expired_ca        DATE, of the intermediate
    wrong_host        NAME: for other.test
    no_san            NAME: good.test only as common name
    nul_name          NAME: for "good.test", NUL, ".other.test"
    wildcard          for *.wild.test
    partial_wildcard  NAME: for w*.wild.test
    registry_wildcard NAME: for *.com and *.co.uk
    ip_san            for 127.0.0.1 and ::1
    ip_as_dns         NAME: for 127.0.0.1, as if it were a host's name
    self_signed       AUTHORITY
    untrusted         AUTHORITY: leads to other_root
    untrusted_root    AUTHORITY: the same, and the root is sent
    incomplete        AUTHORITY: the intermediate is not sent
    bad_signature     AUTHORITY
    names_respected   its authority may sign for good.test, which is well
    names_violated    AUTHORITY: its authority may sign for only.test
    names_excluded    AUTHORITY: its authority may not sign for good.test
    wildcard_excluded AUTHORITY: for *.wild.test; its authority may not sign for
                      secret.wild.test, which is well as long as that is not asked for
    wrong_eku         AUTHORITY: for clients
    sgc               AUTHORITY: for an older kind of servers (Server Gated Cryptography)
    ca_false          AUTHORITY: the intermediate is CA:FALSE
    no_cert_sign      AUTHORITY: the intermediate may not sign certificates
    path_too_long     AUTHORITY: one intermediate more than allowed
    deep_11_bad       AUTHORITY: 11 intermediates
    critical          AUTHORITY: a critical extension that nobody knows
    no_aki            AUTHORITY: without authority key identifier, against X.509 strict
    v1                NAME at least: of version 1, and so without alternative names
    v1_ca             AUTHORITY: the intermediate is of version 1
    sha1              AUTHORITY: signed with SHA-1
    sha1_ca           AUTHORITY: the intermediate is
    rsa1024           AUTHORITY: a key of 1024 bits
    rsa1024_ca        AUTHORITY: the intermediate's key is
    rsa2047           AUTHORITY: a key of 2047 bits
    rsa2047_ca        AUTHORITY: the intermediate's key is
    revoked           REVOCATION with revoked.ocsp
    must_staple       REVOCATION unless with a good staple (must_staple.ocsp)
    expired_and_wrong_host            DATE, NAME
    untrusted_expired_and_wrong_host  AUTHORITY, DATE, NAME
    everything        with everything.ocsp REVOCATION, AUTHORITY (wrong_eku), DATE, NAME

(In v1_ca.pem and the like the first certificate is the server's; that of the authority is
v1_ca_ca.pem.)

Staples, OCSP responses in DER; signed by intermediate and good for years but where said:

    good.ocsp  revoked.ocsp  must_staple.ocsp  everything.ocsp    of the certificates above
    must_staple_revoked.ocsp  revoked
    unknown.ocsp         good.pem is not known
    expired.ocsp         good.pem, was so until a week ago
    early.ocsp           good.pem, will be so in a week
    no_next.ocsp         good.pem, says not until when
    delegated.ocsp       good.pem, signed by a responder of the intermediate
    no_responder.ocsp    good.pem, signed by one that is not for signing OCSP
    stranger.ocsp        good.pem, signed by other_root
    expired_responder.ocsp  good.pem, signed by a responder that has expired
    broken_signature.ocsp   good.pem
    try_later.ocsp       an answer that is none

Clients: client (of client_root, "client_root.pem"), client_rsa, client_chain (over
client_intermediate), client_expired, client_other (of other_root). Of each there are also

    NAME_both.pem    certificates and key in one file
    NAME.p12         PKCS#12 with an empty password
    NAME_locked.p12  PKCS#12 with the password "secret"
    NAME_locked.key  the key encrypted with "secret"

Nothing here is secret: the keys live as long as a build folder.
"""

import os
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

DAY = 86400
NOW = int(time.time())
PASSWORD = "secret"

# ---- the table ----

AUTHORITY = {
    "basicConstraints": "critical,CA:TRUE",
    "keyUsage": "critical,keyCertSign,cRLSign",
    "subjectKeyIdentifier": "hash",
    "authorityKeyIdentifier": "keyid:always",
}
SERVER = {
    "basicConstraints": "critical,CA:FALSE",
    "keyUsage": "critical,digitalSignature",
    "extendedKeyUsage": "serverAuth",
    "subjectKeyIdentifier": "hash",
    "authorityKeyIdentifier": "keyid:always",
    "subjectAltName": "DNS:good.test",
}
CLIENT = {
    "basicConstraints": "critical,CA:FALSE",
    "keyUsage": "critical,digitalSignature",
    "extendedKeyUsage": "clientAuth",
    "subjectKeyIdentifier": "hash",
    "authorityKeyIdentifier": "keyid:always",
}

PAST = (-400, -10)
FUTURE = (10, 400)


@dataclass
class Certificate:
    """A row: what a certificate has that others of its kind have not."""

    name: str
    kind: dict                  # its extensions
    issuer: str = "intermediate"    # whose name is: its own
    sends: list = None          # names of what a server sends behind it; else its issuers,
                                # without the root
    subject: str = None         # as openssl's -subj wants it; else the name
    days: tuple = (-10, 400)    # from, until; from now
    key: str = "ec"             # "ec", or bits of RSA
    digest: str = "sha256"
    version: int = 3
    changes: dict = field(default_factory=dict)     # of extensions; None: without it


def authority(name, **more):
    return Certificate(name, AUTHORITY, days=more.pop("days", (-800, 4000)), **more)


def server(name, san=None, **more):
    changes = more.pop("changes", {})
    if san:
        changes["subjectAltName"] = san
    return Certificate(name, SERVER, changes=changes, **more)


def by(fault):
    """The name of the authority that the server certificate fault stands below."""
    return f"{fault}_ca"


def client(name, **more):
    return Certificate(name, CLIENT, issuer=more.pop("issuer", "client_root"), **more)


def der_text(tag, data):
    return ":".join(f"{byte:02X}" for byte in tlv(tag, data))


def tlv(tag, content):
    """One DER value."""
    length = len(content)
    if length < 128:
        head = bytes([tag, length])
    else:
        octets = length.to_bytes((length.bit_length() + 7) // 8, "big")
        head = bytes([tag, 0x80 | len(octets)]) + octets
    return head + content


NUL_NAME = der_text(0x30, tlv(0x82, b"good.test\0.other.test"))
DEEP = [f"deep_{i}" for i in range(1, 12)]

CERTIFICATES = [
    authority("root", issuer="root", subject="/O=Ixhr2 Tests/CN=Root"),
    authority("other_root", issuer="other_root", subject="/O=Ixhr2 Tests/CN=Other Root"),
    authority("expired_root", issuer="expired_root", days=(-800, -10)),
    authority("client_root", issuer="client_root",
              subject="/C=DE/O=Ixhr2 Bücher/CN=Client Root"),
    authority("intermediate", issuer="root", subject="/O=Ixhr2 Tests/CN=Intermediate"),
    authority("client_intermediate", issuer="client_root"),

    server("good", "DNS:good.test,DNS:www.good.test"),
    server("good_rsa", "DNS:good.test,DNS:www.good.test", key="2048"),
    server("renewed", "DNS:good.test,DNS:www.good.test"),
    server("second", "DNS:second.test"),
    server("upper_case", "DNS:GOOD.TEST"),
    server("no_eku", changes={"extendedKeyUsage": None}),
    server("empty_subject", "critical,DNS:good.test", subject="/"),
    server("idn", "DNS:xn--bcher-kva.test"),
    server("many_names", ",".join([f"DNS:host-{i:04}.many.test" for i in range(999)]
                                  + ["DNS:good.test"])),
    server("by_expired_root", issuer="expired_root"),

    server("expired", days=PAST),
    server("not_yet_valid", days=FUTURE),
    authority(by("expired_ca"), issuer="root", days=PAST),
    server("expired_ca", issuer=by("expired_ca")),

    server("wrong_host", "DNS:other.test"),
    server("no_san", subject="/CN=good.test", changes={"subjectAltName": None}),
    server("nul_name", f"DER:{NUL_NAME}"),
    server("wildcard", "DNS:*.wild.test"),
    server("partial_wildcard", "DNS:w*.wild.test"),
    server("registry_wildcard", "DNS:*.com,DNS:*.co.uk"),
    server("ip_san", "IP:127.0.0.1,IP:::1"),
    server("ip_as_dns", "DNS:127.0.0.1"),

    server("self_signed", issuer="self_signed"),
    server("untrusted", issuer="other_root"),
    server("untrusted_root", issuer="other_root", sends=["other_root"]),
    server("incomplete", sends=[]),
    server("bad_signature"),
    authority(by("names_respected"), issuer="root",
              changes={"nameConstraints": "critical,permitted;DNS:good.test"}),
    server("names_respected", issuer=by("names_respected")),
    authority(by("names_violated"), issuer="root",
              changes={"nameConstraints": "critical,permitted;DNS:only.test"}),
    server("names_violated", issuer=by("names_violated")),
    authority(by("names_excluded"), issuer="root",
              changes={"nameConstraints": "critical,excluded;DNS:good.test"}),
    server("names_excluded", issuer=by("names_excluded")),
    authority(by("wildcard_excluded"), issuer="root",
              changes={"nameConstraints": "critical,excluded;DNS:secret.wild.test"}),
    server("wildcard_excluded", "DNS:*.wild.test", issuer=by("wildcard_excluded")),
    server("wrong_eku", changes={"extendedKeyUsage": "clientAuth"}),
    server("sgc", changes={"extendedKeyUsage": "msSGC,nsSGC"}),
    authority(by("ca_false"), issuer="root",
              changes={"basicConstraints": "critical,CA:FALSE", "keyUsage": None}),
    server("ca_false", issuer=by("ca_false")),
    authority(by("no_cert_sign"), issuer="root", changes={"keyUsage": "critical,cRLSign"}),
    server("no_cert_sign", issuer=by("no_cert_sign")),
    authority("short_path_ca", issuer="root",
              changes={"basicConstraints": "critical,CA:TRUE,pathlen:0"}),
    authority(by("path_too_long"), issuer="short_path_ca"),
    server("path_too_long", issuer=by("path_too_long")),
    *[authority(name, issuer=DEEP[i - 1] if i else "root") for i, name in enumerate(DEEP)],
    server("deep_10_good", issuer="deep_10"),
    server("deep_11_bad", issuer="deep_11"),
    server("critical", changes={"1.2.3.4.5.6.7": "critical,ASN1:UTF8String:unknown"}),
    server("no_aki", changes={"authorityKeyIdentifier": "none"}),
    server("v1", subject="/CN=good.test", version=1),
    authority(by("v1_ca"), issuer="root", version=1),
    server("v1_ca", issuer=by("v1_ca"), changes={"authorityKeyIdentifier": "issuer:always"}),
    server("sha1", digest="sha1"),
    authority(by("sha1_ca"), issuer="root", digest="sha1"),
    server("sha1_ca", issuer=by("sha1_ca")),
    server("rsa1024", key="1024"),
    authority(by("rsa1024_ca"), issuer="root", key="1024"),
    server("rsa1024_ca", issuer=by("rsa1024_ca")),
    server("rsa2047", key="2047"),
    authority(by("rsa2047_ca"), issuer="root", key="2047"),
    server("rsa2047_ca", issuer=by("rsa2047_ca")),
    server("revoked"),
    server("must_staple", changes={"tlsfeature": "status_request"}),
    server("expired_and_wrong_host", "DNS:other.test", days=PAST),
    server("untrusted_expired_and_wrong_host", "DNS:other.test", days=PAST,
           issuer="other_root"),
    server("everything", "DNS:other.test", days=PAST,
           changes={"extendedKeyUsage": "clientAuth"}),

    client("responder", issuer="intermediate", changes={"extendedKeyUsage": "OCSPSigning"}),
    client("expired_responder", issuer="intermediate", days=PAST,
           changes={"extendedKeyUsage": "OCSPSigning"}),
    client("no_responder", issuer="intermediate"),

    client("client", subject="/O=Ixhr2 Tests/CN=Ann"),
    client("client_rsa", subject="/O=Ixhr2 Tests/CN=Ron", key="2048"),
    client("client_chain", issuer="client_intermediate"),
    client("client_expired", days=PAST),
    client("client_other", issuer="other_root"),
]


@dataclass
class Staple:
    """A row: an OCSP response."""

    name: str
    of: str = "good"
    status: str = "V"               # of the line in the index: V, R, or "" for no line
    signer: str = "intermediate"
    days: tuple = None              # this update, next update; else as openssl sets them
    next_days: int = 3650           # 0: no next update
    is_broken: bool = False


STAPLES = [
    Staple("good"),
    Staple("revoked", of="revoked", status="R"),
    Staple("must_staple", of="must_staple"),
    Staple("must_staple_revoked", of="must_staple", status="R"),
    Staple("everything", of="everything", status="R"),
    Staple("unknown", status=""),
    Staple("expired", days=(-14, -7)),
    Staple("early", days=(7, 14)),
    Staple("no_next", next_days=0),
    Staple("delegated", signer="responder"),
    Staple("no_responder", signer="no_responder"),
    Staple("stranger", signer="other_root"),
    Staple("expired_responder", signer="expired_responder"),
    Staple("broken_signature", is_broken=True),
]

# ---- how they are made ----


def run(folder, *arguments):
    """One call of openssl."""
    done = subprocess.run(["openssl", *map(str, arguments)], cwd=folder, text=True,
                          stdin=subprocess.DEVNULL, capture_output=True, check=False)
    if done.returncode:
        sys.exit(f"pki.py: openssl {' '.join(map(str, arguments))}\n{done.stderr}")


def utc(days, form="%Y%m%d%H%M%SZ"):
    return time.strftime(form, time.gmtime(NOW + days * DAY))


def make_key(folder, path, kind):
    if kind == "ec":
        options = ["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:prime256v1"]
    else:
        options = ["-algorithm", "RSA", "-pkeyopt", f"rsa_keygen_bits:{kind}"]
    run(folder, "genpkey", *options, "-out", path)
    (folder / path).chmod(0o600)


def configuration(row):
    """The configuration of `openssl ca` for one certificate."""
    extensions = {**row.kind, **row.changes} if row.version == 3 else {}
    lines = ["[ca]", "default_ca=this", "[this]", "database=work/index",
             "serial=work/serial", "new_certs_dir=work", "policy=any",
             "unique_subject=no", "email_in_dn=no", "utf8=yes", "string_mask=utf8only"]
    if extensions:
        lines.append("x509_extensions=extensions")
    lines += ["[any]", "countryName=optional", "organizationName=optional",
              "commonName=optional", "[extensions]"]
    lines += [f"{key}={value}" for key, value in extensions.items() if value]
    lines += ["[req]", "distinguished_name=name", "utf8=yes", "string_mask=utf8only",
              "[name]"]
    return "\n".join(lines) + "\n"


def sign(folder, row, serial):
    subject = f"/CN={row.name}" if row.subject is None else row.subject
    (folder / "work/conf").write_text(configuration(row))
    (folder / "work/serial").write_text(f"{serial:016X}\n")
    run(folder, "req", "-new", "-config", "work/conf", "-utf8", "-key", f"{row.name}.key",
        "-subj", subject, "-out", "work/request")
    if row.issuer == row.name:
        issuer = ["-selfsign"]
    else:
        issuer = ["-cert", f"{row.issuer}.crt"]
    run(folder, "ca", "-batch", "-notext", "-config", "work/conf", "-md", row.digest,
        "-preserveDN", *issuer, "-keyfile", f"{row.issuer}.key", "-in", "work/request",
        "-startdate", utc(row.days[0]), "-enddate", utc(row.days[1]),
        "-out", f"{row.name}.crt")


def make(folder, rows, row, serial):
    """The files of one certificate; its issuer's are there."""
    make_key(folder, f"{row.name}.key", row.key)
    sign(folder, row, serial)
    run(folder, "x509", "-in", f"{row.name}.crt", "-outform", "DER", "-out", f"{row.name}.der")
    if row.name == "bad_signature":
        der = bytearray((folder / f"{row.name}.der").read_bytes())
        der[-1] ^= 1
        (folder / f"{row.name}.der").write_bytes(der)
        run(folder, "x509", "-inform", "DER", "-in", f"{row.name}.der", "-out",
            f"{row.name}.crt")
    sends = row.sends
    if sends is None:
        sends = []
        name = row.issuer
        while name != rows[name].issuer:
            sends.append(name)
            name = rows[name].issuer
    chain = [(folder / f"{name}.crt").read_text() for name in [row.name, *sends]]
    (folder / f"{row.name}.pem").write_text("".join(chain))


def make_client(folder, name):
    key, pem = f"{name}.key", f"{name}.pem"
    both = folder / f"{name}_both.pem"
    both.write_text((folder / pem).read_text() + (folder / key).read_text())
    for out, password in ((f"{name}.p12", ""), (f"{name}_locked.p12", PASSWORD)):
        run(folder, "pkcs12", "-export", "-in", both.name, "-out", out,
            "-passout", f"pass:{password}")
        (folder / out).chmod(0o600)
    run(folder, "pkcs8", "-topk8", "-in", key, "-out", f"{name}_locked.key",
        "-passout", f"pass:{PASSWORD}")
    (folder / f"{name}_locked.key").chmod(0o600)
    both.chmod(0o600)


# ---- staples ----


def children(der):
    """The values inside a constructed DER value, whole."""
    at, end = header(der, 0)
    values = []
    while at < end:
        _, behind = header(der, at)
        values.append(der[at:behind])
        at = behind
    return values


def header(der, at):
    """Where the content of the value at begins and ends."""
    length = der[at + 1]
    at += 2
    if length & 0x80:
        octets = length & 0x7F
        length = int.from_bytes(der[at:at + octets], "big")
        at += octets
    return at, at + length


def redate(folder, response, days, signer):
    """The OCSP response (RFC 6960 4.2.1) with other dates, signed again."""
    status, body = children(response)
    kind, octets = children(children(body)[0])
    begin, _ = header(octets, 0)
    data, algorithm, _, *certificates = children(octets[begin:])
    times = [value for value in generalized_times(data)]
    # Produced, revoked or not, this update, next update: the last two are what counts.
    for old, day in zip([times[0], *times[-2:]], [days[0], *days]):
        at, end = old
        data = data[:at] + utc(day).encode() + data[end:]
    (folder / "work/data").write_bytes(data)
    run(folder, "dgst", "-sha256", "-sign", f"{signer}.key", "-out", "work/signature",
        "work/data")
    signature = tlv(0x03, b"\0" + (folder / "work/signature").read_bytes())
    basic = tlv(0x30, b"".join([data, algorithm, signature, *certificates]))
    return tlv(0x30, status + tlv(0xA0, tlv(0x30, kind + tlv(0x04, basic))))


def generalized_times(der, at=0, end=None):
    """Where the GeneralizedTime values below the value der are."""
    end = len(der) if end is None else end
    while at < end:
        begin, behind = header(der, at)
        if der[at] == 0x18:
            yield begin, behind
        elif der[at] & 0x20:
            yield from generalized_times(der, begin, behind)
        at = behind


def make_staple(folder, row, serials):
    line = ""
    if row.status:
        revoked = utc(-5, "%y%m%d%H%M%SZ") if row.status == "R" else ""
        line = "\t".join([row.status, utc(4000, "%y%m%d%H%M%SZ"), revoked,
                          f"{serials[row.of]:016X}", "unknown", "/CN=unknown"]) + "\n"
    (folder / "work/index").write_text(line)
    out = f"{row.name}.ocsp"
    run(folder, "ocsp", "-issuer", "intermediate.crt", "-cert", f"{row.of}.crt",
        "-no_nonce", "-reqout", "work/ocsp")
    run(folder, "ocsp", "-index", "work/index", "-CA", "intermediate.crt",
        "-rsigner", f"{row.signer}.crt", "-rkey", f"{row.signer}.key",
        "-reqin", "work/ocsp", *(["-ndays", row.next_days] if row.next_days else []),
        "-respout", out)
    response = (folder / out).read_bytes()
    if row.days:
        response = redate(folder, response, row.days, row.signer)
    if row.is_broken:
        at = response.rindex(children(basic_of(response))[2])
        response = bytearray(response)
        response[at + 40] ^= 1
    (folder / out).write_bytes(response)


def basic_of(response):
    """The BasicOCSPResponse in a response."""
    octets = children(children(children(response)[1])[0])[1]
    begin, _ = header(octets, 0)
    return octets[begin:]


# ---- the whole ----


def make_all(folder):
    (folder / "work").mkdir(parents=True)
    (folder / "work/index").touch()
    rows = {row.name: row for row in CERTIFICATES}
    serials = {row.name: 0x1000 + i for i, row in enumerate(CERTIFICATES)}
    for row in CERTIFICATES:
        make(folder, rows, row, serials[row.name])
    for row in CERTIFICATES:
        if row.kind is CLIENT and row.name.startswith("client"):
            make_client(folder, row.name)
    for row in STAPLES:
        make_staple(folder, row, serials)
    (folder / "try_later.ocsp").write_bytes(tlv(0x30, tlv(0x0A, b"\3")))
    shutil.rmtree(folder / "work")


def is_fresh(folder):
    try:
        made = (folder / "made").stat().st_mtime
    except OSError:
        return False
    return made > max(Path(__file__).stat().st_mtime, NOW - DAY)


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    folder = Path(sys.argv[1]).absolute()
    if is_fresh(folder):
        return
    new = folder.with_name(f"{folder.name}.{os.getpid()}")
    shutil.rmtree(new, ignore_errors=True)
    make_all(new)
    (new / "made").touch()
    shutil.rmtree(folder, ignore_errors=True)
    new.rename(folder)


if __name__ == "__main__":
    main()
