import type { Cause } from '../hypothesis.ts';
import { activationDerivative } from './activationDerivative.ts';
import { alteredArgument } from './alteredArgument.ts';
import { alteredUpstream } from './alteredUpstream.ts';
import { anotherArgument } from './anotherArgument.ts';
import { contributions } from './contributions.ts';
import { diagonalOnly } from './diagonalOnly.ts';
import { missingTerms } from './missingTerms.ts';
import { permuted } from './permuted.ts';
import { scaled } from './scaled.ts';
import { signFlipped } from './signFlipped.ts';
import { upstreamItself } from './upstreamItself.ts';
import { weightDecay } from './weightDecay.ts';
import { weightedSlices } from './weightedSlices.ts';
import { wronglyReduced } from './wronglyReduced.ts';
import { zero } from './zero.ts';

/** Every kind of fault that is known, the simplest first: of several that explain the same, this order decides. */
export const causes: readonly Cause[] = [
  signFlipped,
  zero,
  scaled,
  activationDerivative,
  contributions,
  diagonalOnly,
  permuted,
  wronglyReduced,
  weightedSlices,
  weightDecay,
  missingTerms,
  alteredUpstream,
  anotherArgument,
  alteredArgument,
  upstreamItself,
];

/** What follows evaluates forward anew, and is tried only where nothing before it fits. */
export const lastWithoutForwards: Cause = alteredUpstream;

/** Those that look at each element by itself. */
export const elementwise: readonly Cause[] = [signFlipped, zero, scaled, permuted, weightDecay];
