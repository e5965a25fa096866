/** Nothing leaves the machine. The hosts that custom resources answer to are found at the embedded AWS. */
'use strict';

const http = require('node:http');
const https = require('node:https');
const net = require('node:net');
const { urlToHttpOptions } = require('node:url');

const RESPONSE_HOST = /^cloudformation-custom-resource-response-[a-z0-9-]+\.s3[a-z0-9.-]*\.amazonaws\.com(\.cn)?$/;
const LOOPBACK = /^(localhost|127\.\d+\.\d+\.\d+|::1)$/;

const { hostname, port } = new URL(process.env.AWS_ENDPOINT_URL);
const secureRequest = https.request;

https.request = function request(...args) {
  const first = args[0];
  const fromUrl = typeof first === 'string' || first instanceof URL ? urlToHttpOptions(new URL(first)) : undefined;
  const rest = fromUrl ? args.slice(1) : args;
  const options = { ...fromUrl, ...(typeof rest[0] === 'object' ? rest[0] : undefined) };
  const host = options.hostname ?? options.host ?? '';
  if (!RESPONSE_HOST.test(host)) return secureRequest.apply(this, args);
  return http.request(
    // The path is signed for the original host, so that is the one to name.
    { ...options, protocol: 'http:', agent: undefined, host: hostname, hostname, port, headers: { ...options.headers, host } },
    rest.find((argument) => typeof argument === 'function'),
  );
};
https.get = function get(...args) {
  const request = https.request(...args);
  request.end();
  return request;
};
const connect = net.Socket.prototype.connect;
net.Socket.prototype.connect = function guarded(...args) {
  const host = destination(args);
  if (host === undefined || LOOPBACK.test(host)) return connect.apply(this, args);
  const refusal = new Error(`connect ECONNREFUSED ${host}: functions of the embedded AWS reach nothing but the embedded AWS`);
  process.nextTick(() => this.destroy(Object.assign(refusal, { code: 'ECONNREFUSED', syscall: 'connect', address: host })));
  return this;
};

/** The host of a `connect(options)` or `connect(port, host)`; nothing for pipes and for the default, which is loopback. */
function destination(args) {
  // Node.js's own callers pass the arguments already normalised, as one array.
  const [target, host] = Array.isArray(args[0]) ? args[0] : args;
  if (typeof target === 'object' && target !== null) return target.path ? undefined : target.host;
  return typeof host === 'string' ? host : undefined;
}
