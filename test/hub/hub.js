// SPDX-License-Identifier: Apache-2.0
// The hub under test: its REST interface, signed by hand, and devices for tests.
'use strict';

const assert = require('assert');
const crypto = require('crypto');
const fs = require('fs');
const https = require('https');
const { execFile } = require('child_process');
const { ConnectionString } = require('azure-iot-common');
const { Client } = require('azure-iot-device');
const { Mqtt, MqttWs } = require('azure-iot-device-mqtt');
const iothub = require('azure-iothub');

const init = JSON.parse(fs.readFileSync(process.env.HUB_INIT));
const ca = fs.readFileSync(init.ca_file, 'utf8');
const owner = init.service_connection_string;
const registry = iothub.Registry.fromConnectionString(owner);

function sas(resource, key, policy, seconds = 3600) {
  const se = Math.floor(Date.now() / 1000) + seconds;
  const sr = encodeURIComponent(resource);
  const sig = crypto.createHmac('sha256', Buffer.from(key, 'base64')).update(`${sr}\n${se}`).digest('base64');
  return `SharedAccessSignature sr=${sr}&sig=${encodeURIComponent(sig)}&se=${se}` + (policy ? `&skn=${policy}` : '');
}

function ownerToken(connection = owner) {
  const parts = ConnectionString.parse(connection);
  return sas(parts.HostName, parts.SharedAccessKey, parts.SharedAccessKeyName);
}

// {status, headers, text, body}
function rest(method, path, body, headers = {}) {
  const text = body === undefined ? null : typeof body === 'string' || Buffer.isBuffer(body) ? body : JSON.stringify(body);
  const options = {
    host: init.hostname,
    port: 443,
    method,
    path: path + (path.includes('?') ? '&' : '?') + 'api-version=2021-04-12',
    ca,
    headers: { Authorization: ownerToken(), ...headers },
  };
  if (text !== null) {
    options.headers['Content-Length'] = Buffer.byteLength(text);
    if (!options.headers['Content-Type']) options.headers['Content-Type'] = 'application/json';
  }
  return new Promise((resolve, reject) => {
    const request = https.request(options, (response) => {
      const pieces = [];
      response.on('data', (piece) => pieces.push(piece));
      response.on('end', () => {
        const answer = { status: response.statusCode, headers: response.headers, text: Buffer.concat(pieces).toString() };
        try {
          answer.body = JSON.parse(answer.text);
        } catch (error) {
          answer.body = undefined;
        }
        resolve(answer);
      });
    });
    request.on('error', reject);
    request.end(text === null ? undefined : text);
  });
}

function command(...words) {
  return new Promise((resolve, reject) => {
    execFile(process.env.PROGRAM, words, { maxBuffer: 1 << 24 }, (error, stdout, stderr) => {
      if (error) reject(Object.assign(new Error(`duet-hub ${words.join(' ')}: ${stderr}`), { code: error.code, stderr }));
      else resolve(stdout);
    });
  });
}

let count = 0;

function newName(prefix = 'device') {
  return `${prefix}-${process.pid}-${++count}`;
}

async function newDevice(more = {}) {
  const { responseBody } = await registry.create({ deviceId: newName(), ...more });
  const key = responseBody.authentication.symmetricKey && responseBody.authentication.symmetricKey.primaryKey;
  return {
    id: responseBody.deviceId,
    key,
    identity: responseBody,
    connectionString: `HostName=${init.hostname};DeviceId=${responseBody.deviceId};SharedAccessKey=${key}`,
  };
}

async function open(context, device, transport = Mqtt) {
  const client = Client.fromConnectionString(device.connectionString, transport);
  client.on('error', () => {});
  context.after(() => client.close().catch(() => {}));
  await client.open();
  return client;
}

function sleep(ms) {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

// Asks again until it is true.
async function until(what, ms = 8000) {
  const end = Date.now() + ms;
  let last;
  for (;;) {
    try {
      last = undefined;
      const value = await what();
      if (value) return value;
    } catch (error) {
      last = error;
    }
    if (Date.now() > end) throw last || new Error(`did not happen within ${ms} ms: ${what}`);
    await sleep(50);
  }
}

function once(emitter, event, ms = 8000) {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`no ${event} within ${ms} ms`)), ms);
    emitter.once(event, (...values) => {
      clearTimeout(timer);
      resolve(values.length > 1 ? values : values[0]);
    });
  });
}

// What devices sent, from the telemetry log: those that fulfil the condition.
async function events(query) {
  const { status, body, text } = await rest('GET', `/messages/events?${new URLSearchParams(query)}`);
  assert.strictEqual(status, 200, text);
  return body.events;
}

async function eventOf(deviceId, test = () => true, ms = 8000) {
  return until(async () => (await events({ from: 'first', device: deviceId, max: 1000 })).find(test), ms);
}

module.exports = {
  assert, init, ca, owner, registry, iothub, Client, Mqtt, MqttWs, sas, ownerToken, rest, command, newName, newDevice, open,
  sleep, until, once, events, eventOf,
};
