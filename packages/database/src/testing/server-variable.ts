/** The variable by which workers learn where to ask for the server of the run. */
export const SERVER_VARIABLE = 'BUILDSRS_TEST_DATABASE_SERVER';

/** The database every test database is a copy of. */
export const TEMPLATE = 'buildsrs_template';

/** The URL of another database of the same server. */
export function withDatabase(url: string, database: string): string {
  const parsed = new URL(url);
  parsed.pathname = `/${database}`;
  return parsed.href;
}
