"""A server that we did not write takes the client assertion off the wire and verifies it."""

import base64
import datetime
import hashlib
import http.server
import json
import ssl
import subprocess
import threading
import time
import urllib.parse
import uuid

import jwt
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID
from results import SERVER_RESULTS

PYJWT = f"PyJWT {jwt.__version__}"
TENANT = "3f1c8f0e-8f5d-4d8e-9d0e-5f3f6d2b7a10"
CLIENT = "36ee4c6c-0812-40a2-b820-b22ebd02bce3"


def server_certificate(folder):
    """A certificate authority and a leaf for 127.0.0.1, by `cryptography`."""
    now = datetime.datetime.now(datetime.timezone.utc)
    keys = [rsa.generate_private_key(65537, 2048) for _ in range(2)]
    names = [x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, n)]) for n in ("judge CA", "judge")]
    built = []
    for position in range(2):
        builder = (
            x509.CertificateBuilder().subject_name(names[position]).issuer_name(names[0])
            .public_key(keys[position].public_key()).serial_number(position + 1)
            .not_valid_before(now - datetime.timedelta(hours=1))
            .not_valid_after(now + datetime.timedelta(days=1))
            .add_extension(x509.BasicConstraints(ca=position == 0, path_length=None), critical=True)
        )
        if position == 1:
            import ipaddress
            address = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
            builder = builder.add_extension(address, critical=False)
        built.append(builder.sign(keys[0], hashes.SHA256()))
    pem = serialization.Encoding.PEM
    (folder / "leaf.pem").write_bytes(
        built[1].public_bytes(pem)
        + keys[1].private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return built[0].public_bytes(pem).decode()


@pytest.fixture(scope="module")
def judge(tmp_path_factory):
    """An authority that remembers the token requests it gets."""
    folder = tmp_path_factory.mktemp("judge")
    authority = server_certificate(folder)
    seen = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def log_message(self, *_):
            pass

        def answer(self, value):
            body = json.dumps(value).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def do_GET(self):
            self.answer({
                "issuer": f"{url}/{TENANT}/v2.0",
                "token_endpoint": f"{url}/{TENANT}/oauth2/v2.0/token",
                "authorization_endpoint": f"{url}/{TENANT}/oauth2/v2.0/authorize",
            })

        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            seen.append((self.path, urllib.parse.parse_qs(body, strict_parsing=True)))
            self.answer({"token_type": "Bearer", "expires_in": 3599, "access_token": "opaque"})

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "leaf.pem")
    server.socket = context.wrap_socket(server.socket, server_side=True)
    url = f"https://127.0.0.1:{server.server_address[1]}"
    environment = folder / "environment.json"
    environment.write_text(json.dumps({
        "name": "judge", "authority": url, "exchange": url,
        "exchangeResource": "https://outlook.office365.com", "compliance": f"{url}/compliance",
        "complianceRegional": url + "/compliance/{region}",
        "complianceResource": "https://ps.compliance.protection.outlook.com", "graph": url,
        "certificateAuthority": authority,
    }))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield environment, url, seen
    server.shutdown()


def b64url(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


@pytest.mark.parametrize("algorithm", ["PS256", "RS256"])
def test_the_assertion_is_signed_and_claims_what_entra_wants(judge, exoctl, certificate, tmp_path, algorithm):
    environment, url, seen = judge
    seen.clear()
    before = int(time.time())
    exoctl.run(
        "--environment", environment, "token", "--no-token-cache",
        "--certificate-thumbprint", certificate.thumbprint,
        "--app-id", CLIENT, "--organization", "contoso.onmicrosoft.com",
        EXOCTL_ASSERTION_ALGORITHM=algorithm,
    )
    path, form = seen[-1]
    assert form["grant_type"] == ["client_credentials"]
    assert form["client_id"] == [CLIENT]
    assert form["scope"] == ["https://outlook.office365.com/.default"]
    assert form["client_assertion_type"] == ["urn:ietf:params:oauth:client-assertion-type:jwt-bearer"]
    [assertion] = form["client_assertion"]

    der = certificate.cer.read_bytes()
    header = jwt.get_unverified_header(assertion)
    thumbprint = {"PS256": ("x5t#S256", hashlib.sha256(der)), "RS256": ("x5t", hashlib.sha1(der))}
    name, digest = thumbprint[algorithm]
    assert header["alg"] == algorithm and header["typ"] == "JWT"
    assert header[name] == b64url(digest.digest())

    public_key = x509.load_der_x509_certificate(der).public_key()
    claims = jwt.decode(assertion, public_key, algorithms=[algorithm], audience=url + path)
    assert claims["iss"] == claims["sub"] == CLIENT
    assert uuid.UUID(claims["jti"])
    assert before <= claims["exp"] - 600 <= time.time() + 1
    assert claims["nbf"] <= time.time()
    SERVER_RESULTS[PYJWT, algorithm, "as sent"] = "accepted"

    head, payload, signed = assertion.split(".")
    other = json.dumps({**claims, "sub": TENANT}).encode()
    assert b64url(other) != payload
    with pytest.raises(jwt.InvalidSignatureError):
        jwt.decode(f"{head}.{b64url(other)}.{signed}", public_key, algorithms=[algorithm], audience=url + path)
    SERVER_RESULTS[PYJWT, algorithm, "tampered with"] = "signature verification failed"

    # The same by OpenSSL, so that not only `cryptography` says so.
    signing_input, signature = assertion.rsplit(".", 1)
    (tmp_path / "input").write_text(signing_input)
    (tmp_path / "signature").write_bytes(base64.urlsafe_b64decode(signature + "=="))
    key = tmp_path / "public.pem"
    key.write_bytes(public_key.public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo))
    options = ["-sigopt", "rsa_padding_mode:pss", "-sigopt", "rsa_pss_saltlen:32"] if algorithm == "PS256" else []
    subprocess.run(
        ["openssl", "dgst", "-sha256", "-verify", key, *options,
         "-signature", tmp_path / "signature", tmp_path / "input"],
        check=True, capture_output=True,
    )


def test_every_assertion_is_fresh(judge, exoctl, certificate):
    environment, _, seen = judge
    seen.clear()
    for _ in range(2):
        exoctl.run(
            "--environment", environment, "token", "--no-token-cache",
            "--certificate-thumbprint", certificate.thumbprint,
            "--app-id", CLIENT, "--organization", "contoso.onmicrosoft.com",
        )
    ids = [jwt.decode(form["client_assertion"][0], options={"verify_signature": False})["jti"]
           for _, form in seen]
    assert len(ids) == len(set(ids)) == 2
