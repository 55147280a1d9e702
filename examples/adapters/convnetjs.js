/**
 * A layer of convnetjs, and one of its losses.
 *
 *     npm install convnetjs
 *     npx gradcheck check examples/adapters/convnetjs.js
 */
import convnetjs from 'convnetjs';
import { fromConvnetjs } from 'gradcheck/adapters/convnetjs';

const conv = { sx: 3, filters: 2, in_sx: 4, in_sy: 5, in_depth: 2, pad: 1, stride: 1 };
const softmax = { in_sx: 1, in_sy: 1, in_depth: 4 };

export default [
  fromConvnetjs(convnetjs, () => new convnetjs.ConvLayer(conv), { name: 'conv', input: [5, 4, 2] }),
  fromConvnetjs(convnetjs, () => new convnetjs.SoftmaxLayer(softmax), { name: 'softmax', input: [1, 1, 4], y: 2 }),
];
