/** What may be wrong, and what is so. Of several the likeliest stands first. */
export interface Guess {
  readonly cause: string;
  readonly text: string;
}

/** Several words for one thing that is so. */
export function guesses(text: string, ...causes: readonly string[]): Guess[] {
  return causes.map(cause => ({ cause, text }));
}

/** "axis 0 and axis 2". */
export function axesInWords(axes: readonly number[]): string {
  return axes.map(axis => `axis ${axis}`).join(' and ');
}
