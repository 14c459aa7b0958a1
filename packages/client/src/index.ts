export type { ApiClient, BuildLog, LogRange, Page } from './api-client.ts';
export { createClient, type ClientOptions, type FetchLike } from './create-client.ts';
export { everyItem } from './every-item.ts';
export type { BuildFollowEvent, FollowOptions } from './follow-build.ts';
export { apiPath, type ApiPath } from './api-path.ts';
