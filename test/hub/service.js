// SPDX-License-Identifier: Apache-2.0
// The services' table, as azure-iothub asks for it, and the errors that it tells apart.
'use strict';

const { test } = require('./tap');
const hub = require('./hub');
const { assert, registry, iothub, rest } = hub;
const service = iothub.Client.fromConnectionString(hub.owner);

async function all(query) {
  const rows = [];
  while (query.hasMoreResults) rows.push(...(await query.nextAsTwin()).result);
  return rows;
}

test('registry: create, get, update, delete', async () => {
  const id = hub.newName();
  const { responseBody: created } = await registry.create({ deviceId: id, status: 'enabled' });
  assert.ok(created.generationId && created.etag);
  assert.strictEqual(Buffer.from(created.authentication.symmetricKey.primaryKey, 'base64').length, 32);
  const { responseBody: got } = await registry.get(id);
  assert.strictEqual(got.deviceId, id);
  assert.strictEqual(got.status, 'enabled');
  assert.strictEqual(got.connectionState, 'Disconnected');
  await registry.update({ deviceId: id, status: 'disabled', statusReason: 'broken' });
  assert.strictEqual((await registry.get(id)).responseBody.statusReason, 'broken');
  await registry.delete(id);
  await assert.rejects(registry.get(id), (error) => error.name === 'DeviceNotFoundError' || /NotFound/.test(error.name));
});

test('registry: a name that is taken is 409, one that cannot be is 400', async () => {
  const device = await hub.newDevice();
  await assert.rejects(registry.create({ deviceId: device.id }), (error) => error.name === 'DeviceAlreadyExistsError');
  assert.strictEqual((await rest('PUT', '/devices/a%20b', { deviceId: 'a b' })).status, 400);
});

test('registry: ETags: another is 412, the star always fits', async () => {
  const device = await hub.newDevice();
  const body = { deviceId: device.id, status: 'disabled' };
  assert.strictEqual((await rest('PUT', `/devices/${device.id}`, body, { 'If-Match': '"AAAA"' })).status, 412);
  assert.strictEqual((await rest('PUT', `/devices/${device.id}`, body, { 'If-Match': `"${device.identity.etag}"` })).status, 200);
  assert.strictEqual((await rest('DELETE', `/devices/${device.id}`, undefined, { 'If-Match': '"AAAA"' })).status, 412);
  assert.strictEqual((await rest('DELETE', `/devices/${device.id}`, undefined, { 'If-Match': '"*"' })).status, 204);
});

test('registry: list', async () => {
  const device = await hub.newDevice();
  const { responseBody: devices } = await registry.list();
  assert.ok(devices.some((one) => one.deviceId === device.id));
});

test('registry: bulk: add, update, remove; what fails is told one by one', async () => {
  const ids = [1, 2, 3].map(() => hub.newName('bulk'));
  const { responseBody: added } = await registry.addDevices(ids.map((deviceId) => ({ deviceId })));
  assert.strictEqual(added.isSuccessful, true);
  const { responseBody: again } = await registry.addDevices([{ deviceId: ids[0] }, { deviceId: hub.newName('bulk') }]);
  assert.strictEqual(again.isSuccessful, false);
  assert.strictEqual(again.errors.length, 1);
  assert.strictEqual(again.errors[0].deviceId, ids[0]);
  const { responseBody: updated } = await registry.updateDevices(ids.map((deviceId) => ({ deviceId, status: 'disabled' })), true);
  assert.strictEqual(updated.isSuccessful, true);
  assert.strictEqual((await registry.get(ids[1])).responseBody.status, 'disabled');
  const { responseBody: removed } = await registry.removeDevices(ids.map((deviceId) => ({ deviceId })), true);
  assert.strictEqual(removed.isSuccessful, true);
  await assert.rejects(registry.get(ids[2]));
});

test('modules: add, get, list, update, remove', async () => {
  const device = await hub.newDevice();
  await registry.addModule({ deviceId: device.id, moduleId: 'one' });
  await registry.addModule({ deviceId: device.id, moduleId: 'two' });
  const { responseBody: list } = await registry.getModulesOnDevice(device.id);
  assert.deepStrictEqual(list.map((one) => one.moduleId).sort(), ['one', 'two']);
  const { responseBody: module } = await registry.getModule(device.id, 'one');
  module.managedBy = 'me';
  await registry.updateModule(module, true);
  assert.strictEqual((await registry.getModule(device.id, 'one')).responseBody.managedBy, 'me');
  await registry.removeModule(device.id, 'one');
  await assert.rejects(registry.getModule(device.id, 'one'));
});

