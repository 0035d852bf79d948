"""Clocks that are set while the hub runs: its wall clock is moved by libfaketime, the monotonic one goes on as it does
when NTP or a person sets a real one."""
import datetime
import json
import time

from client import Mqtt
from server import Hub, find_faketime

DAY = 86400


def wait(what, seconds=15):
    deadline = time.monotonic() + seconds
    while not what():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.1)
    return True


class Count:
    """What was looked at, and what was wrong."""

    def __init__(self):
        self.n, self.wrong = 0, []

    def check(self, is_so, what):
        self.n += 1
        if not is_so:
            self.wrong.append(what)


def send(hub, device, body, headers=None):
    return hub.rest("POST", f"/devices/{device}/messages/deviceBound", body, headers=headers)[0]


def feedback(hub):
    status, records = hub.rest("GET", "/messages/serviceBound/feedback")
    return [record["statusCode"] for record in records] if status == 200 else []


def schedule(hub, name, device, at):
    job = {"jobId": name, "type": "scheduleUpdateTwin", "updateTwin": {"etag": "*", "tags": {"job": name}},
           "queryCondition": f"deviceId = '{device}'", "maxExecutionTimeInSeconds": 600,
           "startTime": datetime.datetime.fromtimestamp(at, datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")}
    return hub.rest("PUT", f"/jobs/v2/{name}", job)[0]


def is_done(hub, name):
    return hub.rest("GET", f"/jobs/v2/{name}")[1]["status"] == "completed"


def events(hub):
    return hub.rest("GET", "/messages/events?from=first&max=1000&source=all")[1]["events"]


def is_closed(client, within):
    return wait(lambda: not client.is_open(), within)


def forward(hub, count):
    """Two hours: what should have ended or begun by then does, and nothing else does."""
    short, stays, silent = (hub.device(f"forward-{kind}") for kind in ("short", "stays", "silent"))
    ends, stays, silent = Mqtt(hub, short, seconds=3600), Mqtt(hub, stays, seconds=30 * DAY), Mqtt(hub, silent, seconds=30 * DAY)
    count.check(send(hub, "forward-silent", "old", {"iothub-ack": "full"}) == 201, "a message is taken")
    count.check(schedule(hub, "later", "forward-short", time.time() + 3600) == 200, "a job is taken")
    stays.say(1, b"before")
    time.sleep(2)
    count.check(not is_done(hub, "later"), "a job in an hour waits")
    hub.set_clock(7200)
    count.check(is_closed(ends, 5), "a connection ends whose token has expired meanwhile")
    stays.say(2, b"after")
    count.check(silent.is_open(), "keep-alive does not count by the wall clock")
    count.check(wait(lambda: feedback(hub) == ["Expired"]), "a message that has expired is told of")
    silent.subscribe()
    count.check(silent.message(1) is None, "… and not delivered")
    send(hub, "forward-silent", "new")
    count.check(silent.message(5) == b'"new"', "a new one is")
    count.check(wait(lambda: is_done(hub, "later")), "a job that is due runs")
    try:
        Mqtt(hub, short, seconds=3600)
        count.check(False, "an expired token is refused")
    except ConnectionError:
        count.check(True, "")
    count.check("was set forward" in hub.said(), "the log says that the clock was set")
    for client in (stays, silent):
        client.close()


def week(hub, count):
    """Nine days forward, more than telemetry is kept: what is in the log stays until the hub has counted them itself."""
    before = len(events(hub))
    hub.set_clock(9 * DAY)
    time.sleep(3)
    count.check(len(events(hub)) >= before, "telemetry is not thrown away")


def back(hub, count):
    """To the true time, nine days, and one more day back: nothing hangs until those days have gone by again."""
    hub.set_clock(0)
    device, other = hub.device("back"), hub.device("back-other")
    stays, slow = Mqtt(hub, device), Mqtt(hub, other)
    stays.say(1, b"before")
    slow.subscribe()
    send(hub, "back-other", "locked")
    count.check(slow.message(5, acknowledge=False) == b'"locked"', "a message is delivered")
    send(hub, "back", "waits")
    hub.set_clock(-DAY)
    stays.say(2, b"after")
    stays.subscribe()
    count.check(stays.message(5) == b'"waits"', "a waiting message is delivered")
    count.check(slow.message(12) == b'"locked"', "a lock lasts no longer than configured, and the message comes again")
    count.check(schedule(hub, "soon", "back", time.time() - DAY + 2) == 200 and wait(lambda: is_done(hub, "soon")), "a job runs when it is due by the new time")
    content = {"id": "colour", "content": {"deviceContent": {"properties.desired.colour": "red"}}, "targetCondition": "deviceId = 'back'", "priority": 1}
    hub.rest("PUT", "/configurations/colour", content)
    count.check(wait(lambda: hub.rest("GET", "/twins/back")[1]["properties"]["desired"].get("colour") == "red", 20), "a configuration reaches its devices")
    count.check(is_closed(Mqtt(hub, hub.device("mute"), keep_alive=1), 5), "keep-alive ends a silent connection")
    count.check("was set back" in hub.said(), "the log says that the clock was set")
    stays.close()
    slow.close()


def order(hub, count):
    shown = events(hub)
    numbers = [event["number"] for event in shown]
    count.check(numbers == list(range(numbers[0], numbers[0] + len(numbers))), "events' numbers rise without a gap")
    for name in ("forward-stays", "back"):
        bodies = [event["body"] for event in shown if event["deviceId"] == name and event["source"] == "Telemetry"]
        count.check(bodies == ["before", "after"], f"{name}: order is as it was sent: {bodies}")


def clock_jumps(program, folder):
    if not find_faketime():
        print("clock jumps: left out, libfaketime (faketime) is not there")
        return True
    hub, count = Hub(program, folder / "clock", {"lock: 60s": "lock: 5s"}, clock=True), Count()
    hub.start("info")
    try:
        for jump in (forward, week, back, order):
            jump(hub, count)
    finally:
        hub.kill()
    print(f"clock jumps: 2 h and 9 days forward, 9 and 1 back, while devices are connected; {count.n} things looked at, "
          f"{len(count.wrong)} wrong{': ' if count.wrong else ''}{'; '.join(count.wrong)}")
    return not count.wrong
