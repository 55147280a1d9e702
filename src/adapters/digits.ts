import type { Data, Dtype, Tensors } from '../tensor.ts';

/** Numbers of fewer significant digits than this have been rounded for printing: 17 are needed in float64, 9 in float32. */
const ENOUGH: Readonly<Record<Dtype, number>> = { float64: 10, float32: 7 };

/**
 * As many different numbers are looked at before it is said. A float64 that was not rounded is this short once in 10^7, a
 * float32 once in 30.
 */
const EVIDENCE = 6;

/** Multiples of this are short by themselves: counts, halves, sums of dyadic upstreams. */
const DYADIC = 2 ** -20;

/** Whether a process rounds its numbers when it writes them: watched until the first number that is long enough. */
export class Digits {
  readonly #enough: number;
  readonly #short = new Set<number>();
  #longest = 0;

  constructor(dtype: Dtype) {
    this.#enough = ENOUGH[dtype];
  }

  /**
   * The significant digits that all answers so far are rounded to, or undefined where they are not or it is too early to say. Only
   * answers to long numbers count.
   */
  roundedTo(asked: Tensors, answered: Tensors): number | undefined {
    if (this.#longest >= this.#enough) return undefined;
    const isLong = (value: number) => Number.isFinite(value) && significantDigits(value) >= this.#enough;
    if (!Object.values(asked).some(({ data }) => data.some(isLong))) return undefined;
    for (const { data } of Object.values(answered)) this.#look(data);
    return this.#longest < this.#enough && this.#short.size >= EVIDENCE ? this.#longest : undefined;
  }

  #look(data: Data): void {
    for (let i = 0; i < data.length && this.#longest < this.#enough; i++) {
      if (!Number.isFinite(data[i]) || Number.isInteger(data[i] / DYADIC)) continue;
      this.#longest = Math.max(this.#longest, significantDigits(data[i]));
      if (this.#short.size < EVIDENCE) this.#short.add(data[i]);
    }
  }
}

/** Of the shortest text that reads back as the same number. */
function significantDigits(value: number): number {
  const [mantissa] = Math.abs(value).toExponential().split('e');
  return mantissa.replace('.', '').length;
}
