import { elementwiseCases } from '../arbitraries.ts';
import { elementwise } from '../kernels/elementwise.ts';
import { erf as errorFunction } from '../kernels/erf.ts';

/** Error function, from -1 to 1. */
export const erf = elementwise({
  name: 'erf',
  formula: 'y = 2/√π ∫ exp(-t^2) dt from 0 to x, dy/dx = 2/√π exp(-x^2)',
  source: 'torch.erf; Abramowitz and Stegun 7.1.1',
  cases: fc => elementwiseCases(fc),

  value: x => errorFunction(x),
  slope: x => (2 / Math.sqrt(Math.PI)) * Math.exp(-x * x),
  expression: () => 'erf(input)',

  examples: [
    {
      name: 'zero, one half and one',
      source: 'mpmath 1.3 with 30 digits, rounded',
      input: [0, 0.5, -1],
      output: [0, 0.5204998778130465, -0.8427007929497149],
      upstream: [2, 1, 10],
      gradient: [2.256758334191025, 0.8787825789354448, 4.151074974205947],
    },
    {
      name: 'far out it is flat',
      input: [-1000, 1000],
      output: [-1, 1],
      upstream: [2, 3],
      gradient: [0, 0],
    },
  ],
});
