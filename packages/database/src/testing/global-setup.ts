/** Replaced by the database room: starts one PostgreSQL for the run. */
export async function setup(): Promise<void> {}
