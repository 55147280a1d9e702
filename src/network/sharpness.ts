import { random } from '../numeric/random.ts';
import type { Data, Tensors } from '../tensor.ts';
import { batchPass } from './pass.ts';
import type { Recipe } from './recipe.ts';

/** Products for the largest eigenvalue by magnitude, and then for the largest. */
const STEPS = { magnitude: 8, largest: 16 };

/** The step of a difference of gradients, relative to the size of the parameters: the root of the rounding of a gradient. */
const STEP = 1e-5;

/**
 * The largest eigenvalue of the Hessian of a batch's loss in all parameters: power iteration on Hessian-vector products, which are
 * central differences of gradients, H v = (g(w + h v) - g(w - h v)) / 2h, with an error of order h^2. At first weights eigenvalues often
 * come in pairs of both signs, between which it would swing for ever; so that from a bound r on all of them it goes on with H + r.
 * Gradient descent at a rate above 2 / sharpness moves away from a minimum (LeCun et al. 1998, "Efficient BackProp", section 5.1; Cohen et
 * al. 2021, section 2).
 */
export function sharpness(recipe: Recipe, parameters: Tensors, batch: Tensors, seed: string): number {
  const names = Object.keys(parameters).filter(name => !recipe.settings.frozen?.includes(name));
  const flat = (tensors: Tensors): Data =>
    Float64Array.from(names.flatMap(name => Array.from(tensors[name]?.data ?? parameters[name].data.map(() => 0))));
  const at = flat(parameters);
  const gradientAt = (weights: Data): Data => {
    let from = 0;
    const moved: Record<string, Tensors[string]> = { ...parameters };
    for (const name of names) {
      const { shape, data } = parameters[name];
      moved[name] = { shape, data: weights.slice(from, from + data.length) };
      from += data.length;
    }
    return flat(batchPass(recipe, { ...moved, ...batch }).gradients);
  };
  const stream = random(`${seed}/sharpness`);
  let direction = unit(at.map(() => stream.normal()));
  const step = STEP * Math.max(1, norm(at));
  let bound = 0;
  let value = 0;
  for (let n = 0; n < STEPS.magnitude + STEPS.largest; n++) {
    const shift = n < STEPS.magnitude ? 0 : bound;
    const after = gradientAt(at.map((w, i) => w + step * direction[i]));
    const before = gradientAt(at.map((w, i) => w - step * direction[i]));
    const product = after.map((g, i) => (g - before[i]) / (2 * step));
    value = product.reduce((sum, p, i) => sum + p * direction[i], 0);
    bound = Math.max(bound, norm(product));
    const shifted = product.map((p, i) => p + shift * direction[i]);
    const size = norm(shifted);
    if (!(size > 0)) return 0;
    direction = shifted.map(p => p / size);
  }
  return Math.max(0, value);
}

const norm = (data: Data) => Math.sqrt(data.reduce((sum, value) => sum + value ** 2, 0));

function unit(data: Data): Data {
  const size = norm(data);
  return data.map(value => value / size);
}
