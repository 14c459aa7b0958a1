import type { ProblemCode } from '@buildsrs/common';

/** For each problem, what it means and what to do; shown at its `type`. */
export const PROBLEM_ADVICE: Readonly<Record<ProblemCode, string>> = {
  'invalid-request':
    'A parameter or the body does not have the form the API reference gives it. The member "issues" names each fault.',
  unauthorized: 'The request needs the token of a running build in the Authorization header, as Bearer.',
  forbidden: 'The token belongs to another build than the one in the URL.',
  'not-found': 'The URL leads nowhere. The API reference lists all that there are.',
  'crate-not-found':
    'No crate of this name is known here. The member "suggestions" has the nearest names; a crate that was just published appears after the next synchronisation with the registry.',
  'version-not-found': 'The crate is known, but not in this version. Its page lists all versions.',
  'task-not-found': 'No task has this number.',
  'build-not-found': 'No build has this id.',
  'artifact-not-found': 'No published file has this name. The page of the version lists all of them.',
  'not-built': 'This can be built but is not built yet. POST /api/v1/requests asks for it.',
  'method-not-allowed': 'The URL exists, but not with this method. The header Allow names those it has.',
  'lease-lost':
    'The builder was silent for longer than its lease, or the build ended: another builder may have the task now. Stop the build; what it made is not used.',
  'no-builder': 'No enrolled builder offers this target, so the task would wait for ever.',
  'no-binaries':
    'The crate is a library, or its programs need features that are not on by default. There is nothing to build.',
  'opted-out':
    'The author of the crate, or the operator of this instance, does not want it to be built here. An author can take that back in the manifest of the next version.',
  'upgrade-required':
    'Builders open a WebSocket here, with the subprotocol builds.rs.v1. A plain request finds nothing.',
  'version-yanked':
    'The version was withdrawn by its author. It is built only when it is asked for by its exact number.',
  'too-large': 'The body is larger than it may be.',
  'range-not-satisfiable': 'The Range header asks for bytes behind the end. Content-Range has the length.',
  'digest-mismatch':
    'The bytes that came have another sha256 or length than was announced. Nothing was kept; send them again.',
  'too-many-requests': 'Too many requests came from one address. The header Retry-After says when to go on.',
  internal: 'This is our fault, not yours. The member "instance" names the request in the log of the server.',
  unavailable:
    'Something this needs is out of reach for the moment. The header Retry-After says when to try again.',
  'storage-full': 'There is no room for the file. The operator has to make some.',
};
