import { argSpec } from '../../layer.ts';
import type { Audited } from '../audited.ts';
import type { Entry } from '../entry.ts';
import { isOfTies, isOfWholes, numbersFor, streamFor } from '../reproduction.ts';

/** See Library. */
export function reproduction({ code, args }: Entry, found: Audited): string {
  const [argument] = found.arguments;
  const stream = streamFor(found);
  const names = Object.keys(args);
  const literal = (name: string): string => {
    const { shape, integer } = argSpec(args[name]);
    const numbers = numbersFor(args[name], stream, isOfWholes(found));
    return `[[${numbers.join(', ')}], [${shape.join(', ')}], '${integer ? 'int32' : 'float64'}']`;
  };
  const k = Math.max(0, names.indexOf(argument));
  // At a tie only a direction that keeps it tells: all elements by the same.
  const comparison = isOfTies(found)
    ? `const moved = async by => (await of(arrayOf([numbers.map(value => value + by), shape, dtype])).data())[0];
console.log('sum of jax.grad                 ', gradient.reduce((sum, value) => sum + value, 0).toFixed(3));
console.log('central difference, all together', ((await moved(h) - await moved(-h)) / (2 * h)).toFixed(3));`
    : `const moved = async (i, by) => (await of(arrayOf([numbers.map((value, j) => (j === i ? value + by : value)), shape, dtype])).data())[0];
const differences = [];
for (const i of numbers.keys()) differences.push((await moved(i, h) - await moved(i, -h)) / (2 * h));
const show = values => values.map(value => value.toFixed(3)).join(' ');
console.log('jax.grad          ', show(gradient));
console.log('central difference', show(differences));`;
  return `globalThis.Float16Array ??= class extends Uint16Array {};
const jax = await import('@jax-js/jax');
await jax.init('cpu');
jax.defaultDevice('cpu');
const { numpy: np, lax, nn } = jax;
const f = ${code};
const given = [
${names.map(name => `  ${literal(name)}, // ${name}`).join('\n')}
];
const arrayOf = ([numbers, shape, dtype]) =>
  np.array((dtype === 'int32' ? Int32Array : Float64Array).from(numbers), { dtype }).reshape(shape);
const weights = y => arrayOf([Array.from({ length: y.size }, (_, i) => 1 + Math.cos(i)), y.shape, 'float64']);
const loss = (...arrays) => {
  const y = f(...arrays);
  return (Array.isArray(y) ? y : [y]).map(one => np.sum(np.multiply(weights(one), one))).reduce((a, b) => np.add(a, b));
};
const k = ${k}; // ${argument ?? names[k]}
const [numbers, shape, dtype] = given[k];
const of = x => loss(...given.map((one, i) => (i === k ? x : arrayOf(one))));
const gradient = Array.from(await jax.grad(of)(arrayOf(given[k])).data());
const h = 1e-5;
${comparison}`;
}
