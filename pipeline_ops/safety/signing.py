"""Who signs manifests: a key-management system through a command, or a chain that this machine made itself.

C2PA 2.4, section 14: ES256 is ECDSA on P-256 with SHA-256, its signature r and s one after the other. The key
stays where it is; what Dubwright holds is the certificate chain, and what decides checkpoints' keys is the
fingerprint of its first certificate.
"""

from __future__ import annotations

import hashlib
import os
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from pipeline_ops.errors import SettingsError, SigningUnavailableError
from pipeline_ops.settings import SigningSettings

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
    from cryptography.x509 import Certificate, CertificateBuilder

COORDINATE_BYTES = 32
"""Of P-256: a signature is r and s, 64 bytes."""

CHAIN_FILE, KEY_FILE = "chain.pem", "key.pem"

DEVELOPMENT_YEARS = 10
"""No authority says when a development chain signed something, so it must not expire before the files."""

COMMAND_TIMEOUT_S = 60.0


class ManifestSigner(Protocol):
    """Signs with ES256 and shows with which certificate.

    Attributes:
        chain_pem: The certificates, PEM, the signer's first.
        trust_anchors_pem: Who is trusted to have signed, PEM; what was signed is checked against them.
        timestamp_authority: The address of an RFC 3161 authority that says when; None for none.
    """

    @property
    def chain_pem(self) -> str: ...  # noqa: D102  told above

    @property
    def trust_anchors_pem(self) -> str: ...  # noqa: D102

    @property
    def timestamp_authority(self) -> str | None: ...  # noqa: D102

    def sign(self, content: bytes) -> bytes:
        """Return the signature of `content`: r and s, 64 bytes.

        Raises:
            SigningUnavailableError: whoever holds the key did not answer.
            SettingsError: the key and its certificate make no sense.
        """
        ...


@dataclass(frozen=True)
class DevelopmentSigner:
    """Signs with a key that lies in a file of this machine: for development, where nobody else trusts it."""

    key: EllipticCurvePrivateKey
    chain_pem: str
    trust_anchors_pem: str
    timestamp_authority: str | None = None

    def sign(self, content: bytes) -> bytes:
        """Sign; see `ManifestSigner`."""
        from cryptography.hazmat.primitives.asymmetric.ec import ECDSA
        from cryptography.hazmat.primitives.hashes import SHA256

        return plain_signature(self.key.sign(content, ECDSA(SHA256())))


@dataclass(frozen=True)
class CommandSigner:
    """Has a command sign, which asks a key-management system or a PKCS#11 token.

    The command gets what is to be signed on its standard input and answers with the signature on its standard
    output: DER, as these systems give it, or r and s.
    """

    command: tuple[str, ...]
    chain_pem: str
    trust_anchors_pem: str
    timestamp_authority: str | None = None

    def sign(self, content: bytes) -> bytes:
        """Sign; see `ManifestSigner`."""
        try:
            done = subprocess.run(
                self.command, input=content, capture_output=True, timeout=COMMAND_TIMEOUT_S, check=True
            )
        except (OSError, subprocess.SubprocessError) as error:
            # What it wrote may hold secrets, so only how it ended is told.
            message = f"The signing command {self.command[0]} did not sign: {type(error).__name__}"
            raise SigningUnavailableError(message) from error
        return plain_signature(done.stdout)


def plain_signature(signature: bytes) -> bytes:
    """Return a signature as r and s, whichever way it is written.

    Raises:
        SettingsError: it is neither.
    """
    from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

    if len(signature) == 2 * COORDINATE_BYTES:
        return signature
    try:
        numbers = decode_dss_signature(signature)
        return b"".join(number.to_bytes(COORDINATE_BYTES, "big") for number in numbers)
    except (ValueError, OverflowError) as error:
        message = f"The signer answered with {len(signature)} bytes that are no ES256 signature"
        raise SettingsError(message) from error


def certificate_sha256(signer: ManifestSigner) -> str:
    """Return the fingerprint of the certificate that a signer signs with."""
    from cryptography import x509
    from cryptography.hazmat.primitives.serialization import Encoding

    first = x509.load_pem_x509_certificates(signer.chain_pem.encode())[0]
    return hashlib.sha256(first.public_bytes(Encoding.DER)).hexdigest()


