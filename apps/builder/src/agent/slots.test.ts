import { expect, test } from 'vitest';
import { Slots } from './slots.ts';

const never = new AbortController().signal;

test('slots are given in order, given back once, and not lost to those who gave up', async () => {
  const slots = new Slots(1);
  const release = await slots.take(never);
  const order: string[] = [];
  const abort = new AbortController();
  const impatient = slots.take(abort.signal);
  const second = slots.take(never).then((give) => {
    order.push('second');
    return give;
  });
  const third = slots.take(never).then((give) => {
    order.push('third');
    return give;
  });
  abort.abort(new Error('no more'));
  await expect(impatient).rejects.toThrow('no more');
  release();
  release();
  (await second)();
  (await third)();
  expect(order).toEqual(['second', 'third']);
  await expect(slots.take(abort.signal)).rejects.toThrow('no more');
  (await slots.take(never))();
});
