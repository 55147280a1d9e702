import { argSpec } from '../../layer.ts';
import { random } from '../../numeric/random.ts';
import { sizeOf } from '../../tensor.ts';
import type { Audited } from '../audited.ts';
import type { Entry } from '../entry.ts';

/** See Library. The parameters are those that the layer draws itself. */
export function reproduction(
  { code, args, y, training = false }: Entry,
  { arguments: [argument = 'input'], operation }: Audited,
): string {
  const stream = random(operation);
  const { shape, range: [low, high] = [-1, 1], values } = argSpec(args['input']);
  const numbers = values
    ? Array.from(values)
    : Array.from({ length: sizeOf(shape) }, () => Number((low + (high - low) * stream.uniform()).toFixed(3)));
  const [sy, sx, depth] = shape;
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
