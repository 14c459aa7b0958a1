export { Agent, type AgentOptions } from './agent.ts';
export { connectUrlOf, webSocketConnector, type Connector } from './connect.ts';
export type { JobRunner, RunContext } from './job-runner.ts';
export { uploadArtifact } from './upload-artifact.ts';
export { spaceOf, type MinimumFree } from './free-space.ts';
