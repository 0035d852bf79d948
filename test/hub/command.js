// SPDX-License-Identifier: Apache-2.0
// The program's own commands, and what they do to the SDKs' devices.
'use strict';

const fs = require('fs');
const path = require('path');
const { spawnSync } = require('child_process');
const { test, skip } = require('./tap');
const hub = require('./hub');
const { assert } = hub;

async function json(...words) {
  return JSON.parse(await hub.command(...words, '--json'));
}

test('command: a message has an id, and feedback says what became of it', async (context) => {
  const device = await hub.newDevice();
  const sent = await json('send', device.id, 'hello', '--ack', 'full');
  assert.match(sent.messageId, /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  const client = await hub.open(context, device);
  const message = hub.once(client, 'message');
  client.on('message', (one) => client.complete(one, () => {}));
  assert.strictEqual((await message).messageId, sent.messageId);
  await hub.until(async () => {
    const text = await hub.command('feedback', '--json');
    const records = text.split('\n').filter(Boolean).flatMap((line) => JSON.parse(line));
    return records.some((one) => one.originalMessageId === sent.messageId && one.statusCode === 'Success');
  });
});

test('command: what waits for a device is purged', async () => {
  const device = await hub.newDevice();
  for (const text of ['one', 'two']) await json('send', device.id, text);
  assert.strictEqual((await json('device', 'purge', device.id)).totalMessagesPurged, 2);
});

test('command: connection strings as JSON', async () => {
  const device = await hub.newDevice();
  await hub.command('module', 'add', device.id, 'm1');
  assert.deepStrictEqual(await json('device', 'connection-string', device.id), { connectionString: device.connectionString });
  const shown = await json('module', 'connection-string', device.id, 'm1');
  assert.deepStrictEqual(Object.keys(shown), ['connectionString']);
  assert.match(shown.connectionString, new RegExp(`^HostName=${hub.init.hostname};DeviceId=${device.id};ModuleId=m1;SharedAccessKey=.+`));
});

test('command: a token lets a service and a device in', async () => {
  const device = await hub.newDevice();
  const token = (await json('token')).sas;
  const { status } = await hub.rest('GET', `/devices/${device.id}`, undefined, { Authorization: token });
  assert.strictEqual(status, 200);
  const own = (await hub.command('token', '--device', device.id)).trim();
  const sent = spawnSync('mosquitto_pub', ['-h', hub.init.hostname, '-p', '8883', '--cafile', hub.init.ca_file, '-i', device.id, '-V', 'mqttv311',
    '-u', `${hub.init.hostname}/${device.id}/?api-version=2021-04-12`, '-P', own, '-q', '1', '-t', `devices/${device.id}/messages/events/`, '-m', 'x']);
  if (sent.error) skip("mosquitto's clients are not there");
  assert.strictEqual(sent.status, 0, String(sent.stderr));
  await hub.eventOf(device.id);
});

test('command: devices are exported and imported', async () => {
  const device = await hub.newDevice();
  await hub.command('twin', 'update', device.id, '--tags', '{"room":"attic"}', '--desired', '{"a":{"b":1}}');
  const lines = (await hub.command('device', 'export', '--keys')).split('\n').filter((line) => line.includes(`"${device.id}"`));
  assert.strictEqual(lines.length, 1);
  assert.ok(!(await hub.command('device', 'export')).includes('primaryKey'));
  const file = path.join(process.env.DUET_HUB_DIR, 'devices.jsonl');
  fs.writeFileSync(file, lines[0] + '\n');
  await hub.command('device', 'remove', device.id);
  await hub.command('device', 'import', file);
  const again = (await hub.registry.get(device.id)).responseBody;
  assert.strictEqual(again.authentication.symmetricKey.primaryKey, device.key);
  const twin = (await hub.registry.getTwin(device.id)).responseBody;
  assert.deepStrictEqual(twin.tags, { room: 'attic' });
  assert.deepStrictEqual(twin.properties.desired.a, { b: 1 });
  fs.writeFileSync(file, '{"id":"a b"}\n');
  await assert.rejects(hub.command('device', 'import', file), /0 devices imported, 1 refused/);
});

test('command: import and export over blobs are refused, and it says what there is', async () => {
  const { status, body } = await hub.rest('POST', '/jobs/create', { type: 'export' });
  assert.strictEqual(status, 400);
  assert.match(body.Message, /duet-hub device export/);
});