test('twins: get, update, replace, ETags', async () => {
  const device = await hub.newDevice();
  const { responseBody: twin } = await registry.getTwin(device.id);
  const { responseBody: updated } = await registry.updateTwin(device.id,
    { tags: { a: 1, b: { c: 2 } }, properties: { desired: { x: 1, y: 2 } } }, twin.etag);
  assert.deepStrictEqual(updated.tags, { a: 1, b: { c: 2 } });
  assert.strictEqual(updated.properties.desired.$version, 2);
  await assert.rejects(registry.updateTwin(device.id, { tags: { a: 2 } }, twin.etag), /precondition|etag|412/i);
  const answer = await rest('PUT', `/twins/${device.id}`, { tags: { only: true }, properties: { desired: { z: 3 } } },
    { 'If-Match': '"*"' });
  assert.strictEqual(answer.status, 200, answer.text);
  assert.deepStrictEqual(answer.body.tags, { only: true });
  assert.strictEqual(answer.body.properties.desired.x, undefined);
  assert.strictEqual(answer.body.properties.desired.z, 3);
});

test('twins: the limits', async () => {
  const device = await hub.newDevice();
  const patch = (body) => rest('PATCH', `/twins/${device.id}`, body, { 'If-Match': '"*"' });
  assert.strictEqual((await patch({ tags: { long: 'x'.repeat(4097) } })).status, 400);
  assert.strictEqual((await patch({ tags: { 'a.b': 1 } })).status, 400);
  assert.strictEqual((await patch({ properties: { desired: { n: 4503599627370496 } } })).status, 400);
  let deep = 1;
  for (let i = 0; i < 12; i++) deep = { d: deep };
  assert.strictEqual((await patch({ properties: { desired: deep } })).status, 400);
  const large = Object.fromEntries([...Array(9).keys()].map((i) => [`k${i}`, 'x'.repeat(1000)]));
  assert.ok([400, 413].includes((await patch({ tags: large })).status));
  assert.strictEqual((await patch({ properties: { desired: { n: 4503599627370495 } } })).status, 200);
});

test('query: conditions, projections, aggregates', async () => {
  const room = hub.newName('room');
  for (let level = 1; level <= 4; level++) {
    const device = await hub.newDevice();
    await registry.updateTwin(device.id, { tags: { room, level } }, '*');
  }
  const query = async (text) => (await rest('POST', '/devices/query', { query: text })).body;
  assert.strictEqual((await query(`SELECT * FROM devices WHERE tags.room = '${room}'`)).length, 4);
  assert.strictEqual((await query(`SELECT * FROM devices WHERE tags.room = '${room}' AND tags.level > 2`)).length, 2);
  assert.strictEqual((await query(`SELECT * FROM devices WHERE tags.room = '${room}' AND tags.level IN [1, 3]`)).length, 2);
  assert.strictEqual((await query(`SELECT * FROM devices WHERE STARTSWITH(tags.room, '${room}') AND NOT tags.level = 4`)).length, 3);
  const [{ n }] = await query(`SELECT COUNT() AS n FROM devices WHERE tags.room = '${room}'`);
  assert.strictEqual(n, 4);
  const groups = await query(`SELECT tags.level AS level, COUNT() AS n FROM devices WHERE tags.room = '${room}' GROUP BY tags.level`);
  assert.strictEqual(groups.length, 4);
  const some = await query(`SELECT deviceId, tags.level FROM devices WHERE tags.room = '${room}'`);
  assert.ok(some.every((one) => one.deviceId && one.tags === undefined));
  const wrong = await rest('POST', '/devices/query', { query: 'SELECT * FORM devices' });
  assert.strictEqual(wrong.status, 400);
});

