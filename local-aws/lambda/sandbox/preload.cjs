/**
 * What a function's process loads before the runtime interface client: it makes a plain Node.js process look like
 * AWS Lambda to the code in it, and the embedded AWS like the whole world.
 */
'use strict';

const { syncBuiltinESMExports } = require('node:module');

require('./time.cjs');
require('./network.cjs');
require('./modules.cjs');
// For code that imports what is replaced.
syncBuiltinESMExports();

// The embedded AWS holds the other end. When it is gone, for whatever reason, nobody waits for an answer.
process.stdin.resume().on('close', () => process.exit());
