"""Those who are told: a mail server and a web server with certificates of a private authority."""

import base64
import contextlib
import datetime
import http.server
import ipaddress
import socket
import ssl
import threading

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

TOKEN = "a-token-of-somebody"
PASSWORD = "Passw0rd! ü"


def authority_and_server(folder):
    """A private authority, and a certificate of it for localhost."""
    now = datetime.datetime.now(datetime.timezone.utc)
    keys = [ec.generate_private_key(ec.SECP256R1()) for _ in range(2)]
    names = [x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)]) for name in ("Private", "localhost")]

    def builder(subject, key):
        return (x509.CertificateBuilder().subject_name(subject).issuer_name(names[0]).public_key(key.public_key())
                .serial_number(x509.random_serial_number()).not_valid_before(now - datetime.timedelta(days=1))
                .not_valid_after(now + datetime.timedelta(days=30)))
    authority = (builder(names[0], keys[0]).add_extension(x509.BasicConstraints(True, 0), True)
                 .sign(keys[0], hashes.SHA256()))
    alternatives = [x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]
    server = (builder(names[1], keys[1]).add_extension(x509.BasicConstraints(False, None), True)
              .add_extension(x509.SubjectAlternativeName(alternatives), False).sign(keys[0], hashes.SHA256()))
    pem = serialization.Encoding.PEM
    (folder / "ca.pem").write_bytes(authority.public_bytes(pem))
    (folder / "server.pem").write_bytes(server.public_bytes(pem) + keys[1].private_bytes(
        pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()))
    return folder / "ca.pem", folder / "server.pem"


class Mailbox:
    """Keeps what it is given, and how it came."""

    def __init__(self):
        self.mails = []

    async def handle_DATA(self, server, session, envelope):
        self.mails.append((session.ssl is not None, session.auth_data, envelope))
        return "250 kept"

    async def auth_XOAUTH2(self, server, args):
        user, token, *_ = base64.b64decode(args[1]).decode().split("\1")
        right = (user, token) == ("user=audit", f"auth=Bearer {TOKEN}")
        return AuthResult(success=right, handled=False, auth_data=b"token")


def authenticate(server, session, envelope, mechanism, data):
    right = (data.login, data.password) == (b"audit", PASSWORD.encode())
    return AuthResult(success=right, handled=False, auth_data=mechanism.encode())


@contextlib.contextmanager
def mail_servers(folder):
    """A mailbox behind servers of several kinds: the mailbox, the authority, the ports by kind."""
    ca, certificate = authority_and_server(folder)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    mailbox = Mailbox()
    controllers = {
        "open": Controller(mailbox, "127.0.0.1", 0, tls_context=context, require_starttls=True),
        "login": Controller(mailbox, "127.0.0.1", 0, tls_context=context, require_starttls=True, auth_required=True,
                            authenticator=authenticate, auth_exclude_mechanism=["LOGIN"]),
        "tls": Controller(mailbox, "127.0.0.1", 0, ssl_context=context),
        "clear": Controller(mailbox, "127.0.0.1", 0),
    }
    ports = {}
    for name, controller in controllers.items():
        # The controller calls itself to see whether it is up, at port 0 if it was to choose one.
        port = lambda controller=controller: controller.server.sockets[0].getsockname()[1]
        controller._trigger_server = lambda port=port: socket.create_connection(("127.0.0.1", port())).close()
        controller.start()
        ports[name] = port()
    yield mailbox, ca, ports
    for controller in controllers.values():
        controller.stop()


class Hook(http.server.BaseHTTPRequestHandler):
    """Keeps what it is posted, and answers what it is told to."""

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("content-length", 0)))
        self.server.posts.append((self.path, dict(self.headers.items()), body))
        status, answer = self.server.answers.pop(0) if self.server.answers else (200, b"ok")
        self.send_response(status)
        self.send_header("content-length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *_):
        pass


@contextlib.contextmanager
def web_server(certificate):
    """A server on a port of its own, with `posts` and `answers`."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Hook)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    server.posts, server.answers = [], []
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()
