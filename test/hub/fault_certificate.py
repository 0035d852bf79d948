"""Certificates that expire: the hub's own, devices', and those that vouch for them. They are signed by openssl with
the dates that are wanted."""
import datetime
import pathlib
import ssl
import subprocess
import time

from client import Mqtt
from fault_clock import Count, is_closed, wait
from server import Hub

DAY = 86400
CA = """[ca]
default_ca = hub
[hub]
database = {folder}/index
new_certs_dir = {folder}
rand_serial = yes
default_md = sha256
policy = any
unique_subject = no
[any]
commonName = supplied
[server]
subjectAltName = DNS:localhost
extendedKeyUsage = serverAuth
[client]
extendedKeyUsage = clientAuth
[authority]
basicConstraints = critical, CA:TRUE
keyUsage = critical, keyCertSign
"""


def openssl(*words):
    return subprocess.run(["openssl", *map(str, words)], check=True, capture_output=True, text=True).stdout


def date(seconds):
    return datetime.datetime.fromtimestamp(time.time() + seconds, datetime.timezone.utc).strftime("%Y%m%d%H%M%SZ")


class Authority:
    def __init__(self, folder, certificate, key):
        self.folder, self.certificate, self.key = folder, certificate, key

    def sign(self, name, kind, begins, ends):
        """NAME.pem and NAME.key, valid from so many seconds to so many from now on."""
        key, request, made = (self.folder / f"{name}.{end}" for end in ("key", "csr", "pem"))
        (self.folder / "index").write_text("")
        (self.folder / "ca.cnf").write_text(CA.format(folder=self.folder))
        subject = "localhost" if kind == "server" else name
        openssl("req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", f"/CN={subject}",
                "-keyout", key, "-out", request)
        openssl("ca", "-batch", "-notext", "-config", self.folder / "ca.cnf", "-extensions", kind, "-cert", self.certificate,
                "-keyfile", self.key, "-startdate", date(begins), "-enddate", date(ends), "-in", request, "-out", made)
        return made, key


def log_in(hub, name, *files):
    """Connects with a certificate; what came with it is put into one file."""
    *chain, key = files
    whole = pathlib.Path(key).with_suffix(".chain")
    whole.write_text("".join(pathlib.Path(file).read_text() for file in chain))
    tls = ssl.create_default_context(cafile=hub.ca_file)
    tls.load_cert_chain(whole, key)
    return Mqtt(hub, (name, None), tls=tls)


def is_refused(hub, why, name, *files):
    before = len(hub.said())
    try:
        log_in(hub, name, *files).close()
        return False
    except ConnectionError:
        return wait(lambda: why in hub.said()[before:], 2)


def fingerprint(certificate):
    return openssl("x509", "-in", certificate, "-noout", "-fingerprint", "-sha256").split("=")[1].strip().replace(":", "")


def with_thumbprint(hub, name, certificate):
    print_ = fingerprint(certificate)
    status, _ = hub.rest("PUT", f"/devices/{name}", {"deviceId": name, "authentication": {"type": "selfSigned", "x509Thumbprint": {
        "primaryThumbprint": print_, "secondaryThumbprint": print_}}})
    assert status == 200


def with_authority(hub, name):
    assert hub.rest("PUT", f"/devices/{name}", {"deviceId": name, "authentication": {"type": "certificateAuthority"}})[0] == 200


def devices(hub, authority, count):
    old = authority.sign("old", "client", -10 * DAY, -DAY)
    with_thumbprint(hub, "old", old[0])
    count.check(is_refused(hub, "has expired", "old", *old), "an expired certificate with the right thumbprint is refused, and the log says why")
    early = authority.sign("early", "client", DAY, 10 * DAY)
    with_authority(hub, "early")
    count.check(is_refused(hub, "does not hold yet", "early", *early), "one that does not hold yet too")
    soon = authority.sign("soon", "client", -DAY, 6)
    with_thumbprint(hub, "soon", soon[0])
    client = log_in(hub, "soon", *soon)
    client.say(1, b"x")
    count.check(is_closed(client, 12), "a connection ends when its certificate does")
    count.check("soon at 127.0.0.1: its token or certificate has expired" in hub.said(), "… and the log says why")