test('query: pages, and none after the last', async () => {
  const room = hub.newName('room');
  for (let i = 0; i < 5; i++) await registry.updateTwin((await hub.newDevice()).id, { tags: { room } }, '*');
  const rows = await all(registry.createQuery(`SELECT * FROM devices WHERE tags.room = '${room}'`, 2));
  assert.strictEqual(rows.length, 5);
  assert.strictEqual(new Set(rows.map((one) => one.deviceId)).size, 5);
  const last = await rest('POST', '/devices/query', { query: `SELECT * FROM devices WHERE tags.room = '${room}'` });
  assert.strictEqual(last.headers['x-ms-continuation'], undefined);
});

test('methods: a device that is not connected is 404', async () => {
  const device = await hub.newDevice();
  await assert.rejects(service.invokeDeviceMethod(device.id, { methodName: 'x', payload: null }),
    (error) => error.name === 'DeviceNotFoundError' || /404|NotOnline|Not ?found/i.test(`${error.name} ${error.message}`));
  const answer = await rest('POST', `/twins/${device.id}/methods`, { methodName: 'x', payload: null });
  assert.strictEqual(answer.status, 404);
  assert.ok(/DeviceNotOnline/.test(answer.text), answer.text);
});

test('configurations: add, get, list, update, remove', async () => {
  const id = hub.newName('configuration').toLowerCase();
  const content = { deviceContent: { 'properties.desired.led': { colour: 'red' } } };
  await registry.addConfiguration({ id, schemaVersion: '1.0', content, targetCondition: "tags.none = 'x'", priority: 1 });
  const { responseBody: got } = await registry.getConfiguration(id);
  assert.deepStrictEqual(got.content.deviceContent, content.deviceContent);
  assert.ok((await registry.getConfigurations()).responseBody.some((one) => one.id === id));
  got.priority = 7;
  await registry.updateConfiguration(got, true);
  assert.strictEqual((await registry.getConfiguration(id)).responseBody.priority, 7);
  await registry.removeConfiguration(id);
  await assert.rejects(registry.getConfiguration(id));
});

test('configurations: what they say reaches those that fulfil the condition', async () => {
  const id = hub.newName('configuration').toLowerCase();
  const room = hub.newName('room');
  const device = await hub.newDevice();
  await registry.updateTwin(device.id, { tags: { room } }, '*');
  await registry.addConfiguration({ id, schemaVersion: '1.0', targetCondition: `tags.room = '${room}'`, priority: 5,
    content: { deviceContent: { 'properties.desired.led': { colour: 'green' } } } });
  await hub.until(async () => {
    const { properties } = (await registry.getTwin(device.id)).responseBody;
    return properties.desired.led && properties.desired.led.colour === 'green';
  }, 15000);
  await registry.removeConfiguration(id);
}, { timeout: 30000 });

test('configurations: applied to one device at once', async () => {
  const device = await hub.newDevice();
  const answer = await rest('POST', `/devices/${device.id}/applyConfigurationContent`,
    { deviceContent: { 'properties.desired.led': { colour: 'blue' } } });
  assert.ok(answer.status < 300, answer.text);
  assert.strictEqual((await registry.getTwin(device.id)).responseBody.properties.desired.led.colour, 'blue');
});

test('statistics', async () => {
  const { responseBody: devices } = await registry.getRegistryStatistics ? await registry.getRegistryStatistics()
    : { responseBody: (await rest('GET', '/statistics/devices')).body };
  assert.ok(devices.totalDeviceCount > 0);
  const { body } = await rest('GET', '/statistics/service');
  assert.strictEqual(typeof body.connectedDeviceCount, 'number');
});

test('messages to a device: purged', async () => {
  const device = await hub.newDevice();
  for (let i = 0; i < 3; i++) await rest('POST', `/devices/${device.id}/messages/deviceBound`, 'x');
  const answer = await rest('DELETE', `/devices/${device.id}/commands`);
  assert.strictEqual(answer.status, 200);
  assert.strictEqual(answer.body.totalMessagesPurged, 3);
});

test('messages to a device: no more than 50 wait, none larger than 64 KB', async () => {
  const device = await hub.newDevice();
  for (let i = 0; i < 50; i++) assert.ok((await rest('POST', `/devices/${device.id}/messages/deviceBound`, 'x')).status < 300);
  assert.strictEqual((await rest('POST', `/devices/${device.id}/messages/deviceBound`, 'x')).status, 403);
  const other = await hub.newDevice();
  assert.strictEqual((await rest('POST', `/devices/${other.id}/messages/deviceBound`, 'x'.repeat(65537))).status, 413);
});