def open_signer(settings: SigningSettings, folder: Path) -> ManifestSigner:
    """Return what signs in this deployment.

    Args:
        settings: What the deployment says; where it names no command, the development chain signs.
        folder: Where the development chain lies, or is made.

    Raises:
        SettingsError: a file that the settings name cannot be read, or holds no certificate.
    """
    if not settings.command:
        return development_signer(folder, settings.timestamp_authority)
    if settings.certificate_chain is None:
        message = "The settings name a signing command and no certificate_chain; see docs/provenance.md"
        raise SettingsError(message)
    chain = _read_certificates(settings.certificate_chain)
    anchors = _read_certificates(settings.trust_anchors) if settings.trust_anchors else chain
    return CommandSigner(settings.command, chain, anchors, settings.timestamp_authority)


def development_signer(folder: Path, timestamp_authority: str | None = None) -> DevelopmentSigner:
    """Return a signer whose chain lies in `folder`; it is made there where there is none.

    Raises:
        SettingsError: what lies there cannot be used.
    """
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    if not folder.exists():
        _make_chain(folder)
    chain = _read_certificates(folder / CHAIN_FILE)
    try:
        key = load_pem_private_key((folder / KEY_FILE).read_bytes(), password=None)
    except (OSError, ValueError) as error:
        message = (
            f"{folder / KEY_FILE} holds no key ({type(error).__name__}); remove {folder} for a new chain"
        )
        raise SettingsError(message) from error
    if not isinstance(key, EllipticCurvePrivateKey):
        message = f"{folder / KEY_FILE} holds a key of another kind; remove {folder} for a new chain"
        raise SettingsError(message)
    return DevelopmentSigner(key, chain, chain, timestamp_authority)


def _read_certificates(path: Path) -> str:
    from cryptography import x509

    try:
        text = path.read_text(encoding="ascii")
        x509.load_pem_x509_certificates(text.encode())
    except (OSError, ValueError) as error:
        message = f"{path} holds no certificates ({type(error).__name__}); it should be PEM"
        raise SettingsError(message) from error
    return text


def _make_chain(folder: Path) -> None:
    """Make an authority and a signer's certificate; the authority's key is forgotten at once."""
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

    authority_key, key = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
    chain = _chain(authority_key, key)
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=".signing-") as made:
        new = Path(made) / "chain"
        new.mkdir(mode=0o700)
        (new / CHAIN_FILE).write_text(
            "".join(each.public_bytes(Encoding.PEM).decode() for each in chain), encoding="ascii"
        )
        secret = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        descriptor = os.open(new / KEY_FILE, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(secret)
        try:
            new.rename(folder)
        except OSError:
            if not folder.exists():  # else another process made one in the same moment, and that one counts
                raise


def _chain(authority_key: EllipticCurvePrivateKey, key: EllipticCurvePrivateKey) -> Sequence[Certificate]:
    """Return the signer's certificate and its authority's, with what C2PA 2.4, section 14.5, asks of them."""
    from cryptography import x509
    from cryptography.hazmat.primitives.hashes import SHA256
    from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

    now = datetime.now(UTC)

    def name(common: str) -> x509.Name:
        organisation = x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Dubwright development")
        return x509.Name([organisation, x509.NameAttribute(NameOID.COMMON_NAME, common)])

    def begun(subject: str, holder: EllipticCurvePrivateKey) -> CertificateBuilder:
        return (
            x509.CertificateBuilder()
            .subject_name(name(subject))
            .issuer_name(name("Dubwright development authority"))
            .public_key(holder.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(hours=1))  # clocks differ
            .not_valid_after(now + timedelta(days=365 * DEVELOPMENT_YEARS))
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(holder.public_key()), critical=False)
        )

    def usage(*, signs_certificates: bool) -> x509.KeyUsage:
        return x509.KeyUsage(
            digital_signature=not signs_certificates,
            key_cert_sign=signs_certificates,
            crl_sign=signs_certificates,
            content_commitment=False,
            key_encipherment=False,
            data_encipherment=False,
            key_agreement=False,
            encipher_only=False,
            decipher_only=False,
        )

    authority = (
        begun("Dubwright development authority", authority_key)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(usage(signs_certificates=True), critical=True)
        .sign(authority_key, SHA256())
    )
    signer = (
        begun("Dubwright development signer", key)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(usage(signs_certificates=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.EMAIL_PROTECTION]), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(authority_key.public_key()), critical=False
        )
        .sign(authority_key, SHA256())
    )
    return signer, authority
