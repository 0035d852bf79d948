// SPDX-License-Identifier: Apache-2.0
// Devices that register themselves (DPS), over MQTT.
'use strict';

const crypto = require('crypto');
const fs = require('fs');
const os = require('os');
const path = require('path');
const { test } = require('./tap');
const hub = require('./hub');
const { assert, registry } = hub;
const { Message } = require('azure-iot-device');
const { ProvisioningDeviceClient } = require('azure-iot-provisioning-device');
const { Mqtt, MqttWs } = require('azure-iot-provisioning-device-mqtt');
const { SymmetricKeySecurityClient } = require('azure-iot-security-symmetric-key');
const { X509Security } = require('azure-iot-security-x509');

const scope = /id_scope: "([^"]+)"/.exec(fs.readFileSync(path.join(process.env.DUET_HUB_DIR, 'hub.yaml'), 'utf8'))[1];
const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'hub-provisioning-'));
process.on('exit', () => fs.rmSync(folder, { recursive: true, force: true }));

function register(security, transport, payload) {
  const client = ProvisioningDeviceClient.create(hub.init.hostname, scope, transport, security);
  if (payload) client.setProvisioningPayload(payload);
  return client.register();
}

function symmetricKey() {
  return crypto.randomBytes(32).toString('base64');
}

function derive(key, id) {
  return crypto.createHmac('sha256', Buffer.from(key, 'base64')).update(id).digest('base64');
}

async function enroll(kind, id, attestation, more = {}) {
  const name = kind === 'enrollments' ? 'registrationId' : 'enrollmentGroupId';
  const answer = await hub.rest('PUT', `/${kind}/${id}`, { [name]: id, attestation, ...more });
  assert.strictEqual(answer.status, 200, answer.text);
  return answer.body;
}

async function issue(name) {
  const prefix = path.join(folder, name);
  await hub.command('cert', 'issue', name, '--out', prefix);
  return { cert: fs.readFileSync(`${prefix}.pem`, 'utf8'), key: fs.readFileSync(`${prefix}.key`, 'utf8') };
}

for (const transport of [Mqtt, MqttWs]) {
  const over = (name) => `provisioning, ${transport.name}: ${name}`;

  test(over('individual enrolment, symmetric key; then it connects'), async (context) => {
    const id = hub.newName('enrolled');
    const primaryKey = symmetricKey();
    await enroll('enrollments', id, { type: 'symmetricKey', symmetricKey: { primaryKey, secondaryKey: symmetricKey() } },
      { initialTwin: { tags: { floor: 2 }, properties: { desired: { led: 'on' } } } });
    const result = await register(new SymmetricKeySecurityClient(id, primaryKey), new transport());
    assert.strictEqual(result.assignedHub, hub.init.hostname);
    assert.strictEqual(result.deviceId, id);
    assert.strictEqual(result.status, 'assigned');
    const { responseBody: twin } = await registry.getTwin(id);
    assert.strictEqual(twin.tags.floor, 2);
    assert.strictEqual(twin.properties.desired.led, 'on');
    const client = await hub.open(context, { connectionString:
      `HostName=${result.assignedHub};DeviceId=${result.deviceId};SharedAccessKey=${primaryKey}` });
    await client.sendEvent(new Message('registered'));
    await hub.eventOf(id);
  }, { timeout: 30000 });

  test(over('enrolment group, derived key; the same device again'), async () => {
    const group = hub.newName('group');
    const id = hub.newName('member');
    const primaryKey = symmetricKey();
    await enroll('enrollmentGroups', group, { type: 'symmetricKey', symmetricKey: { primaryKey, secondaryKey: symmetricKey() } });
    const first = await register(new SymmetricKeySecurityClient(id, derive(primaryKey, id)), new transport());
    const again = await register(new SymmetricKeySecurityClient(id, derive(primaryKey, id)), new transport());
    assert.strictEqual(first.deviceId, id);
    assert.strictEqual(again.deviceId, first.deviceId);
    assert.ok((await registry.get(id)).responseBody);
  }, { timeout: 30000 });

  test(over('X.509, individual'), async () => {
    const id = hub.newName('x509');
    const certificate = await issue(id);
    await enroll('enrollments', id, { type: 'x509', x509: { clientCertificates: { primary: { certificate: certificate.cert } } } });
    const result = await register(new X509Security(id, certificate), new transport());
    assert.strictEqual(result.deviceId, id);
  }, { timeout: 30000 });

  test(over('X.509, a group by the authority that signed'), async () => {
    const group = hub.newName('signers');
    const id = hub.newName('signed');
    const certificate = await issue(id);
    await enroll('enrollmentGroups', group, { type: 'x509', x509: { signingCertificates: { primary: { certificate: hub.ca } } } });
    const result = await register(new X509Security(id, certificate), new transport());
    assert.strictEqual(result.deviceId, id);
    await hub.rest('DELETE', `/enrollmentGroups/${group}`, undefined, { 'If-Match': '"*"' });
  }, { timeout: 30000 });

  test(over('a wrong key, a disabled enrolment and nobody are refused'), async () => {
    const id = hub.newName('refused');
    const primaryKey = symmetricKey();
    await enroll('enrollments', id, { type: 'symmetricKey', symmetricKey: { primaryKey, secondaryKey: primaryKey } },
      { provisioningStatus: 'disabled' });
    await assert.rejects(register(new SymmetricKeySecurityClient(id, primaryKey), new transport()));
    await assert.rejects(register(new SymmetricKeySecurityClient(id, symmetricKey()), new transport()));
    await assert.rejects(register(new SymmetricKeySecurityClient(hub.newName('nobody'), primaryKey), new transport()));
  }, { timeout: 40000 });
}
