"""A backup that is made while the hub is busy, and the hub that becomes of it."""
import collections
import http.client
import json
import subprocess
import threading
import time

from client import Mqtt
from server import Hub


def publish(hub, device, acknowledged, ending):
    client, number = Mqtt(hub, device), 0
    while not ending.is_set():
        client.say(number, f"{device[0]}:{number}".encode())
        acknowledged.append(f"{device[0]}:{number}")
        number += 1
    client.close()


def create(hub, created, ending):
    number = 0
    while not ending.is_set():
        name = f"made-{number}"
        number += 1
        if hub.rest("PUT", f"/devices/{name}", {"deviceId": name})[0] == 200:
            created.append(name)


def upload(hub, device, body):
    """As a device does: asks where to, puts it there, says that it is done."""
    name, key = device
    token = hub.sas(f"{hub.name}/devices/{name}", key)

    def call(method, path, payload, headers):
        link = http.client.HTTPSConnection(hub.name, hub.https, context=hub.tls, timeout=20)
        link.request(method, path, payload, headers)
        answer = link.getresponse()
        text = answer.read()
        assert answer.status < 300, text
        return json.loads(text) if text else None

    place = call("POST", f"/devices/{name}/files?api-version=2021-04-12", json.dumps({"blobName": "photo.bin"}), {"Authorization": token})
    call("PUT", f"/{place['containerName']}/{place['blobName']}{place['sasToken']}", body, {"x-ms-blob-type": "BlockBlob"})
    call("POST", f"/devices/{name}/files/notifications?api-version=2021-04-12",
         json.dumps({"correlationId": place["correlationId"], "isSuccess": True}), {"Authorization": token})


def read_all(hub):
    counts, place = collections.Counter(), "first"
    while True:
        page = hub.rest("GET", f"/messages/events?from={place}&max=1000")[1]
        counts.update(event["body"] for event in page["events"] if event["source"] == "Telemetry")
        if not page["events"]:
            return counts
        place = page["next"]


def count_rows(hub):
    """What the route to SQLite has kept; all of it, or the database is damaged."""
    shown = hub.command("route", "events", "recent", "--max", "10000", "--json")
    assert shown.returncode == 0, shown.stderr
    return len(json.loads(shown.stdout))


def restored(hub, folder, name):
    """A hub out of the backup, which has the same keys."""
    other = Hub.__new__(Hub)
    other.__dict__.update(hub.__dict__)
    other.folder, other.child = folder / name, None
    subprocess.run([hub.program, "restore", str(folder / "backup"), str(other.folder)], check=True, stdout=subprocess.DEVNULL)
    other.start()
    return other


def backup_under_load(program, folder, times=3):
    hub, ending, created = Hub(program, folder / "backed"), threading.Event(), []
    hub.start()
    devices = [hub.device(f"busy-{i}") for i in range(4)]
    acknowledged = [[] for _ in devices]
    threads = [threading.Thread(target=publish, args=(hub, d, a, ending)) for d, a in zip(devices, acknowledged)]
    threads.append(threading.Thread(target=create, args=(hub, created, ending)))
    lost = missing = looked = 0
    fine = True
    try:
        hub.command("route", "add", "recent", "--to", "sqlite", "-o", "keep=1000000")
        hub.rest("POST", f"/devices/{devices[0][0]}/messages/deviceBound", "waits")
        upload(hub, devices[0], bytes(range(256)) * 4000)
        for thread in threads:
            thread.start()
        for i in range(times):
            time.sleep(1)
            before, made = [message for one in acknowledged for message in one], list(created)
            made_now = hub.command("backup", str(folder / "backup"))
            assert made_now.returncode == 0, made_now.stderr
            other = restored(hub, folder, f"restored-{i}")
            counts = read_all(other)
            lost += sum(1 for message in before if counts[message] != 1)
            missing += sum(1 for name in made if other.rest("GET", f"/devices/{name}")[0] != 200)
            looked += len(before) + len(made)
            client = Mqtt(other, devices[0])
            client.subscribe()
            photo = other.folder / f"blobs/d-{devices[0][0]}/b-photo.bin"
            fine = fine and client.message(5) == b'"waits"' and photo.read_bytes() == bytes(range(256)) * 4000 and count_rows(other) > 0
            other.kill()
            subprocess.run(["rm", "-r", str(folder / "backup")], check=True)
    finally:
        ending.set()
        for thread in threads:
            thread.join()
        hub.kill()
    print(f"backup under load, {times} times: of {looked} messages and devices that were acknowledged before, {lost} messages and {missing} devices "
          f"are not in the hub that was restored; its queue, uploads and route are {'there' if fine else 'NOT THERE'}")
    return looked > 0 and lost == missing == 0 and fine
