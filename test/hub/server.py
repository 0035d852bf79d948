"""A hub that runs for a test, and its REST interface."""
import base64
import hashlib
import hmac
import http.client
import json
import os
import pathlib
import signal
import ssl
import subprocess
import time
import urllib.parse

CONFIG = {"handshake: 30s": "handshake: 2s", "reload: 10s": "reload: 100ms", "failures: 60": "failures: 0"}


def find_faketime():
    """Debian's libfaketime, in front of the C library's clocks; None: it is not there."""
    found = sorted(pathlib.Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1"))
    return str(found[0]) if found else None


class Hub:
    def __init__(self, program, folder, config=None, clock=False):
        self.program, self.folder, self.child = program, folder, None
        self.clock = folder.with_suffix(".clock") if clock else None
        shown = json.loads(subprocess.check_output([program, "init", str(folder), "--json"]))
        parts = dict(part.split("=", 1) for part in shown["service_connection_string"].split(";"))
        self.name, self.policy, self.key = parts["HostName"], parts["SharedAccessKeyName"], parts["SharedAccessKey"]
        self.ca_file = shown["ca_file"]
        self.configure({**CONFIG, **(config or {})})
        self.tls = ssl.create_default_context(cafile=self.ca_file)

    def configure(self, changes):
        config = self.folder / "hub.yaml"
        text = config.read_text()
        for old, new in changes.items():
            assert old in text, old
            text = text.replace(old, new)
        config.write_text(text)

    def set_clock(self, seconds):
        """Moves the hub's wall clock, not the monotonic one, to so far from the true time."""
        self.clock.with_suffix(".new").write_text(f"{seconds:+d}\n")
        self.clock.with_suffix(".new").rename(self.clock)

    def environment(self):
        if not self.clock:
            return None
        self.set_clock(0)
        return {**os.environ, "LD_PRELOAD": find_faketime(), "FAKETIME_TIMESTAMP_FILE": str(self.clock), "FAKETIME_NO_CACHE": "1",
                "FAKETIME_DONT_FAKE_MONOTONIC": "1", "NO_FAKE_STAT": "1"}

    def start(self, log="error"):
        said = open(self.folder.with_suffix(".log"), "ab")
        self.child = subprocess.Popen([self.program, "run", str(self.folder), "--mqtt-port", "0", "--https-port", "0", "--log", log],
                                      env=self.environment(), stderr=said)
        said.close()
        for _ in range(600):
            try:
                running = json.loads((self.folder / "state/running.json").read_text())
                if running["pid"] == self.child.pid:
                    self.mqtt, self.https = running["mqtt_port"], running["https_port"]
                    return
            except (FileNotFoundError, ValueError):
                pass
            if self.child.poll() is not None:
                raise RuntimeError(f"the hub ended with {self.child.returncode}")
            time.sleep(0.01)
        raise RuntimeError("the hub does not listen")

    def kill(self, how=signal.SIGKILL):
        self.child.send_signal(how)
        return self.child.wait(20)

    def said(self):
        """What it has logged."""
        return self.folder.with_suffix(".log").read_text()

    def command(self, *words):
        return subprocess.run([self.program, *words, "--dir", str(self.folder)], capture_output=True, text=True)

    def sas(self, resource, key, policy=None, seconds=86400):
        until = int(time.time()) + seconds
        resource = urllib.parse.quote(resource, safe="")
        sig = base64.b64encode(hmac.new(base64.b64decode(key), f"{resource}\n{until}".encode(), hashlib.sha256).digest())
        token = f"SharedAccessSignature sr={resource}&sig={urllib.parse.quote(sig, safe='')}&se={until}"
        return token + (f"&skn={policy}" if policy else "")

    def rest(self, method, path, body=None, timeout=20, headers=None):
        link = http.client.HTTPSConnection(self.name, self.https, context=self.tls, timeout=timeout)
        link.request(method, path, json.dumps(body) if body is not None else None,
                     {"Authorization": self.sas(self.name, self.key, self.policy, 30 * 86400), "Content-Type": "application/json",
                      **(headers or {})})
        answer = link.getresponse()
        text = answer.read()
        link.close()
        return answer.status, json.loads(text) if text else None

    def device(self, name):
        status, body = self.rest("PUT", f"/devices/{name}", {"deviceId": name})
        assert status == 200, body
        return name, body["authentication"]["symmetricKey"]["primaryKey"]

    def resident_kb(self):
        for line in pathlib.Path(f"/proc/{self.child.pid}/status").read_text().splitlines():
            if line.startswith("VmRSS"):
                return int(line.split()[1])
        return 0
