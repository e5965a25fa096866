// Plain JavaScript of any age, so that an old Node.js gets a sentence instead of a syntax error.
'use strict';
var path = require('path');
var childProcess = require('child_process');

var NEEDED = 20;
var root = path.join(__dirname, '..');

if (Number(process.versions.node.split('.')[0]) < NEEDED) {
  console.error('This needs Node.js ' + NEEDED + ' or later, and this is Node.js ' + process.versions.node + '.');
  process.exit(1);
}
try {
  require.resolve('tsx');
} catch (error) {
  console.error('The dependencies are not installed: run `npm ci` first.');
  process.exit(1);
}

var bundle = childProcess.spawnSync(process.execPath, [require.resolve('projen/bin/projen'), 'bundle'], { cwd: root, encoding: 'utf8' });
if (bundle.status !== 0) {
  console.error('Bundling the handlers failed:\n' + bundle.stdout + bundle.stderr);
  process.exit(1);
}

var script = path.join(__dirname, process.argv[2] + '.ts');
var child = childProcess.spawn(process.execPath, ['--import', 'tsx', script].concat(process.argv.slice(3)), { cwd: root, stdio: 'inherit' });
['SIGINT', 'SIGTERM', 'SIGHUP'].forEach(function (signal) {
  process.on(signal, function () { child.kill(signal); });
});
child.on('exit', function (code, signal) {
  process.exit(code === null ? 128 + (signal === 'SIGINT' ? 2 : 15) : code);
});
