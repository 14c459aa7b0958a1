/** The version of this protocol, in `hello` and in the WebSocket subprotocol. */
export const PROTOCOL_VERSION = 1;

/** The WebSocket subprotocol both sides must name (RFC 6455 §1.9). */
export const SUBPROTOCOL = 'builds.rs.v1';

/** Where a backend listens for builders, below its base URL. */
export const CONNECT_PATH = '/api/v1/builders/connect';

/** The namespace of the builder's signature (PROTOCOL.sshsig): a signature made for anything else never fits. */
export const AUTH_NAMESPACE = 'builder-auth@builds.rs';

/** The namespace of the scheduler's signature of a job. */
export const JOB_NAMESPACE = 'job@builds.rs';

/** Bytes of one text frame, in UTF-8. A WebSocket library should be told the same limit. */
export const MAX_FRAME_BYTES = 1024 * 1024;

/** Bytes of one frame before the builder is authenticated: a stranger may not make us parse a megabyte. */
export const MAX_EARLY_FRAME_BYTES = 16 * 1024;

/** How deep arrays and objects may nest in a frame. The deepest message of ours has 7 levels. */
export const MAX_FRAME_DEPTH = 16;

/** Bytes of log in one `log` message, before base64. */
export const MAX_LOG_CHUNK_BYTES = 64 * 1024;

/** Bytes of log of one build that may be under way: sent and not yet answered by `logged`. */
export const LOG_WINDOW_BYTES = 1024 * 1024;

/** The most builds one builder may ask to have at once. */
export const MAX_SLOTS = 256;
