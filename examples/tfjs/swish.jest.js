/**
 * The same in Jest, whose tests are modules of JavaScript when node is told so:
 *
 *     NODE_OPTIONS=--experimental-vm-modules npx jest --testMatch '**\/swish.jest.js'
 *
 * TensorFlow.js as a whole, since what tfjs-core has of gradients is no module of Node's.
 */
import * as tf from '@tensorflow/tfjs';
import { fromTf } from 'gradcheck/adapters/tfjs';
import 'gradcheck/jest';

const op = tf.customGrad((x, save) => {
  save([x]);
  return {
    value: tf.mul(x, tf.sigmoid(x)),
    gradFunc: (dy, [saved]) => {
      const s = tf.sigmoid(saved);
      return tf.mul(dy, tf.mul(s, tf.add(1, tf.mul(saved, tf.sub(1, s)))));
    },
  };
});

test('the operation has the right gradient', async () => {
  await expect(fromTf(tf, x => op(x), { name: 'swish', args: { x: [3, 4] } })).toPassGradcheck();
});
