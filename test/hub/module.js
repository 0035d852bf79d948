// SPDX-License-Identifier: Apache-2.0
// Modules: identities of their own within a device.
'use strict';

const { test } = require('./tap');
const hub = require('./hub');
const { assert, registry, iothub } = hub;
const { Message, ModuleClient } = require('azure-iot-device');
const service = iothub.Client.fromConnectionString(hub.owner);

async function newModule() {
  const device = await hub.newDevice();
  const { responseBody } = await registry.addModule({ deviceId: device.id, moduleId: 'm1' });
  return { device, connectionString: `HostName=${hub.init.hostname};DeviceId=${device.id};ModuleId=m1;` +
    `SharedAccessKey=${responseBody.authentication.symmetricKey.primaryKey}` };
}

async function open(context, module, transport) {
  const client = ModuleClient.fromConnectionString(module.connectionString, transport);
  client.on('error', () => {});
  context.after(() => client.close().catch(() => {}));
  await client.open();
  return client;
}

for (const transport of [hub.Mqtt, hub.MqttWs]) {
  const over = (name) => `module, ${transport.name}: ${name}`;

  test(over('telemetry, and its output'), async (context) => {
    const module = await newModule();
    const client = await open(context, module, transport);
    await client.sendEvent(new Message('from a module'));
    const event = await hub.eventOf(module.device.id);
    assert.strictEqual(event.moduleId, 'm1');
    await client.sendOutputEvent('out1', new Message('through an output'));
    const other = await hub.eventOf(module.device.id, (one) => one.body === 'through an output');
    assert.strictEqual(other.systemProperties.outputName, 'out1');
  });

  test(over('twin of its own'), async (context) => {
    const module = await newModule();
    const client = await open(context, module, transport);
    const twin = await client.getTwin();
    await new Promise((resolve, reject) => twin.properties.reported.update({ from: 'module' },
      (error) => (error ? reject(error) : resolve())));
    const { responseBody: theirs } = await registry.getModuleTwin(module.device.id, 'm1');
    assert.strictEqual(theirs.properties.reported.from, 'module');
    const { responseBody: ofDevice } = await registry.getTwin(module.device.id);
    assert.strictEqual(ofDevice.properties.reported.from, undefined);
    const seen = [];
    twin.on('properties.desired', (delta) => seen.push(JSON.parse(JSON.stringify(delta))));
    await hub.sleep(300);
    await theirs.update({ properties: { desired: { level: 2 } } });
    await hub.until(() => seen.some((delta) => delta.level === 2));
  });

  test(over('method'), async (context) => {
    const module = await newModule();
    const client = await open(context, module, transport);
    client.onMethod('reset', (request, response) => response.send(200, { done: true }, () => {}));
    await hub.sleep(300);
    const { result } = await service.invokeDeviceMethod(module.device.id, 'm1',
      { methodName: 'reset', payload: null, responseTimeoutInSeconds: 15 });
    assert.deepStrictEqual(result, { status: 200, payload: { done: true } });
  });

  test(over('device and module are connected side by side'), async (context) => {
    const module = await newModule();
    const client = await open(context, module, transport);
    const device = await hub.open(context, module.device, transport);
    await device.sendEvent(new Message('device'));
    await client.sendEvent(new Message('module'));
    await hub.eventOf(module.device.id, (one) => one.body === 'device' && !one.moduleId);
    await hub.eventOf(module.device.id, (one) => one.body === 'module' && one.moduleId === 'm1');
  });
}
