"""As little of MQTT 3.1.1 as tests of faults need."""
import socket
import struct


def text(value):
    value = value.encode()
    return struct.pack(">H", len(value)) + value


def packet(kind, payload):
    length, n = b"", len(payload)
    while True:
        n, digit = divmod(n, 128)
        length += bytes([digit | (128 if n else 0)])
        if not n:
            return bytes([kind]) + length + payload


class Mqtt:
    """As little of MQTT 3.1.1 as is needed."""

    def __init__(self, hub, device, timeout=10, seconds=86400, keep_alive=240, tls=None, clean=True):
        """`device`: its name and key; without a key `tls` has its certificate. `seconds`: how long its token holds."""
        name, key = device
        raw = socket.create_connection(("127.0.0.1", hub.mqtt), timeout)
        self.link = (tls or hub.tls).wrap_socket(raw, server_hostname=hub.name)
        user = f"{hub.name}/{name}/?api-version=2021-04-12"
        login = text(name) + text(user)
        if key:
            login += text(hub.sas(f"{hub.name}/devices/{name}", key, seconds=seconds))
        flags = (0x80 if key is None else 0xc0) | (2 if clean else 0)
        self.name, self.left = name, b""
        self.link.sendall(packet(0x10, text("MQTT") + bytes([4, flags]) + struct.pack(">H", keep_alive) + login))
        kind, body = self.read()
        if kind != 0x20 or body[1] != 0:
            raise ConnectionError(f"refused: {body!r}")

    def read(self):
        while True:
            if len(self.left) >= 2:
                length, at, shift = 0, 1, 0
                while at < len(self.left):
                    length |= (self.left[at] & 127) << shift
                    shift += 7
                    at += 1
                    if not self.left[at - 1] & 128:
                        if len(self.left) >= at + length:
                            kind, body = self.left[0], self.left[at:at + length]
                            self.left = self.left[at + length:]
                            return kind, body
                        break
            piece = self.link.recv(65536)
            if not piece:
                raise ConnectionError("closed")
            self.left += piece

    def publish(self, number, body):
        topic = text(f"devices/{self.name}/messages/events/")
        self.link.sendall(packet(0x32, topic + struct.pack(">H", number % 65535 + 1) + body))

    def say(self, number, body):
        """Publishes, and waits until it is acknowledged."""
        self.publish(number, body)
        while self.read()[0] != 0x40:
            pass

    def subscribe(self):
        self.link.sendall(packet(0x82, b"\x00\x01" + text(f"devices/{self.name}/messages/devicebound/#") + b"\x01"))
        while self.read()[0] != 0x90:
            pass

    def message(self, timeout, acknowledge=True):
        """The body of the next message to the device; None: none came in time."""
        self.link.settimeout(timeout)
        try:
            kind, body = self.read()
            while kind & 0xf0 != 0x30:
                kind, body = self.read()
        except TimeoutError:
            return None
        finally:
            self.link.settimeout(10)
        n = struct.unpack(">H", body[:2])[0] + 2
        if kind & 6:
            if acknowledge:
                self.link.sendall(packet(0x40, body[n:n + 2]))
            n += 2
        return body[n:]

    def is_open(self, timeout=0.1):
        """Is it still, after so many seconds in which nothing is said?"""
        self.link.settimeout(timeout)
        try:
            while self.link.recv(65536):
                pass
            return False
        except TimeoutError:
            return True
        except OSError:
            return False
        finally:
            self.link.settimeout(10)

    def close(self):
        self.link.close()
