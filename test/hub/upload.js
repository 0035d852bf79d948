// SPDX-License-Identifier: Apache-2.0
// Files from devices.
'use strict';

const https = require('https');
const crypto = require('crypto');
const { test } = require('./tap');
const hub = require('./hub');
const { assert } = hub;

function put(url, body, headers = {}) {
  return new Promise((resolve, reject) => {
    const request = https.request(url, { method: 'PUT', ca: hub.ca, headers: { 'Content-Length': body.length, ...headers } },
      (response) => {
        response.resume();
        response.on('end', () => resolve(response.statusCode));
      });
    request.on('error', reject);
    request.end(body);
  });
}

async function place(client, name) {
  const info = await client.getBlobSharedAccessSignature(name);
  return { info, url: `https://${info.hostName}/${info.containerName}/${info.blobName}${info.sasToken}` };
}

test('upload: uploadToBlob of the device SDK', async (context) => {
  const device = await hub.newDevice();
  const client = await hub.open(context, device);
  const bytes = crypto.randomBytes(300000);
  const stream = require('stream').Readable.from([bytes]);
  await client.uploadToBlob('log/one.bin', stream, bytes.length);
}, { timeout: 30000 });

test('upload: asked for, put, and told', async (context) => {
  const device = await hub.newDevice();
  const client = await hub.open(context, device);
  const { info, url } = await place(client, 'folder/two.txt');
  assert.ok(info.correlationId);
  assert.strictEqual(await put(url, Buffer.from('hello'), { 'x-ms-blob-type': 'BlockBlob' }), 201);
  await client.notifyBlobUploadStatus(info.correlationId, true, 200, 'done');
});

test('upload: in blocks, as the C SDK does', async (context) => {
  const device = await hub.newDevice();
  const client = await hub.open(context, device);
  const { info, url } = await place(client, 'blocks.bin');
  const ids = ['AAAAAA==', 'AAAAAQ=='];
  for (const id of ids) assert.strictEqual(await put(`${url}&comp=block&blockid=${encodeURIComponent(id)}`, Buffer.alloc(1000, 7)), 201);
  const list = `<?xml version="1.0" encoding="utf-8"?><BlockList>${ids.map((id) => `<Latest>${id}</Latest>`).join('')}</BlockList>`;
  assert.strictEqual(await put(`${url}&comp=blocklist`, Buffer.from(list)), 201);
  await client.notifyBlobUploadStatus(info.correlationId, true, 200, 'done');
});

test('upload: another signature is refused', async (context) => {
  const device = await hub.newDevice();
  const client = await hub.open(context, device);
  const { url } = await place(client, 'three.txt');
  assert.strictEqual(await put(url.replace(/sig=[^&]{6}/, 'sig=AAAAAA'), Buffer.from('x')), 403);
});