def chains(hub, authority, count):
    for name, ends, fits in (("good", 10 * DAY, True), ("stale", -DAY, False), ("brief", 6, True)):
        between = Authority(authority.folder, *authority.sign(f"{name}-ca", "authority", -10 * DAY, ends))
        device = between.sign(name, "client", -5 * DAY, 5 * DAY)
        with_authority(hub, name)
        files = (device[0], between.certificate, device[1])
        if not fits:
            count.check(is_refused(hub, "an authority that signed its own has expired", name, *files),
                        "a chain with an expired authority is refused, and the log says why")
            continue
        client = log_in(hub, name, *files)
        client.say(1, b"x")
        count.check(True, "")
        if ends < DAY:
            count.check(is_closed(client, 12), "a connection ends when the authority's certificate does")
        client.close()


def serial(hub):
    try:
        with Mqtt(hub, hub.looker).link as link:
            return link.getpeercert()["serialNumber"]
    except ssl.SSLCertVerificationError:
        return None


def ready(hub):
    """By one who does not look at the certificate."""
    trusting, hub.tls = hub.tls, ssl._create_unverified_context()
    try:
        return hub.rest("GET", "/health/ready")
    finally:
        hub.tls = trusting


def put_server(hub, files):
    for file, name in zip(files, ("server.pem", "server.key")):
        (hub.folder / name).write_bytes(pathlib.Path(file).read_bytes())


def server(hub, authority, count):
    device = hub.device("stays")
    client, pid = Mqtt(hub, device), hub.child.pid
    put_server(hub, authority.sign("server", "server", -10 * DAY, 8))
    count.check(wait(lambda: "ends in less than two weeks" in hub.said(), 20), "the log says that it ends soon")
    count.check(wait(lambda: ready(hub)[0] == 503, 20), "/health/ready says when it has")
    count.check("the server's certificate has expired" in ready(hub)[1]["problems"], "… and why")
    count.check(wait(lambda: "has expired, and clients refuse it" in hub.said(), 20), "the log says so")
    count.check(serial(hub) is None, "clients refuse it")
    said = hub.command("status")
    count.check(said.returncode == 1 and "cert renew" in said.stderr, f"duet-hub status says what to do: {said.stderr}")
    client.say(1, b"x")
    count.check(hub.command("cert", "renew").returncode == 0 and wait(lambda: serial(hub) is not None, 10), "a renewed one heals it")
    count.check(ready(hub)[0] == 200 and hub.child.pid == pid and hub.child.poll() is None, "… without a restart")
    client.say(2, b"y")
    count.check(hub.command("status").returncode == 0, "… and commands work again")


def begins_expired(hub, authority, count):
    put_server(hub, authority.sign("server", "server", -10 * DAY, -DAY))
    hub.kill()
    hub.start("info")
    count.check(wait(lambda: "has expired, and clients refuse it" in hub.said(), 5), "a hub that begins with an expired one says so")
    hub.command("cert", "renew")
    count.check(wait(lambda: serial(hub) is not None, 10), "… and takes a renewed one")


def certificates_expire(program, folder):
    hub, count = Hub(program, folder / "certificates"), Count()
    (folder / "signed").mkdir()
    authority = Authority(folder / "signed", hub.folder / "ca.pem", hub.folder / "ca.key")
    hub.start("info")
    hub.looker = hub.device("looks")
    try:
        for part in (devices, chains, server, begins_expired):
            part(hub, authority, count)
    finally:
        hub.kill()
    print(f"certificates that expire: a server's, four devices' and two authorities'; {count.n} things looked at, {len(count.wrong)} wrong"
          f"{': ' if count.wrong else ''}{'; '.join(count.wrong)}")
    return not count.wrong
