import { brokenAnswer } from './broken-answer.ts';

/** A generator as a stream that asks for the next piece only when its reader has room for it. */
export function streamOf(
  pieces: AsyncGenerator<Uint8Array, void, undefined>,
  onCancel: () => void = () => undefined,
): ReadableStream<Uint8Array> {
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const { done, value } = await pieces.next().catch((error: unknown) => {
          throw brokenAnswer(error);
        });
        if (done === true) controller.close();
        else controller.enqueue(value);
      },
      async cancel() {
        onCancel();
        await pieces.return();
      },
    },
    { highWaterMark: 0 },
  );
}
