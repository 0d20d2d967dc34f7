"""Certificates in the forms that clients want, whoever made them."""

import base64
import datetime
import hashlib

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import pkcs12
from cryptography.x509.oid import NameOID

from conftest import PASSWORD

PEM = serialization.Encoding.PEM


class Material:
    """Files of one certificate and key: `pfx`, `key_pem`, `cert_pem`, `bundle_pem`, `cer`."""

    def __init__(self, folder, certificate, key, claimed=None):
        """`claimed` is the certificate to show instead of the key's own: a key that does not belong."""
        shown = claimed or certificate
        plain = key.private_bytes(PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        public = shown.public_bytes(PEM)
        der = shown.public_bytes(serialization.Encoding.DER)
        files = {"key.pem": plain, "cert.pem": public, "bundle.pem": plain + public, "cert.cer": der}
        if claimed is None:
            encryption = serialization.BestAvailableEncryption(PASSWORD.encode())
            files["both.pfx"] = pkcs12.serialize_key_and_certificates(
                b"judge", key, certificate, None, encryption)
        for name, content in files.items():
            (folder / name).write_bytes(content)
        self.pfx = folder / "both.pfx" if claimed is None else None
        self.key_pem, self.cert_pem = folder / "key.pem", folder / "cert.pem"
        self.bundle_pem, self.cer = folder / "bundle.pem", folder / "cert.cer"
        self.thumbprint = hashlib.sha1(der).hexdigest().upper()
        self.sha256 = hashlib.sha256(der).hexdigest().upper()
        self.x5t_s256 = base64.urlsafe_b64encode(hashlib.sha256(der).digest()).rstrip(b"=").decode()

    @classmethod
    def self_signed(cls, folder, name, days_back=1, days_ahead=30):
        """A certificate by `cryptography`; with `days_ahead` below zero it has expired."""
        key = rsa.generate_private_key(65537, 2048)
        now = datetime.datetime.now(datetime.timezone.utc)
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        certificate = (
            x509.CertificateBuilder().subject_name(subject).issuer_name(subject)
            .public_key(key.public_key()).serial_number(x509.random_serial_number())
            .not_valid_before(now - datetime.timedelta(days=days_back))
            .not_valid_after(now + datetime.timedelta(days=days_ahead))
            .sign(key, hashes.SHA256())
        )
        return cls(folder, certificate, key)

    @classmethod
    def from_exoctl(cls, folder, certificate):
        """What `exoctl cert export` wrote, read by `cryptography`."""
        key, cert, _ = pkcs12.load_key_and_certificates(certificate.pfx.read_bytes(), PASSWORD.encode())
        material = cls(folder, cert, key)
        material.pfx = certificate.pfx
        material.key_pem = certificate.key_pem
        return material

    @classmethod
    def mismatched(cls, folder, registered):
        """Another key under a registered certificate's thumbprint."""
        cert = x509.load_pem_x509_certificate(registered.cert_pem.read_bytes())
        return cls(folder, cert, rsa.generate_private_key(65537, 2048), claimed=cert)
