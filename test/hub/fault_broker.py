"""A route to another MQTT broker that goes away and comes back: Mosquitto itself, started here."""
import getpass
import json
import shutil
import signal
import socket
import subprocess
import threading
import time

from client import Mqtt
from fault_clock import wait
from server import Hub

CONFIG = """listener {port} 127.0.0.1
allow_anonymous true
persistence true
persistence_location {folder}/
max_queued_messages 0
max_inflight_messages 0
user {user}
"""


class Broker:
    def __init__(self, folder):
        folder.mkdir()
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.folder, self.child = folder, None
        (folder / "mosquitto.conf").write_text(CONFIG.format(port=self.port, folder=folder, user=getpass.getuser()))

    def start(self):
        self.child = subprocess.Popen(["mosquitto", "-c", str(self.folder / "mosquitto.conf")], stderr=subprocess.DEVNULL)

    def stop(self):
        """It saves what it has taken."""
        self.child.send_signal(signal.SIGTERM)
        self.child.wait(10)

    def listen(self, out):
        """A subscriber with a session that lasts, which the broker keeps for it."""
        return subprocess.Popen(["mosquitto_sub", "-p", str(self.port), "-i", "reader", "-c", "-q", "1", "-t", "telemetry/#", "-F", "%t %p"],
                                stdout=out, stderr=subprocess.DEVNULL)


class Sender(threading.Thread):
    def __init__(self, hub, device):
        super().__init__()
        self.client, self.acknowledged, self.ending = Mqtt(hub, device), [], threading.Event()

    def run(self):
        number = 0
        while not self.ending.wait(0.002):
            self.client.say(number, json.dumps({"number": number}).encode())
            self.acknowledged.append(number)
            number += 1


def route(hub):
    return hub.rest("GET", "/routes/bridge")[1]["status"]


def read(path):
    """How often the reader has had each message, and whether they came in order."""
    counts, first = {}, []
    for line in path.read_text().splitlines():
        topic, body = line.split(" ", 1)
        assert topic == "telemetry/sender", line
        number = json.loads(body)["body"]["number"]
        if number not in counts:
            first.append(number)
        counts[number] = counts.get(number, 0) + 1
    return counts, first == sorted(first)


def goes_away(hub, broker, times, out):
    reader, sender = broker.listen(out), Sender(hub, hub.device("sender"))
    sender.start()
    try:
        time.sleep(1)
        for _ in range(times):
            broker.stop()
            away = wait(lambda: route(hub)["state"] == "retrying", 10)
            time.sleep(1)
            broker.start()
            back = wait(lambda: route(hub)["state"] == "running", 20)
            time.sleep(0.5)
        sender.ending.set()
        sender.join()
        done = wait(lambda: route(hub)["waiting"] == 0, 20)
        time.sleep(1)
        return sender.acknowledged, away and back and done
    finally:
        sender.ending.set()
        reader.kill()


def broker_goes_away(program, folder, times=3):
    if not shutil.which("mosquitto") or not shutil.which("mosquitto_sub"):
        print("another broker that goes away: left out, mosquitto is not there")
        return True
    hub, broker, path = Hub(program, folder / "bridged"), Broker(folder / "broker"), folder / "read"
    hub.start()
    broker.start()
    try:
        added = hub.command("route", "add", "bridge", "--to", "mqtt", "-o", "host=127.0.0.1", "-o", f"port={broker.port}", "-o",
                            "topic=telemetry/{device}", "-o", "timeout=2s")
        assert added.returncode == 0, added.stderr
        with open(path, "wb") as out:
            acknowledged, states = goes_away(hub, broker, times, out)
        counts, in_order = read(path)
        status = route(hub)
    finally:
        hub.kill()
        broker.child.kill()
    lost = sum(1 for number in acknowledged if number not in counts)
    doubled = sum(1 for n in counts.values() if n > 1)
    print(f"a broker that a route leads to goes away {times} times: {len(acknowledged)} messages acknowledged meanwhile, {lost} lost, "
          f"{doubled} came twice (QoS 1), {status['missed']} missed, {status['deadLettered']} dead letters, "
          f"{'in order' if in_order else 'NOT IN ORDER'}; the route says {'how it is' if states else 'SOMETHING ELSE'}")
    return acknowledged and lost == 0 and in_order and states and status["missed"] == status["deadLettered"] == 0
