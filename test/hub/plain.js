// SPDX-License-Identifier: Apache-2.0
// Mosquitto's clients: MQTT 3.1.1 as written, and what the hub ends connections for.
'use strict';

const { spawn, spawnSync } = require('child_process');
const { test, skip } = require('./tap');
const hub = require('./hub');
const { assert } = hub;

const there = spawnSync('mosquitto_pub', ['--help']).error === undefined;

function login(device) {
  return ['-h', hub.init.hostname, '-p', '8883', '--cafile', hub.init.ca_file, '-i', device.id, '-V', 'mqttv311',
    '-u', `${hub.init.hostname}/${device.id}/?api-version=2021-04-12`,
    '-P', hub.sas(`${hub.init.hostname}/devices/${device.id}`, device.key)];
}

// {code, stdout, stderr}
function run(program, words, ms = 8000) {
  if (!there) skip("mosquitto's clients are not there");
  return new Promise((resolve) => {
    const child = spawn(program, words);
    const result = { stdout: '', stderr: '' };
    const timer = setTimeout(() => child.kill(), ms);
    child.stdout.on('data', (text) => (result.stdout += text));
    child.stderr.on('data', (text) => (result.stderr += text));
    child.on('close', (code) => {
      clearTimeout(timer);
      resolve({ ...result, code });
    });
  });
}

function events(device) {
  return `devices/${device.id}/messages/events/`;
}

for (const qos of [0, 1]) {
  test(`mosquitto_pub: telemetry with QoS ${qos} and a bag`, async () => {
    const device = await hub.newDevice();
    const { code, stderr } = await run('mosquitto_pub', [...login(device), '-q', String(qos), '-t',
      `${events(device)}%24.ct=text%2Fplain&k=v&empty=`, '-m', 'plain']);
    assert.strictEqual(code, 0, stderr);
    const event = await hub.eventOf(device.id);
    assert.strictEqual(event.body, 'plain');
    assert.deepStrictEqual(event.properties, { k: 'v', empty: '' });
    assert.strictEqual(event.systemProperties.contentType, 'text/plain');
  });
}

test('mosquitto_pub: RETAIN becomes a property', async () => {
  const device = await hub.newDevice();
  await run('mosquitto_pub', [...login(device), '-q', '1', '-r', '-t', events(device), '-m', 'kept']);
  const event = await hub.eventOf(device.id);
  assert.strictEqual(event.properties['mqtt-retain'], 'true');
});

test('mosquitto_pub: QoS 2 ends the connection', async () => {
  const device = await hub.newDevice();
  const { code } = await run('mosquitto_pub', [...login(device), '-q', '2', '-t', events(device), '-m', 'twice'], 3000);
  assert.notStrictEqual(code, 0);
  assert.deepStrictEqual(await hub.events({ from: 'first', device: device.id }), []);
});

test('mosquitto_pub: a topic that is none ends the connection', async () => {
  const device = await hub.newDevice();
  const { code } = await run('mosquitto_pub', [...login(device), '-q', '1', '-t', 'some/topic', '-m', 'x'], 3000);
  assert.notStrictEqual(code, 0);
});

test("mosquitto_pub: another device's topic ends the connection", async () => {
  const device = await hub.newDevice();
  const other = await hub.newDevice();
  const { code } = await run('mosquitto_pub', [...login(device), '-q', '1', '-t', events(other), '-m', 'x'], 3000);
  assert.notStrictEqual(code, 0);
  assert.deepStrictEqual(await hub.events({ from: 'first', device: other.id }), []);
});

test('mosquitto_pub: 256 KB and a byte ends the connection', async () => {
  const device = await hub.newDevice();
  const { code } = await run('mosquitto_pub', [...login(device), '-q', '1', '-t', events(device), '-m', 'x'.repeat(100000)], 5000);
  assert.strictEqual(code, 0);
  const file = require('path').join(process.env.DUET_HUB_DIR, 'large');
  require('fs').writeFileSync(file, Buffer.alloc(262145, 120));
  const large = await run('mosquitto_pub', [...login(device), '-q', '1', '-t', events(device), '-f', file], 3000);
  assert.notStrictEqual(large.code, 0);
});

test('mosquitto_pub: a wrong password is refused with 5', async () => {
  const device = await hub.newDevice();
  const other = await hub.newDevice();
  const words = login(device);
  words[words.length - 1] = hub.sas(`${hub.init.hostname}/devices/${device.id}`, other.key);
  const { code, stderr } = await run('mosquitto_pub', [...words, '-t', events(device), '-m', 'x'], 3000);
  assert.strictEqual(code, 5, stderr);
});

test('mosquitto_sub: messages to the device, QoS 2 is granted 1', async () => {
  const device = await hub.newDevice();
  await hub.rest('POST', `/devices/${device.id}/messages/deviceBound`, 'to you', { 'iothub-app-k': 'v' });
  const { code, stdout, stderr } = await run('mosquitto_sub', [...login(device), '-c', '-q', '2', '-d', '-C', '1', '-v', '-t',
    `devices/${device.id}/messages/devicebound/#`]);
  assert.strictEqual(code, 0, stderr);
  assert.ok(/Subscribed \(mid: \d+\): 1/.test(stdout), stdout);
  assert.ok(stdout.includes(`devices/${device.id}/messages/devicebound/`) && stdout.includes('k=v') && stdout.includes('to you'), stdout);
});

test('mosquitto_sub: a will becomes telemetry', async () => {
  const device = await hub.newDevice();
  const child = spawn('mosquitto_sub', [...login(device), '--will-topic', events(device), '--will-payload', 'gone', '--will-qos', '1',
    '-t', `devices/${device.id}/messages/devicebound/#`]);
  child.on('error', () => {});
  if (!there) skip("mosquitto's clients are not there");
  await hub.until(async () => (await hub.registry.get(device.id)).responseBody.connectionState === 'Connected');
  child.kill('SIGKILL');
  const event = await hub.eventOf(device.id);
  assert.strictEqual(event.body, 'gone');
  assert.strictEqual(event.properties['iothub-MessageType'], 'Will');
});
