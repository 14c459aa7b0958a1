export { startFrontend, type Frontend } from './start-frontend.ts';
export { frontendSettings, type FrontendSettings } from './settings.ts';
