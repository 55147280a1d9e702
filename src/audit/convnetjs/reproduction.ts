import { argSpec } from '../../layer.ts';
import type { Audited } from '../audited.ts';
import type { Entry } from '../entry.ts';
import { numbersFor, streamFor } from '../reproduction.ts';

/** See Library. The parameters are those that the layer draws itself. */
export function reproduction({ code, args, y, training = false }: Entry, found: Audited): string {
  const [argument = 'input'] = found.arguments;
  const numbers = numbersFor(args['input'], streamFor(found), false);
  const [sy, sx, depth] = argSpec(args['input']).shape;
  const k = /^params(\d+)$/.exec(argument)?.[1];
  const [moves, gradient] =
    k === undefined
      ? ['x.w', 'x.dw']
      : [`layer.getParamsAndGrads()[${k}].params`, `layer.getParamsAndGrads()[${k}].grads`];
  const isLoss = y !== undefined;
  return `const convnetjs = require('convnetjs');
const layer = ${code};
const x = new convnetjs.Vol(${sx}, ${sy}, ${depth}, 0);
x.w.set([${numbers.join(', ')}]);
const weight = i => 1 + Math.cos(i);
const loss = () => {
  const out = layer.forward(x, ${training});
  ${isLoss ? `return layer.backward(${JSON.stringify(y)});` : 'return out.w.reduce((sum, value, i) => sum + value * weight(i), 0);'}
};
const show = (what, numbers) => console.log(what, Array.from(numbers, value => value.toFixed(3)).join(' '));
const h = 1e-5;
const moved = (i, by) => {
  ${moves}[i] += by;
  const value = loss();
  ${moves}[i] -= by;
  return value;
};
show('central difference of ${argument}', ${moves}.map((_, i) => (moved(i, h) - moved(i, -h)) / (2 * h)));
for (const { grads } of layer.getParamsAndGrads()) grads.fill(0);
${isLoss ? 'loss();' : `const out = layer.forward(x, ${training});\nout.dw.forEach((_, i) => (out.dw[i] = weight(i)));\nlayer.backward();`}
show('the gradient           ${argument}', ${gradient});`;
}
