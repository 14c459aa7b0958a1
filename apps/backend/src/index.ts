export { createApp } from './app.ts';
export type { Context } from './context.ts';
export { createContext, type OpenContext } from './create-context.ts';
export { backendSettings, type BackendSettings } from './settings.ts';
export { startBackend, type Backend } from './start-backend.ts';
