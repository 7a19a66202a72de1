"""Letters over TLS, to real mail servers whose certificate is made here."""

import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from console.core import mail
from tests.conftest import free_port


class Letters:
    """What came, and whether it came encrypted."""

    def __init__(self):
        self.came = []

    async def handle_DATA(self, server, session, envelope):
        self.came.append(
            (session.ssl is not None or server.transport.get_extra_info("cipher") is not None, envelope)
        )
        return "250 OK"


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    """The file of a certificate for 127.0.0.1 that signs itself, with its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "mail server of the tests")])
    today = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(today - timedelta(days=1))
        .not_valid_after(today + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path_factory.mktemp("tls") / "server.pem"
    path.write_bytes(
        made.public_bytes(serialization.Encoding.PEM)
        + key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )
    return path


@contextmanager
def served(certificate, scheme: str) -> Iterator[tuple[int, Letters]]:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate)
    letters, port = Letters(), free_port()
    options = (
        {"ssl_context": context} if scheme == "smtps" else {"tls_context": context, "require_starttls": True}
    )
    known = {"auth_required": True, "authenticator": checked, "auth_require_tls": scheme == "smtp"}
    server = Controller(letters, hostname="127.0.0.1", port=port, **options, **known)
    server.start()
    try:
        yield port, letters
    finally:
        server.stop()


def checked(_server, _session, _envelope, _mechanism, given):
    return AuthResult(success=given.login == b"console" and given.password == b"a:secret")


def sent(settings, scheme: str, port: int, password: str = "a%3Asecret") -> bool:
    url = f"{scheme}://console:{password}@127.0.0.1:{port}"
    mail.use(replace(settings, mail_url=url, mail_from="console@example.com"))
    try:
        return mail.send("fay@example.com", "账单", "text", "k")
    finally:
        mail.use(settings)


@pytest.mark.filterwarnings(
    "ignore:Requiring AUTH while not requiring TLS"
)  # of a server that is inside TLS already
@pytest.mark.parametrize("scheme", ["smtp", "smtps"])
def test_a_letter_goes_encrypted_to_a_server_whose_certificate_is_trusted(
    settings, certificate, monkeypatch, scheme
):
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    with served(certificate, scheme) as (port, letters):
        assert sent(settings, scheme, port)
        assert not sent(settings, scheme, port, password="wrong")
    [(encrypted, letter)] = letters.came
    assert encrypted
    assert letter.rcpt_tos == ["fay@example.com"]


@pytest.mark.filterwarnings(
    "ignore:Requiring AUTH while not requiring TLS"
)  # of a server that is inside TLS already
@pytest.mark.parametrize("scheme", ["smtp", "smtps"])
def test_nothing_goes_to_a_server_whose_certificate_nobody_vouches_for(settings, certificate, scheme):
    with served(certificate, scheme) as (port, letters):
        assert not sent(settings, scheme, port)
    assert letters.came == []
