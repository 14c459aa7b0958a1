import { styleText } from 'node:util';
import type { CommandContext } from '../command.ts';

type Style = Parameters<typeof styleText>[0];

/** Styles text where a terminal will show it, and leaves it as it is elsewhere (no-color.org for the variable). */
export type Paint = (style: Style, text: string) => string;

/** The paint of a stream. */
export function paintFor(
  stream: CommandContext['stdout'],
  environment: CommandContext['environment'],
): Paint {
  const plain = stream.isTTY !== true || (environment['NO_COLOR'] ?? '') !== '';
  return (style, text) => (plain ? text : styleText(style, text));
}

/** Text of others as a terminal may have it: nothing in it moves the cursor or turns the line around. */
export function inertText(text: string): string {
  return text.replaceAll(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g, '\ufffd');
}
