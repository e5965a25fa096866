// Plain JavaScript of any age, so that an old Node.js gets a sentence instead of a syntax error.
'use strict';
var path = require('path');
var childProcess = require('child_process');

// The first one with AbortSignal.any.
var NEEDED = [20, 3];
var INTERRUPTED = {
  'demo': 'The demo was interrupted, and nothing of it is left running.',
  'cli': 'The embedded AWS has stopped, and everything in it is gone.',
};
var EXIT_CODES = { SIGHUP: 129, SIGINT: 130, SIGTERM: 143 };

var root = path.join(__dirname, '..');
var command = process.argv[2];
var child;
var interrupted;

if (isOld(process.versions.node.split('.').map(Number))) {
  fail('This needs Node.js ' + NEEDED.join('.') + ' or later, and this is Node.js ' + process.versions.node + '.');
}
try {
  require.resolve('tsx/cjs');
} catch (error) {
  fail('The dependencies are not installed: run `npm ci` first.');
}

Object.keys(EXIT_CODES).forEach(function (signal) {
  process.on(signal, function () {
    if (child) child.kill(signal);
    else if (interrupted) killBundling();
    interrupted = interrupted || signal;
  });
});

var output = '';
// Bundling is left to end, which it does in a moment: killed alone it would leave its own processes. In a group of its own a terminal's
// Ctrl-C does not reach it either; it would look like a failure where it ends before the signal arrives here.
var bundling = childProcess.spawn(process.execPath, [require.resolve('projen/bin/projen'), 'bundle'], {
  cwd: root, stdio: ['ignore', 'pipe', 'pipe'], detached: true, windowsHide: true,
});
console.log('Bundling the handlers.');
[bundling.stdout, bundling.stderr].forEach(function (stream) {
  stream.on('data', function (chunk) { output += chunk; });
});
bundling.on('close', function (code) {
  if (interrupted) end(EXIT_CODES[interrupted]);
  if (code !== 0) fail('Bundling the handlers failed:\n' + output);
  start();
});

function isOld(version) {
  return version[0] < NEEDED[0] || (version[0] === NEEDED[0] && version[1] < NEEDED[1]);
}

/** Whoever interrupts again does not want to wait. */
function killBundling() {
  try {
    process.kill(-bundling.pid, 'SIGKILL');
  } catch (error) {
    // It has ended by itself.
  }
}

function start() {
  // Not `--import tsx`, which needs Node.js 20.6.
  var args = ['--require', 'tsx/cjs', path.join(__dirname, command + '.ts')].concat(process.argv.slice(3));
  child = childProcess.spawn(process.execPath, args, { cwd: root, stdio: 'inherit' });
  child.on('exit', function (code, signal) {
    end(signal ? EXIT_CODES[signal] || 1 : code);
  });
}

function end(code) {
  if (code > 128) console.log('\n' + INTERRUPTED[command]);
  process.exit(code);
}

function fail(sentence) {
  console.error(sentence);
  process.exit(1);
}
