"""A hub that is killed, has no room left, or is told to end."""
import collections
import http.client
import os
import random
import shutil
import signal
import socket
import struct
import subprocess
import threading
import time

from client import Mqtt
from server import Hub


def publisher(hub, device, sent, acknowledged, ending):
    """Keeps several messages under way; notes what was sent, and what was acknowledged."""
    try:
        client = Mqtt(hub, device)
        waiting = collections.deque()
        while not ending.is_set():
            while len(waiting) < 20:
                number = len(sent)
                sent.append(number)
                waiting.append(number)
                client.publish(number, f"{device[0]}:{number}".encode())
            kind, body = client.read()
            if kind == 0x40:
                number = waiting.popleft()
                assert struct.unpack(">H", body)[0] == number % 65535 + 1
                acknowledged.append(number)
    except (OSError, ConnectionError):
        pass


def creator(hub, prefix, created, ending):
    number = 0
    try:
        while not ending.is_set():
            name = f"{prefix}-{number}"
            number += 1
            if hub.rest("PUT", f"/devices/{name}", {"deviceId": name}, 5)[0] == 200:
                created.append(name)
    except (OSError, http.client.HTTPException, ValueError):
        pass


def read_all(hub):
    """How often each event stands in the log."""
    counts, place = collections.Counter(), "first"
    while True:
        status, page = hub.rest("GET", f"/messages/events?from={place}&max=1000")
        assert status == 200, page
        counts.update(event["body"] for event in page["events"] if event["source"] == "Telemetry")
        if not page["events"]:
            return counts
        place = page["next"]


def kill_under_load(hub, rounds):
    devices = [hub.device(f"load-{i}") for i in range(4)]
    sent = {name: [] for name, _ in devices}
    acknowledged = {name: [] for name, _ in devices}
    created, slowest = [], 0.0
    for number in range(rounds):
        ending = threading.Event()
        threads = [threading.Thread(target=publisher, args=(hub, d, sent[d[0]], acknowledged[d[0]], ending)) for d in devices]
        threads.append(threading.Thread(target=creator, args=(hub, f"made-{number}", created, ending)))
        for thread in threads:
            thread.start()
        time.sleep(random.uniform(0.1, 0.6))
        hub.kill()
        ending.set()
        for thread in threads:
            thread.join()
        begin = time.monotonic()
        hub.start()
        slowest = max(slowest, time.monotonic() - begin)
    counts = read_all(hub)
    n_acknowledged = sum(len(one) for one in acknowledged.values())
    lost = sum(1 for name, ones in acknowledged.items() for one in ones if counts[f"{name}:{one}"] == 0)
    doubled = sum(1 for n in counts.values() if n > 1)
    missing = sum(1 for name in created if hub.rest("GET", f"/devices/{name}")[0] != 200)
    print(f"kill -9 under load: {rounds} times; {sum(map(len, sent.values()))} messages sent, {n_acknowledged} acknowledged, "
          f"{lost} lost, {doubled} doubled; {len(created)} devices created, {missing} lost; listens again within {slowest:.2f} s")
    return n_acknowledged > 0 and lost == doubled == missing == 0


def full_disk(hub):
    if os.geteuid() != 0:
        print("full disk: left out, it needs root")
        return True
    device = hub.device("full")
    state = hub.folder / "state/log"
    hub.kill(signal.SIGTERM)
    kept = hub.folder / "kept"
    shutil.copytree(state, kept)
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", str(state)], stderr=subprocess.DEVNULL).returncode != 0:
        print("full disk: left out, nothing can be mounted here")
        hub.start()
        return True
    filler = state / "filler"
    try:
        hub.start()
        client, n = Mqtt(hub, device, 3), 0
        filler.write_bytes(bytes(1900000))
        try:
            while n < 1000:
                client.publish(n, bytes(4000))
                if client.read()[0] == 0x40:
                    n += 1
        except OSError:
            pass
        unready = hub.rest("GET", "/health/ready")[0]
        filler.unlink()
        deadline, again = time.monotonic() + 15, False
        while not again and time.monotonic() < deadline:
            try:
                client = Mqtt(hub, device, 3)
                client.publish(1, b"again")
                again = client.read()[0] == 0x40
            except OSError:
                time.sleep(0.2)
        ready = hub.rest("GET", "/health/ready")[0]
        print(f"full disk: {n} messages acknowledged until it was full, then none; /health/ready {unready}; "
              f"{'acknowledged again' if again else 'NOT ACKNOWLEDGED'} when there is room, /health/ready {ready}")
        return n < 1000 and unready == 503 and again and ready == 200
    finally:
        hub.kill(signal.SIGTERM)
        subprocess.run(["umount", str(state)], check=True)
        hub.start()


def ask_slowly(hub, results):
    """A method whose device takes a while to answer, and a long poll: under way when the hub is told to end."""
    try:
        results.append(hub.rest("GET", "/messages/events?from=next&wait=30", timeout=30)[0])
    except (OSError, http.client.HTTPException) as error:
        results.append(error)


def drains(program, folder):
    """SIGTERM: who is connected is let go, what is under way is answered, nobody is let in, and it takes no longer than limits.drain."""
    hub = Hub(program, folder / "drained")
    hub.start()
    clients = [Mqtt(hub, hub.device(f"drained-{i}")) for i in range(50)]
    for i, client in enumerate(clients):
        client.publish(i, b"under way")
    poll, raw = [], socket.create_connection(("127.0.0.1", hub.https))
    stuck = hub.tls.wrap_socket(raw, server_hostname=hub.name)  # a request that never becomes whole
    stuck.sendall(b"PUT /devices/never HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\n{")
    thread = threading.Thread(target=ask_slowly, args=(hub, poll))
    thread.start()
    time.sleep(0.3)
    begin = time.monotonic()
    hub.child.send_signal(signal.SIGTERM)
    acknowledged = sum(1 for client in clients if client.read()[0] == 0x40)
    closed = sum(1 for client in clients if not client.is_open(1))
    code = hub.child.wait(20)
    took = time.monotonic() - begin
    thread.join()
    stuck.close()
    hub.start()
    kept = sum(read_all(hub)[b] for b in ["under way"])
    hub.kill()
    fine = code == 0 and took <= 10 and acknowledged == closed == kept == len(clients) and poll == [200]
    print(f"SIGTERM with {len(clients)} devices, a long poll and a request that never ends: {acknowledged} messages acknowledged, {kept} kept, "
          f"{closed} connections closed, the poll answered {poll[0]}; ended with {code} after {took:.1f} s")
    return fine
