// SPDX-License-Identifier: Apache-2.0
// Devices that prove who they are by a certificate.
'use strict';

const fs = require('fs');
const os = require('os');
const path = require('path');
const { test } = require('./tap');
const hub = require('./hub');
const { assert, registry } = hub;
const { Message } = require('azure-iot-device');
const { NoRetry } = require('azure-iot-common');

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'hub-certificates-'));
process.on('exit', () => fs.rmSync(folder, { recursive: true, force: true }));

// {cert, key, sha1} signed by the hub's authority
async function issue(name) {
  const prefix = path.join(folder, name);
  const [shown] = JSON.parse(await hub.command('cert', 'issue', name, '--out', prefix));
  return { cert: fs.readFileSync(`${prefix}.pem`, 'utf8'), key: fs.readFileSync(`${prefix}.key`, 'utf8'), sha1: shown.sha1 };
}

async function open(context, deviceId, certificate, transport) {
  const client = hub.Client.fromConnectionString(`HostName=${hub.init.hostname};DeviceId=${deviceId};x509=true`, transport);
  client.on('error', () => {});
  context.after(() => client.close().catch(() => {}));
  client.setRetryPolicy(new NoRetry());
  client.setOptions({ cert: certificate.cert, key: certificate.key });
  await client.open();
  return client;
}

for (const transport of [hub.Mqtt, hub.MqttWs]) {
  const over = (name) => `certificate, ${transport.name}: ${name}`;

  test(over('by its thumbprint'), async (context) => {
    const id = hub.newName('thumb');
    const certificate = await issue(id);
    await registry.create({ deviceId: id, authentication: { type: 'selfSigned',
      x509Thumbprint: { primaryThumbprint: certificate.sha1, secondaryThumbprint: certificate.sha1 } } });
    const client = await open(context, id, certificate, transport);
    await client.sendEvent(new Message('by thumbprint'));
    await hub.eventOf(id, (one) => one.auth === 'x509Thumbprint');
  });

  test(over('signed by an authority'), async (context) => {
    const id = hub.newName('signed');
    const certificate = await issue(id);
    await registry.create({ deviceId: id, authentication: { type: 'certificateAuthority' } });
    const client = await open(context, id, certificate, transport);
    await client.sendEvent(new Message('signed'));
    await hub.eventOf(id, (one) => one.auth === 'x509CertificateAuthority');
  });

  test(over("another's certificate is refused"), async (context) => {
    const id = hub.newName('signed');
    const other = await issue(hub.newName('other'));
    await registry.create({ deviceId: id, authentication: { type: 'certificateAuthority' } });
    await assert.rejects(open(context, id, other, transport));
  });
}
