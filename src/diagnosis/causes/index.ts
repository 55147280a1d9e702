import type { Cause } from '../hypothesis.ts';
import { activationDerivative, derivativeAtOutput } from './activationDerivative.ts';
import { alteredArgument } from './alteredArgument.ts';
import { alteredUpstream } from './alteredUpstream.ts';
import { anotherArgument } from './anotherArgument.ts';
import { anotherConfig } from './anotherConfig.ts';
import { connections } from './connections.ts';
import { contributions } from './contributions.ts';
import { diagonalOnly } from './diagonalOnly.ts';
import { formula } from './formula.ts';
import { jacobianItself } from './jacobianItself.ts';
import { misplaced, scattered } from './misplaced.ts';
import { missingTerms } from './missingTerms.ts';
import { mixedSlices } from './mixedSlices.ts';
import { permuted } from './permuted.ts';
import { productRule } from './productRule.ts';
import { partlyScaled, scaled } from './scaled.ts';
import { fewScaled, scaledByNumbers } from './scaledByNumbers.ts';
import { shortcut } from './shortcut.ts';
import { partlyFlipped, signFlipped } from './signFlipped.ts';
import { unevenlyScaled } from './unevenlyScaled.ts';
import { weightDecay } from './weightDecay.ts';
import { wrongBranch } from './wrongBranch.ts';
import { wronglyReduced } from './wronglyReduced.ts';
import { zero } from './zero.ts';

/** Slips with a number, a sum or an order. They evaluate no forwards. */
const simple: readonly Cause[] = [
  signFlipped,
  zero,
  scaled,
  scaledByNumbers,
  activationDerivative,
  shortcut,
  diagonalOnly,
  contributions,
  jacobianItself,
  permuted,
  wronglyReduced,
  weightDecay,
  alteredUpstream,
  missingTerms,
  productRule,
  partlyFlipped,
  partlyScaled,
  wrongBranch,
];

/** The right gradient of something else. They evaluate forward anew. */
const elsewhere: readonly Cause[] = [anotherArgument, derivativeAtOutput, anotherConfig, alteredArgument, fewScaled];

/** What is found out from the numbers: which of them are where, and how often they count. */
const arrangements: readonly Cause[] = [misplaced, mixedSlices, unevenlyScaled, scattered];

/** Every kind of fault that is known, in groups; where something in one fits, those behind it are not tried. The simplest come first. */
export const causes: readonly (readonly Cause[])[] = [simple, elsewhere, arrangements, [formula], [connections]];

/** Those that look at each element by itself. */
export const elementwise: readonly (readonly Cause[])[] = [
  [signFlipped, zero, scaled, permuted, weightDecay],
  [partlyFlipped, partlyScaled, misplaced, unevenlyScaled, scattered],
];
