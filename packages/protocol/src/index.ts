export * from './backend-hooks.ts';
export * from './backend-session.ts';
export * from './channel.ts';
export * from './clock.ts';
export * from './close-codes.ts';
export * from './limits.ts';
export * from './messages.ts';
