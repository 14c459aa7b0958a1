import { copyFile, mkdir, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';

/** What people who get a program are owed, at the top of the crate: licences, notices, the readme. */
const DOCUMENT =
  /^(?:(?:un)?licen[cs]es?|copying|copyright|notice|authors|readme)(?:[-._][A-Za-z0-9._+-]*)?$/i;
const MAX_DOCUMENTS = 32;
const MAX_DOCUMENT_BYTES = 4 * 1024 * 1024;

/** A document of a crate, copied to this machine. */
export interface Document {
  readonly name: string;
  readonly path: string;
  readonly size: number;
}

/** Copies the documents at the top of an unpacked crate; called before any code of the crate ran. */
export async function takeDocuments(directory: string, destination: string): Promise<Document[]> {
  await mkdir(destination, { recursive: true });
  const names = (await readdir(directory, { withFileTypes: true }))
    .filter((entry) => entry.isFile() && DOCUMENT.test(entry.name))
    .map((entry) => entry.name)
    .toSorted()
    .slice(0, MAX_DOCUMENTS);
  const documents: Document[] = [];
  for (const name of names) {
    const { size } = await stat(join(directory, name));
    if (size > MAX_DOCUMENT_BYTES) continue;
    await copyFile(join(directory, name), join(destination, name));
    documents.push({ name, path: join(destination, name), size });
  }
  return documents;
}
