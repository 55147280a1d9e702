import { argSpec } from '../../layer.ts';
import { random } from '../../numeric/random.ts';
import { sizeOf } from '../../tensor.ts';
import type { Audited } from '../audited.ts';
import type { Entry } from '../entry.ts';

/**
 * A program in the library's own language that shows a wrong gradient by itself: what it gives for the first argument that is wrong,
 * beside central differences in it.
 */
export function reproduction(
  { code, kind, args }: Entry,
  { arguments: [argument], operation, diagnosis }: Audited,
): string {
  const isOfTies = /equal elements/.test(diagnosis ?? '');
  const stream = random(operation);
  const names = Object.keys(args);
  const literal = (name: string): string => {
    const { shape, integer, range: [low, high] = [-1, 1], values } = argSpec(args[name]);
    const draw = () =>
      integer || isOfTies
        ? stream.integer(Math.floor(low), high)
        : Number((low + (high - low) * stream.uniform()).toFixed(3));
    const numbers = values ? Array.from(values) : Array.from({ length: sizeOf(shape) }, draw);
    return `tf.tensor([${numbers.join(', ')}], [${shape.join(', ')}]${integer ? ", 'int32'" : ''})`;
  };
  const at = Math.max(0, names.indexOf(argument));
  // At a tie only a direction that keeps it tells: all elements by the same.
  const comparison = isOfTies
    ? `const moved = by => of(tf.add(xs[k], by)).dataSync()[0];
console.log('sum of tf.grad                   ', tf.sum(tf.grad(of)(xs[k])).dataSync()[0].toFixed(3));
console.log('central difference, all together ', ((moved(h) - moved(-h)) / (2 * h)).toFixed(3));`
    : `console.log('tf.grad           ', Array.from(tf.grad(of)(xs[k]).dataSync()).map(value => value.toFixed(3)).join(' '));
const numbers = Array.from(xs[k].dataSync());
const moved = (i, by) => of(tf.tensor(numbers.map((value, j) => (j === i ? value + by : value)), xs[k].shape)).dataSync()[0];
console.log('central difference', numbers.map((_, i) => ((moved(i, h) - moved(i, -h)) / (2 * h)).toFixed(3)).join(' '));`;
  return `const tf = require('@tensorflow/tfjs');
const ${kind === 'function' ? `f = ${code}` : `layer = ${code};\nconst f = x => layer.apply(x${''})`};
const xs = [
${names.map(name => `  ${literal(name)}, // ${name}`).join('\n')}
];
const listOf = y => (Array.isArray(y) ? y : [y]);
const weight = y => tf.add(1, tf.cos(tf.reshape(tf.range(0, Math.max(1, y.size)), y.shape)));
const loss = (...args) => tf.addN(listOf(f(...args)).map(y => tf.sum(tf.mul(y, weight(y)))));
const k = ${at}; // ${argument ?? names[at]}
const of = x => loss(...xs.map((other, i) => (i === k ? x : other)));
const h = 1e-2;
${comparison}`;
}
