export * from './fault-proxy.ts';
export * from './versitygw.ts';