test('authorization: 401 without a token, with a wrong key, an expired or a foreign token', async () => {
  const parts = Object.fromEntries(hub.owner.split(';').map((one) => one.split(/=(.*)/s)));
  const get = (token) => rest('GET', '/devices/x', undefined, { Authorization: token });
  assert.strictEqual((await get('')).status, 401);
  assert.strictEqual((await get(hub.sas(parts.HostName, Buffer.alloc(32).toString('base64'), 'iothubowner'))).status, 401);
  assert.strictEqual((await get(hub.sas(parts.HostName, parts.SharedAccessKey, 'iothubowner', -10))).status, 401);
  assert.strictEqual((await get(hub.sas('other.example.org', parts.SharedAccessKey, 'iothubowner'))).status, 401);
  assert.strictEqual((await get(hub.sas(parts.HostName, parts.SharedAccessKey, 'service'))).status, 401);
});

test('authorization: each policy may do what it is for', async () => {
  const device = await hub.newDevice();
  const policies = (await rest('GET', '/policies')).body;
  const as = (name, method, path, body) => {
    const { primaryKey } = policies.find((one) => one.keyName === name);
    return rest(method, path, body, { Authorization: hub.sas(hub.init.hostname, primaryKey, name) });
  };
  assert.strictEqual((await as('registryRead', 'GET', `/devices/${device.id}`)).status, 200);
  assert.strictEqual((await as('registryRead', 'PUT', `/devices/${hub.newName()}`, {})).status, 401);
  const id = hub.newName();
  assert.strictEqual((await as('registryReadWrite', 'PUT', `/devices/${id}`, { deviceId: id })).status, 200);
  assert.strictEqual((await as('service', 'GET', `/twins/${device.id}`)).status, 200);
  assert.strictEqual((await as('service', 'GET', `/devices/${device.id}`)).status, 401);
  assert.strictEqual((await as('device', 'GET', `/devices/${device.id}`)).status, 401);
  assert.strictEqual((await as('service', 'GET', '/policies')).status, 401);
});

test('errors: the code tells which', async () => {
  const device = await rest('GET', '/devices/nobody-at-all');
  assert.strictEqual(device.status, 404);
  assert.ok(/DeviceNotFound/.test(device.text));
  assert.strictEqual((await rest('GET', '/nothing/here')).status, 404);
  assert.strictEqual((await rest('POST', '/devices/query', '{')).status, 400);
});

test('metrics, health, audit', async () => {
  assert.strictEqual((await rest('GET', '/health/live', undefined, { Authorization: '' })).status, 200);
  assert.strictEqual((await rest('GET', '/health/ready', undefined, { Authorization: '' })).body.status, 'ready');
  assert.strictEqual((await rest('GET', '/metrics', undefined, { Authorization: '' })).status, 401);
  const { text } = await rest('GET', '/metrics');
  assert.ok(/^duet_hub_telemetry_messages_total \d+$/m.test(text));
  const id = hub.newName();
  await registry.create({ deviceId: id });
  const audit = require('fs').readFileSync(`${process.env.DUET_HUB_DIR}/state/audit.jsonl`, 'utf8');
  const act = audit.trim().split('\n').map((line) => JSON.parse(line)).find((one) => (one.target || '').includes(id));
  assert.ok(act && /iothubowner/.test(act.by), audit.slice(-500));
  assert.ok(!audit.includes('primaryKey'));
});

test('keys: a policy gets a new one, the old one is refused', async () => {
  const before = (await rest('GET', '/policies')).body.find((one) => one.keyName === 'registryRead');
  const answer = await rest('POST', '/policies/registryRead/regenerateKey', { kind: 'primary' });
  assert.strictEqual(answer.status, 200, answer.text);
  assert.notStrictEqual(answer.body.primaryKey, before.primaryKey);
  const get = (key) => rest('GET', '/devices/', undefined, { Authorization: hub.sas(hub.init.hostname, key, 'registryRead') });
  assert.strictEqual((await get(before.primaryKey)).status, 401);
  assert.strictEqual((await get(answer.body.primaryKey)).status, 200);
  assert.strictEqual((await get(before.secondaryKey)).status, 200);
});
