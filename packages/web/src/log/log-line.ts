/** A run of text in one style. Classes come from a closed list, so they need no escaping but get it all the same. */
export interface LogSpan {
  readonly text: string;
  /** Class names with spaces between; empty for plain text. */
  readonly classes: string;
  /** Where it links; only to the Rust documentation. */
  readonly href?: string;
}

/** A line of a log as it is shown: nothing in it acts any more. */
export type LogLine = readonly LogSpan[];
