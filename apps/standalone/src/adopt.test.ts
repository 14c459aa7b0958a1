import { expect, it } from 'vitest';
import { adopt } from './adopt.ts';

function resource() {
  const ended: string[] = [];
  return { ended, [Symbol.asyncDispose]: async () => void ended.push('ended') };
}

it('ends with the stack, or at once where the stack has ended', async () => {
  const stack = new AsyncDisposableStack();
  const early = await adopt(stack, resource());
  expect(early.ended).toEqual([]);
  await stack.disposeAsync();
  expect(early.ended).toEqual(['ended']);
  const late = resource();
  await expect(adopt(stack, late)).rejects.toThrow('has ended');
  expect(late.ended).toEqual(['ended']);
});
