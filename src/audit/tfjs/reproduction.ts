import { argSpec } from '../../layer.ts';
import type { Audited } from '../audited.ts';
import type { Entry } from '../entry.ts';
import { isOfTies, numbersFor, streamFor } from '../reproduction.ts';

/** See Library. */
export function reproduction({ code, kind, args }: Entry, found: Audited): string {
  const [argument] = found.arguments;
  const stream = streamFor(found);
  const names = Object.keys(args);
  const literal = (name: string): string => {
    const { shape, integer } = argSpec(args[name]);
    const numbers = numbersFor(args[name], stream, isOfTies(found));
    return `tf.tensor([${numbers.join(', ')}], [${shape.join(', ')}]${integer ? ", 'int32'" : ''})`;
  };
  const at = Math.max(0, names.indexOf(argument));
  // At a tie only a direction that keeps it tells: all elements by the same.
  const comparison = isOfTies(found)
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
