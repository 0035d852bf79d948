// SPDX-License-Identifier: Apache-2.0
// Jobs over azure-iothub.
'use strict';

const { test } = require('./tap');
const hub = require('./hub');
const { assert, registry, iothub } = hub;
const jobs = iothub.JobClient.fromConnectionString(hub.owner);

async function finished(id) {
  return hub.until(async () => {
    const job = await jobs.getJob(id);
    const body = job.jobStatus || job.responseBody || job;
    return ['completed', 'failed', 'cancelled'].includes(body.status) && body;
  }, 20000);
}

async function inRoom(n) {
  const room = hub.newName('room');
  const devices = [];
  for (let i = 0; i < n; i++) {
    const device = await hub.newDevice();
    await registry.updateTwin(device.id, { tags: { room } }, '*');
    devices.push(device);
  }
  return { room, devices };
}

test('jobs: twins of many devices', async () => {
  const { room, devices } = await inRoom(3);
  const id = hub.newName('job');
  await jobs.scheduleTwinUpdate(id, `tags.room = '${room}'`, { etag: '*', properties: { desired: { mode: 'quiet' } } },
    new Date(), 300);
  assert.strictEqual((await finished(id)).status, 'completed');
  for (const device of devices) {
    assert.strictEqual((await registry.getTwin(device.id)).responseBody.properties.desired.mode, 'quiet');
  }
  const rows = (await hub.rest('POST', '/devices/query', { query: `SELECT * FROM devices.jobs WHERE devices.jobs.jobId = '${id}'` })).body;
  assert.strictEqual(rows.length, 3);
}, { timeout: 40000 });

test('jobs: a method of many devices', async (context) => {
  const { room, devices } = await inRoom(2);
  let called = 0;
  for (const device of devices) {
    const client = await hub.open(context, device);
    client.onDeviceMethod('beep', (request, response) => {
      called++;
      response.send(200, null, () => {});
    });
  }
  await hub.sleep(300);
  const id = hub.newName('job');
  await jobs.scheduleDeviceMethod(id, `tags.room = '${room}'`,
    { methodName: 'beep', payload: null, responseTimeoutInSeconds: 10 }, new Date(), 300);
  assert.strictEqual((await finished(id)).status, 'completed');
  assert.strictEqual(called, 2);
}, { timeout: 40000 });

test('jobs: one for later is scheduled and can be cancelled', async () => {
  const id = hub.newName('job');
  await jobs.scheduleTwinUpdate(id, '*', { etag: '*', tags: { never: true } }, new Date(Date.now() + 3600000), 300);
  await jobs.cancelJob(id);
  assert.strictEqual((await finished(id)).status, 'cancelled');
  const { body } = await hub.rest('GET', '/jobs/v2/query');
  assert.ok((body.items || body).some((one) => one.jobId === id));
});
