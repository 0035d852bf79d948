// SPDX-License-Identifier: Apache-2.0
// Each row of the hub's specification as a test; an argument is a pattern of the names that are wanted.
'use strict';

const { runAll } = require('./tap');

for (const part of ['device', 'module', 'certificate', 'provisioning', 'upload', 'service', 'job', 'plain', 'command']) require(`./${part}`);

process.on('unhandledRejection', (error) => console.log(`  # unhandled: ${error && error.message}`));
runAll(process.argv[2]).then((failed) => process.exit(failed ? 1 : 0));
