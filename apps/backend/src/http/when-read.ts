import { brokenAnswer } from './broken-answer.ts';

/**
 * Passes a stream on and calls once it was read to its end; not when its reader went away before. What breaks it is
 * told to nobody but the log.
 */
export function whenRead(
  stream: ReadableStream<Uint8Array>,
  onEnd: () => void = () => undefined,
): ReadableStream<Uint8Array> {
  const reader = stream.getReader();
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const { done, value } = await reader.read().catch((error: unknown) => {
          throw brokenAnswer(error);
        });
        if (!done) {
          controller.enqueue(value);
          return;
        }
        onEnd();
        controller.close();
      },
      async cancel(reason) {
        await reader.cancel(reason);
      },
    },
    { highWaterMark: 0 },
  );
}
