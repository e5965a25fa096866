/** The process tells the embedded AWS's time, which comes with each of its answers and runs on with the wall in between. */
'use strict';

const { subscribe } = require('node:diagnostics_channel');
const http = require('node:http');
const timers = require('node:timers/promises');

const WallDate = Date;
let ahead = 0;

// Published before the code that made the request sees the answer.
subscribe('http.client.response.finish', ({ response }) => {
  const now = Number(response.headers['x-local-aws-now']);
  if (now > 0) ahead = now - WallDate.now();
});

const now = () => WallDate.now() + ahead;

globalThis.Date = new Proxy(WallDate, {
  construct: (target, args, newTarget) => Reflect.construct(target, args.length === 0 ? [now()] : args, newTarget),
  apply: () => new WallDate(now()).toString(),
  get: (target, key, receiver) => (key === 'now' ? now : Reflect.get(target, key, receiver)),
});
WallDate.prototype.constructor = globalThis.Date;

// While a function works, the embedded AWS's time may stand still: whoever means to wait lets it pass.
timers.setTimeout = (milliseconds, value) => new Promise((resolve, reject) => {
  const headers = { 'x-local-aws-pause': milliseconds };
  const request = http.request(process.env.AWS_ENDPOINT_URL, { method: 'POST', headers }, (response) => {
    response.resume().on('end', () => resolve(value));
  });
  request.on('error', reject).end();
});
