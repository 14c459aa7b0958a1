import { describe, expect, it } from 'vitest';
import { TailBuffer, withoutEscapes } from './plain-text.ts';

describe('withoutEscapes', () => {
  it.each([
    ['\u001b[1m\u001b[91merror\u001b[0m: no', 'error: no'],
    ['\u001b]0;a title\u0007text', 'text'],
    ['\u001b]8;;https://example.com\u001b\\link\u001b]8;;\u001b\\', 'link'],
    ['\u001b[?25lhidden', 'hidden'],
    ['plain', 'plain'],
  ])('%j → %j', (text, plain) => {
    expect(withoutEscapes(text)).toBe(plain);
  });
});

describe('TailBuffer', () => {
  it('keeps the last bytes, whatever the chunks were', () => {
    const tail = new TailBuffer(10);
    for (let line = 0; line < 1_000; line += 1) tail.push(Buffer.from(`${line},`));
    expect(tail.text()).toBe('7,998,999,');
    tail.push(Buffer.from('a much longer chunk'));
    expect(tail.text()).toBe('nger chunk');
  });
});
