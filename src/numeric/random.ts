import alea from 'seedrandom/lib/alea.js';

/** A reproducible stream of random numbers. */
export interface Random {
  /** Uniform in [0, 1), with 53 bits. */
  uniform(): number;
  /** Standard normal. */
  normal(): number;
  /** A whole number from low to high, both included. */
  integer(low: number, high: number): number;
  /**
   * A component of an upstream or a tangent: ± [1/2, 3/2) in steps of 2^-20. Never near zero, so that no element is
   * left out of a projection; finer than any period that a layer of dyadic frequencies could hide behind.
   */
  component(): number;
}

/** The stream that belongs to a seed; equal seeds give equal streams on every machine. */
export function random(seed: string): Random {
  const generator = alea(seed);
  const uniform = () => generator.double();
  const integer = (low: number, high: number) => low + Math.floor(uniform() * (high - low + 1));
  return {
    uniform,
    integer,
    normal: () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform()),
    component: () => {
      const drawn = Math.floor(uniform() * 2 ** 21);
      return drawn < 2 ** 20 ? 0.5 + drawn / 2 ** 20 : -0.5 - (drawn - 2 ** 20) / 2 ** 20;
    },
  };
}
