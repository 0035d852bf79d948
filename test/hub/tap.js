// SPDX-License-Identifier: Apache-2.0
// Tests one after the other, their results as TAP. Each may take a while, never for ever.
'use strict';

const tests = [];
let only = null;

function test(name, run, options = {}) {
  tests.push({ name, run, ...options });
}

function withTimeout(promise, ms) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`took longer than ${ms} ms`)), ms);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}

function comment(text) {
  for (const line of String(text).split('\n')) console.log(`  # ${line}`);
}

async function runAll(filter) {
  only = filter ? new RegExp(filter) : null;
  const chosen = tests.filter((one) => !only || only.test(one.name));
  let failed = 0;
  console.log(`1..${chosen.length}`);
  for (const [i, one] of chosen.entries()) {
    const cleanups = [];
    const context = { after: (call) => cleanups.push(call) };
    try {
      await withTimeout(Promise.resolve(one.run(context)), one.timeout || 20000);
      console.log(`ok ${i + 1} - ${one.name}`);
    } catch (error) {
      if (error.skip) {
        console.log(`ok ${i + 1} - ${one.name} # SKIP ${error.skip}`);
      } else {
        failed++;
        console.log(`not ok ${i + 1} - ${one.name}`);
        comment(error.stack || error);
        if (error.responseBody) comment(error.responseBody);
      }
    }
    for (const call of cleanups.reverse()) {
      try {
        await withTimeout(Promise.resolve(call()), 5000);
      } catch (error) {
        comment(`cleaning up: ${error.message}`);
      }
    }
  }
  return failed;
}

function skip(why) {
  const error = new Error(why);
  error.skip = why;
  throw error;
}

module.exports = { test, runAll, skip };
