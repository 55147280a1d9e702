import type { Finding } from '../finding.ts';

/** What a finding measured. */
export interface Measured extends Pick<Finding, 'verdict' | 'compared' | 'resolution'> {
  /** The error relative to the gradient, and the same in units of its bound. */
  readonly error: number;
  readonly inBounds: number;
}

export function measuredOf({ verdict, relativeError, errorBound, resolution, compared }: Finding): Measured {
  const inBounds = relativeError === 0 ? 0 : relativeError / errorBound;
  return { verdict, error: relativeError, inBounds, resolution, compared };
}

/** To two significant digits, so that what is kept in files changes little. */
export function rounded(value: number): number {
  return Number(value.toPrecision(2));
}
