import { join } from 'node:path';
import { createOwnedFolder, removeLeftoverFolders } from './owned-folder.ts';

/** Where the workspaces of a builder are. */
export function workspacesDir(dataDir: string): string {
  return join(dataDir, 'builds');
}

/** Makes `builds/ID`, open to this user only, marked as this process's. */
export async function createWorkspaceFolder(dataDir: string, id: string): Promise<string> {
  return createOwnedFolder(workspacesDir(dataDir), id);
}

/** Removes the workspaces of builders that are gone and says which; see {@link removeLeftoverFolders}. */
export async function removeLeftoverWorkspaces(
  dataDir: string,
  beforeRemoval?: (folder: string, id: string) => Promise<void>,
): Promise<string[]> {
  return removeLeftoverFolders(workspacesDir(dataDir), beforeRemoval);
}

/** Where finished files wait for their upload. */
export function outputsDir(dataDir: string): string {
  return join(dataDir, 'outputs');
}
