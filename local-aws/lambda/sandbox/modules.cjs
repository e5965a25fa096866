/** Two modules that are not where the code expects them. */
'use strict';

const http = require('node:http');
const Module = require('node:module');

const CLEANROOMSML_CLIENT = '@aws-sdk/client-cleanroomsml';
const { LOCAL_AWS_CLEANROOMSML_CLIENT: STAND_IN } = process.env;
delete process.env.LOCAL_AWS_CLEANROOMSML_CLIENT;

const load = Module._load;
Module._load = function (request, parent, isMain) {
  // The runtime interface client's native half would have to be compiled.
  if (request === './rapid-client.node') return { done, error };
  // The Lambda runtime provides the real one; the stand-in serves where it is not installed.
  if (request === CLEANROOMSML_CLIENT && !isInstalled(parent)) return load.call(this, STAND_IN, parent, isMain);
  return load.call(this, request, parent, isMain);
};

function isInstalled(parent) {
  try {
    Module._resolveFilename(CLEANROOMSML_CLIENT, parent, false);
    return true;
  } catch {
    return false;
  }
}

function done(requestId, body) {
  post(`${requestId}/response`, body);
}

function error(requestId, body) {
  post(`${requestId}/error`, body);
}

/** The client asks for the next invocation without waiting for this; the embedded AWS keeps the two in order. */
function post(resource, body) {
  const [hostname, port] = process.env.AWS_LAMBDA_RUNTIME_API.split(':');
  const request = http.request(
    { method: 'POST', hostname, port, path: `/2018-06-01/runtime/invocation/${resource}`, headers: { 'content-type': 'application/json' } },
    (response) => response.resume(),
  );
  request.on('error', () => process.exit(1));
  request.end(body);
}
