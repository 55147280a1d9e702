import { random } from '../../src/numeric/random.ts';
import { central, dot, type Rule, unit } from './pass.ts';

const [H, FLOOR] = [1e-5, 1e-8];

/** The relative error |a - n| / max(1e-8, |a| + |n|) of every element, under one random upstream. */
function relativeError(threshold: number, words: string): Rule {
  return {
    name: `CS231n, relative error up to ${threshold}`,
    source: `cs231n.github.io/neural-networks-3 and its assignments: h 1e-5; ${words}`,
    elementwise: true,
    async accepts(pass) {
      const stream = random('the upstream of CS231n');
      const upstream = Float64Array.from(pass.y, () => stream.normal());
      const gradients = await pass.backward(upstream);
      for (const [name, { length }] of Object.entries(pass.x)) {
        for (let i = 0; i < length; i++) {
          const numeric = dot(await central(pass, { [name]: unit(length, i) }, H), upstream);
          const analytic = gradients[name][i];
          const scale = Math.max(FLOOR, Math.abs(analytic) + Math.abs(numeric));
          if (!(Math.abs(analytic - numeric) / scale <= threshold)) return false;
        }
      }
      return true;
    },
  };
}

export const cs231n: readonly Rule[] = [
  relativeError(1e-2, 'over 1e-2 the gradient is probably wrong'),
  relativeError(1e-4, '1e-4 is okay with kinks, too high without'),
  relativeError(1e-7, '1e-7 and less you should be happy'),
];
