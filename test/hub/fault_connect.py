"""Clients that connect and then do not do what they should; and ten thousand that do, at once."""
import http.client
import multiprocessing
import resource
import selectors
import socket
import ssl
import struct
import time

from client import Mqtt, packet, text
from server import Hub


def stops_reading(hub):
    device, before = hub.device("deaf"), hub.resident_kb()
    client = Mqtt(hub, device)
    client.subscribe()
    client.link.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    n = 0
    for _ in range(60):
        link = http.client.HTTPSConnection(hub.name, hub.https, context=hub.tls, timeout=20)
        link.request("POST", "/devices/deaf/messages/deviceBound", bytes(60000),
                     {"Authorization": hub.sas(hub.name, hub.key, hub.policy)})
        n += link.getresponse().status < 300
        link.close()
    other = Mqtt(hub, hub.device("hears"))
    other.publish(1, b"x")
    fine = other.read()[0] == 0x40
    grown = hub.resident_kb() - before
    print(f"a client that stops reading: {n} messages of 60 KB taken for it, the hub grew by {grown} KB, others are "
          f"{'served' if fine else 'NOT SERVED'}")
    return fine and grown < 16384


def half_open(hub, n=200):
    links = [socket.create_connection(("127.0.0.1", hub.mqtt)) for _ in range(n)]
    begin, closed = time.monotonic(), 0
    for link in links:
        link.settimeout(max(0.1, 12 - (time.monotonic() - begin)))
        try:
            closed += link.recv(1) == b""
        except ConnectionResetError:
            closed += 1
        except TimeoutError:
            pass
        link.close()
    print(f"half-open: {n} connections without TLS, {closed} ended within {time.monotonic() - begin:.1f} s")
    return closed == n


def allow_files(n):
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    return min(n, hard - 200)


def begin_connect(hub):
    link = socket.socket()
    link.setblocking(False)
    link.connect_ex(("127.0.0.1", hub.mqtt))
    return link


def many_connects(hub, n):
    """TCP connects that say nothing."""
    n = allow_files(n)
    device, begin = hub.device("many"), time.monotonic()
    links = [begin_connect(hub) for _ in range(n)]
    # While all of them stand in line, somebody with something to say gets through.
    client = Mqtt(hub, device, 60)
    client.publish(1, b"x")
    fine = client.read()[0] == 0x40
    took = time.monotonic() - begin
    for link in links:
        link.close()
    client.close()
    status = hub.rest("GET", "/health/live")[0]
    print(f"{n} silent connects at once: another one is served within {took:.1f} s, the hub is {'alive' if status == 200 else 'DEAD'}")
    return fine and status == 200


class Comer:
    """One of the ten thousand: TLS, then CONNECT, then CONNACK."""

    def __init__(self, hub, name, token):
        self.link = hub.tls.wrap_socket(begin_connect(hub), server_hostname=hub.name, do_handshake_on_connect=False)
        user = f"{hub.name}/{name}/?api-version=2021-04-12"
        self.connect = packet(0x10, text("MQTT") + b"\x04\xc2\x00\xf0" + text(name) + text(user) + text(token))
        self.shaken, self.answer = False, None

    def go_on(self):
        """What it waits for; None: it is let in or refused."""
        try:
            if not self.shaken:
                self.link.do_handshake()
                self.shaken = True
                self.link.send(self.connect)
            self.answer = self.link.recv(4) == b"\x20\x02\x00\x00"
        except ssl.SSLWantReadError:
            return selectors.EVENT_READ
        except ssl.SSLWantWriteError:
            return selectors.EVENT_WRITE
        except OSError:
            self.answer = False
        return None


class Bystander(multiprocessing.get_context("fork").Process):
    """A device that is connected already, and goes on sending; and the hub's memory meanwhile. A process of its own,
    so that what it waits for is the hub."""

    def __init__(self, hub):
        super().__init__()
        self.hub, self.device = hub, hub.device("bystander")
        self.ending, self.seen = multiprocessing.Event(), multiprocessing.SimpleQueue()

    def run(self):
        client, took, most_kb = Mqtt(self.hub, self.device, 60), [], 0
        while not self.ending.wait(0.1):
            begin = time.monotonic()
            client.say(len(took), b"x")
            took.append(time.monotonic() - begin)
            most_kb = max(most_kb, self.hub.resident_kb())
        self.seen.put((sorted(took), most_kb))


def make_devices(hub, n):
    for first in range(0, n, 100):
        wanted = [{"id": f"comer-{i}", "importMode": "create"} for i in range(first, min(n, first + 100))]
        status, body = hub.rest("POST", "/devices", wanted)
        assert status == 200 and body.get("isSuccessful", True), body


def come(hub, comers, seconds):
    """How many were let in, and when the last one was."""
    waiting, left, begin, last = selectors.DefaultSelector(), len(comers), time.monotonic(), 0.0
    for comer in comers:
        waiting.register(comer.link, selectors.EVENT_WRITE, comer)
    while left and time.monotonic() - begin < seconds:
        for key, _ in waiting.select(1):
            events = key.data.go_on()
            if events is None:
                waiting.unregister(key.fileobj)
                left -= 1
                last = time.monotonic() - begin
            elif events != key.events:
                waiting.modify(key.fileobj, events, key.data)
    waiting.close()
    return sum(1 for comer in comers if comer.answer), last


def policy_key(hub, name):
    return next(policy["primaryKey"] for policy in hub.rest("GET", "/policies")[1] if policy["keyName"] == name)


def tls_connects(program, folder, n):
    n = allow_files(n)
    hub = Hub(program, folder / "comers", {"handshake: 30s": "handshake: 60s"})
    hub.start()
    try:
        make_devices(hub, n)
        token = hub.sas(hub.name, policy_key(hub, "device"), "device")
        before, bystander = hub.resident_kb(), Bystander(hub)
        bystander.start()
        comers = [Comer(hub, f"comer-{i}", token) for i in range(n)]
        n_in, took = come(hub, comers, 120)
        bystander.ending.set()
        waited, most_kb = bystander.seen.get()
        bystander.join()
        stay_kb = hub.resident_kb()
        served = hub.rest("GET", "/statistics/service")[1]["connectedDeviceCount"]
        for comer in comers:
            comer.link.close()
        print(f"{n} TLS and MQTT connects at once: {n_in} let in within {took:.1f} s ({served} connected); the hub grew by at most "
              f"{(most_kb - before) / n:.1f} KiB each, {(stay_kb - before) / n:.1f} KiB when all are in; another device was "
              f"acknowledged {len(waited)} times meanwhile, half of them within {waited[len(waited) // 2]:.3f} s, all within {waited[-1]:.2f} s")
        return n_in == n and most_kb - before < n * 128
    finally:
        hub.kill()
