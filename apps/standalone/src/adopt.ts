/**
 * Puts a resource on a stack that ends it. Where the stack was ended while the resource was being made (Ctrl-C in the
 * middle of a start), the resource is ended at once.
 */
export async function adopt<T extends AsyncDisposable>(stack: AsyncDisposableStack, resource: T): Promise<T> {
  if (!stack.disposed) return stack.use(resource);
  await resource[Symbol.asyncDispose]();
  throw new Error('This run has ended.');
}
