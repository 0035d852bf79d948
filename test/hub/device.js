// SPDX-License-Identifier: Apache-2.0
// The table of devices' functions, over MQTT and over MQTT in WebSocket.
'use strict';

const { test } = require('./tap');
const hub = require('./hub');
const { assert, registry, iothub } = hub;
const { Message } = require('azure-iot-device');
const service = iothub.Client.fromConnectionString(hub.owner);

async function send(deviceId, body, headers = {}) {
  const answer = await hub.rest('POST', `/devices/${deviceId}/messages/deviceBound`, body, headers);
  assert.ok([200, 201, 202, 204].includes(answer.status), `${answer.status} ${answer.text}`);
  return answer;
}

function nextMessage(client) {
  return hub.once(client, 'message');
}

// A handler is there before the subscription is acknowledged.
async function listen(client, onMessage) {
  client.on('message', onMessage);
  await hub.sleep(300);
}

for (const transport of [hub.Mqtt, hub.MqttWs]) {
  const over = (name) => `${transport.name}: ${name}`;
  const open = (context, device) => hub.open(context, device, transport);

  test(over('CONNECT with SAS; the twin says connected, then disconnected'), async (context) => {
    const device = await hub.newDevice();
    const client = await open(context, device);
    await hub.until(async () => (await registry.get(device.id)).responseBody.connectionState === 'Connected');
    await client.close();
    await hub.until(async () => (await registry.get(device.id)).responseBody.connectionState === 'Disconnected');
  });

  test(over('telemetry with all properties'), async (context) => {
    const device = await hub.newDevice();
    const client = await open(context, device);
    const message = new Message(JSON.stringify({ temperature: 21.5, unit: '°C' }));
    message.messageId = 'm 1/&=ü';
    message.correlationId = 'c-1';
    message.userId = 'u-1';
    message.contentType = 'application/json';
    message.contentEncoding = 'utf-8';
    message.properties.add('alert', 'true');
    message.properties.add('a key with = & ü', 'a value with = & 好');
    message.properties.add('empty', '');
    await client.sendEvent(message);
    const event = await hub.eventOf(device.id);
    assert.deepStrictEqual(event.body, { temperature: 21.5, unit: '°C' });
    assert.strictEqual(event.systemProperties.messageId, 'm 1/&=ü');
    assert.strictEqual(event.systemProperties.correlationId, 'c-1');
    assert.strictEqual(event.systemProperties.userId, 'u-1');
    assert.strictEqual(event.systemProperties.contentType, 'application/json');
    assert.strictEqual(event.systemProperties.contentEncoding, 'utf-8');
    assert.strictEqual(event.properties.alert, 'true');
    assert.strictEqual(event.properties['a key with = & ü'], 'a value with = & 好');
    assert.strictEqual(event.properties.empty, '');
    assert.strictEqual(event.deviceId, device.id);
    assert.strictEqual(event.source, 'Telemetry');
  });

  test(over('telemetry of 255 KB, and bytes that are no text'), async (context) => {
    const device = await hub.newDevice();
    const client = await open(context, device);
    const bytes = Buffer.alloc(255 * 1024, 0xfe);
    await client.sendEvent(new Message(bytes));
    const event = await hub.eventOf(device.id);
    assert.strictEqual(event.bodyType, 'base64');
    assert.ok(Buffer.from(event.body, 'base64').equals(bytes));
  });

  test(over('telemetry: a hundred at once arrive in order'), async (context) => {
    const device = await hub.newDevice();
    const client = await open(context, device);
    await Promise.all([...Array(100).keys()].map((i) => client.sendEvent(new Message(String(i)))));
    const all = await hub.until(async () => {
      const list = await hub.events({ from: 'first', device: device.id, max: 1000 });
      return list.length >= 100 && list;
    });
    assert.deepStrictEqual(all.map((one) => one.body), [...Array(100).keys()]);
  });

  test(over('message to the device: body, properties, completion, feedback'), async (context) => {
    const device = await hub.newDevice();
    const client = await open(context, device);
    const got = new Promise((resolve) => client.on('message', (message) => {
      client.complete(message, () => resolve(message));
    }));
    await hub.sleep(300);
    const id = hub.newName('message');
    await send(device.id, 'hello 好', { 'iothub-contenttype': 'text/plain', 'iothub-messageid': id, 'iothub-ack': 'full',
      'iothub-app-colour': 'red & green' });
    const message = await got;
    assert.strictEqual(message.data.toString(), 'hello 好');
    assert.strictEqual(message.messageId, id);
    assert.strictEqual(message.properties.getValue('colour'), 'red & green');
    const record = await hub.until(async () => {
      const answer = await hub.rest('GET', '/messages/serviceBound/feedback');
      if (answer.status !== 200) return null;
      const lock = answer.headers.etag.replace(/"/g, '');
      assert.ok((await hub.rest('DELETE', `/messages/serviceBound/feedback/${lock}`)).status < 300);
      return answer.body.find((one) => one.originalMessageId === id);
    });
    assert.strictEqual(record.statusCode, 'Success');
    assert.strictEqual(record.deviceId, device.id);
  });

  test(over('messages that waited while it was away come when it connects, in order'), async (context) => {
    const device = await hub.newDevice();
    for (let i = 0; i < 3; i++) await send(device.id, `waiting ${i}`, { 'iothub-contenttype': 'text/plain' });
    const twin = await hub.rest('GET', `/devices/${device.id}`);
    assert.strictEqual(twin.body.cloudToDeviceMessageCount, 3);
    const client = await open(context, device);
    const got = [];
    client.on('message', (message) => client.complete(message, () => got.push(message.data.toString())));
    await hub.until(() => got.length === 3);
    assert.deepStrictEqual(got, ['waiting 0', 'waiting 1', 'waiting 2']);
    await hub.until(async () => (await registry.get(device.id)).responseBody.cloudToDeviceMessageCount === 0);
  });

  test(over('twin: read without tags'), async (context) => {
    const device = await hub.newDevice();
    const { responseBody: before } = await registry.getTwin(device.id);
    await before.update({ tags: { room: 'kitchen' }, properties: { desired: { led: { on: true } } } });
    const client = await open(context, device);
    const twin = await client.getTwin();
    assert.deepStrictEqual(twin.properties.desired.led, { on: true });
    assert.strictEqual(twin.properties.desired.$version, 2);
    assert.strictEqual(twin.properties.reported.$version, 1);
    assert.strictEqual(twin.tags, undefined);
  });

  test(over('twin: reported properties merge, null removes; metadata and version'), async (context) => {
    const device = await hub.newDevice();
    const client = await open(context, device);
    const twin = await client.getTwin();
    const report = (patch) => new Promise((resolve, reject) =>
      twin.properties.reported.update(patch, (error) => (error ? reject(error) : resolve())));
    await report({ a: { b: 1, c: 2 }, gone: 'soon' });
    await report({ a: { b: 3 }, gone: null });
    const { responseBody: seen } = await registry.getTwin(device.id);
    const reported = seen.properties.reported;
    assert.deepStrictEqual(reported.a, { b: 3, c: 2 });
    assert.strictEqual(reported.gone, undefined);
    assert.strictEqual(reported.$version, 3);
    assert.ok(/^\d{4}-\d\d-\d\dT/.test(reported.$metadata.a.b.$lastUpdated));
    assert.ok(reported.$metadata.$lastUpdated >= reported.$metadata.a.c.$lastUpdated);
  });

  test(over('twin: what breaks the limits is refused with a reason'), async (context) => {
    const device = await hub.newDevice();
    const client = await open(context, device);
    const twin = await client.getTwin();
    const report = (patch) => new Promise((resolve, reject) =>
      twin.properties.reported.update(patch, (error) => (error ? reject(error) : resolve())));
    await assert.rejects(report({ 'a.b': 1 }));
    await assert.rejects(report({ long: 'x'.repeat(4097) }));
    await report({ fine: 1 });
  });

  test(over('twin: desired changes arrive, and only once'), async (context) => {
    const device = await hub.newDevice();
    const client = await open(context, device);
    const twin = await client.getTwin();
    const seen = [];
    twin.on('properties.desired', (delta) => seen.push(JSON.parse(JSON.stringify(delta))));
    await hub.sleep(300);
    const { responseBody: theirs } = await registry.getTwin(device.id);
    await theirs.update({ properties: { desired: { interval: 5 } } });
    await hub.until(() => seen.some((delta) => delta.interval === 5));
    const delta = seen.find((one) => one.interval === 5);
    assert.strictEqual(delta.$version, 2);
    await hub.sleep(200);
    assert.strictEqual(seen.filter((one) => one.interval === 5).length, 1);
  });

  test(over('method: called with a payload, answered with one'), async (context) => {
    const device = await hub.newDevice();
    const client = await open(context, device);
    client.onDeviceMethod('greet', (request, response) => {
      response.send(201, { hello: request.payload.name }, () => {});
    });
    await hub.sleep(300);
    const { result } = await service.invokeDeviceMethod(device.id, { methodName: 'greet', payload: { name: '好' },
      responseTimeoutInSeconds: 15 });
    assert.strictEqual(result.status, 201);
    assert.deepStrictEqual(result.payload, { hello: '好' });
  });

  test(over('method: ten at once, each with its own answer'), async (context) => {
    const device = await hub.newDevice();
    const client = await open(context, device);
    client.onDeviceMethod('double', (request, response) => response.send(200, request.payload * 2, () => {}));
    await hub.sleep(300);
    const answers = await Promise.all([...Array(10).keys()].map((i) =>
      service.invokeDeviceMethod(device.id, { methodName: 'double', payload: i, responseTimeoutInSeconds: 15 })));
    assert.deepStrictEqual(answers.map((one) => one.result.payload), [...Array(10).keys()].map((i) => i * 2));
  });

  test(over('method: a device that does not answer in time is 504'), async (context) => {
    const device = await hub.newDevice();
    const client = await open(context, device);
    client.onDeviceMethod('silent', () => {});
    await hub.sleep(300);
    const answer = await hub.rest('POST', `/twins/${device.id}/methods`,
      { methodName: 'silent', payload: null, responseTimeoutInSeconds: 5 });
    assert.strictEqual(answer.status, 504, answer.text);
  });

  test(over('a second connection with the same id ends the first'), async (context) => {
    const device = await hub.newDevice();
    const first = await open(context, device);
    const lost = hub.once(first, 'disconnect', 10000);
    first.setRetryPolicy(new (require('azure-iot-common').NoRetry)());
    const second = await open(context, device);
    await lost;
    await second.sendEvent(new Message('still here'));
  });

  test(over('a wrong key is refused as unauthorized'), async (context) => {
    const device = await hub.newDevice();
    const other = await hub.newDevice();
    const client = hub.Client.fromConnectionString(
      `HostName=${hub.init.hostname};DeviceId=${device.id};SharedAccessKey=${other.key}`, transport);
    client.on('error', () => {});
    context.after(() => client.close().catch(() => {}));
    client.setRetryPolicy(new (require('azure-iot-common').NoRetry)());
    await assert.rejects(client.open(), (error) => error.name === 'UnauthorizedError');
  });

  test(over('a device that is disabled is put out and not let in again'), async (context) => {
    const device = await hub.newDevice();
    const client = await open(context, device);
    client.setRetryPolicy(new (require('azure-iot-common').NoRetry)());
    const lost = hub.once(client, 'disconnect', 10000);
    await registry.update({ ...device.identity, status: 'disabled' });
    await lost;
    const again = hub.Client.fromConnectionString(device.connectionString, transport);
    again.on('error', () => {});
    context.after(() => again.close().catch(() => {}));
    again.setRetryPolicy(new (require('azure-iot-common').NoRetry)());
    await assert.rejects(again.open());
  });

  test(over('the secondary key, and a token of a policy'), async (context) => {
    const device = await hub.newDevice();
    const secondary = device.identity.authentication.symmetricKey.secondaryKey;
    const client = await open(context, { connectionString:
      `HostName=${hub.init.hostname};DeviceId=${device.id};SharedAccessKey=${secondary}` });
    await client.sendEvent(new Message('secondary'));
    await client.close();
    const policy = (await hub.rest('GET', '/policies')).body.find((one) => one.keyName === 'device');
    const token = hub.sas(`${hub.init.hostname}/devices/${device.id}`, policy.primaryKey, 'device');
    const other = hub.Client.fromSharedAccessSignature(token, transport);
    other.on('error', () => {});
    context.after(() => other.close().catch(() => {}));
    await other.open();
    await other.sendEvent(new Message('policy'));
    await hub.eventOf(device.id, (one) => one.body === 'policy' && one.auth === 'policy');
  });

  test(over('a connection ends when its token expires'), async (context) => {
    const device = await hub.newDevice();
    const token = hub.sas(`${hub.init.hostname}/devices/${device.id}`, device.key, null, 3);
    const client = hub.Client.fromSharedAccessSignature(token, transport);
    client.on('error', () => {});
    context.after(() => client.close().catch(() => {}));
    client.setRetryPolicy(new (require('azure-iot-common').NoRetry)());
    await client.open();
    const begin = Date.now();
    await hub.once(client, 'disconnect', 12000);
    assert.ok(Date.now() - begin > 1000);
  });

  test(over('a connection goes on with a renewed token'), async (context) => {
    const device = await hub.newDevice();
    const resource = `${hub.init.hostname}/devices/${device.id}`;
    const client = hub.Client.fromSharedAccessSignature(hub.sas(resource, device.key, null, 4), transport);
    client.on('error', () => {});
    context.after(() => client.close().catch(() => {}));
    await client.open();
    await client.updateSharedAccessSignature(hub.sas(resource, device.key, null, 3600));
    await hub.sleep(6000);
    await client.sendEvent(new Message('renewed'));
    await hub.eventOf(device.id, (one) => one.body === 'renewed');
  });
}
