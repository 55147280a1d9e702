import { activationFaults } from './activations.ts';
import { callFaults } from './calls.ts';
import { convolutionFaults } from './convolution.ts';
import { denseFaults } from './dense.ts';
import type { FurtherFault } from './fault.ts';
import { lossFaults } from './losses.ts';
import { normalisationFaults } from './normalisation.ts';
import { poolingFaults } from './pooling.ts';
import { sequenceFaults } from './sequences.ts';
import { shapeFaults } from './shapes.ts';

/** Wrong layers that were written before any report on one was seen, by topic. */
export const furtherFaults: Readonly<Record<string, readonly FurtherFault[]>> = {
  convolution: convolutionFaults,
  pooling: poolingFaults,
  dense: denseFaults,
  activation: activationFaults,
  normalisation: normalisationFaults,
  loss: lossFaults,
  sequence: sequenceFaults,
  shape: shapeFaults,
  call: callFaults,
};
