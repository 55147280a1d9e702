import { createRequire } from 'node:module';
import type { Data, Tensors } from '../../src/tensor.ts';

/*
 * Packages that others have made for the same, in bench/peers. They are loaded by name and their types not looked at, since
 * whoever checks types need not have them; what is not installed is left out.
 */

// biome-ignore lint: see above.
type Package = any;

const require = createRequire(new URL('../peers/package.json', import.meta.url));

function peer(name: string): Package {
  try {
    return require(name);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'MODULE_NOT_FOUND') return undefined;
    throw error;
  }
}

/** Products of matrices by ml-matrix. */
export function mlMatrix():
  | ((rows: number, inner: number, columns: number, a: Data, b: Data) => () => void)
  | undefined {
  const package_ = peer('ml-matrix');
  if (!package_) return undefined;
  const matrixOf = (rows: number, columns: number, data: Data) => package_.Matrix.from1DArray(rows, columns, data);
  return (rows, inner, columns, a, b) => {
    const [A, B] = [matrixOf(rows, inner, a), matrixOf(inner, columns, b)];
    return () => A.mmul(B);
  };
}

/** TensorFlow.js with one of its backends, in one thread. */
async function tensorflow(backend: 'cpu' | 'wasm'): Promise<Package> {
  const tf = peer('@tensorflow/tfjs');
  const wasm = peer('@tensorflow/tfjs-backend-wasm');
  if (!tf || !wasm) return undefined;
  tf.enableProdMode();
  wasm.setThreadsCount(1);
  await tf.setBackend(backend);
  return tf;
}

/** A convolution forward by TensorFlow.js, channels last as it has them, its result read back. */
export async function tensorflowConvolution(
  backend: 'cpu' | 'wasm',
): Promise<((args: Tensors) => () => void) | undefined> {
  const tf = await tensorflow(backend);
  return (
    tf &&
    (({ input, weight, bias }) => {
      const x = tf.transpose(tf.tensor(input.data, input.shape, 'float32'), [0, 2, 3, 1]);
      const W = tf.transpose(tf.tensor(weight.data, weight.shape, 'float32'), [2, 3, 1, 0]);
      const b = tf.tensor1d(bias.data, 'float32');
      return () => tf.tidy(() => tf.add(tf.conv2d(x, W, 1, 'valid'), b).dataSync());
    })
  );
}

/** A step of training of LeNet-5 (see lenet.ts) by TensorFlow.js. */
export async function tensorflowStep(batch: number): Promise<(() => void) | undefined> {
  const tf = await tensorflow('cpu');
  if (!tf) return undefined;
  const weights = (...shape: readonly number[]) => tf.variable(tf.randomUniform(shape, -0.1, 0.1));
  const layers = [
    [1, 6],
    [6, 16],
    [16, 120],
  ].map(([from, to]) => ({ W: weights(5, 5, from, to), b: weights(to) }));
  const dense = { W: weights(120, 10), b: weights(10) };
  const x = tf.randomUniform([batch, 32, 32, 1], -1, 1);
  const labels = tf.oneHot(tf.range(0, batch, 1, 'int32'), 10);
  const convolved = (input: Package, { W, b }: (typeof layers)[0]) =>
    tf.tanh(tf.add(tf.conv2d(input, W, 1, 'valid'), b));
  const loss = () => {
    const first = tf.avgPool(convolved(x, layers[0]), 2, 2, 'valid');
    const second = tf.avgPool(convolved(first, layers[1]), 2, 2, 'valid');
    const third = tf.reshape(convolved(second, layers[2]), [batch, 120]);
    return tf.losses.softmaxCrossEntropy(labels, tf.add(tf.matMul(third, dense.W), dense.b));
  };
  const optimizer = tf.train.sgd(0.01);
  return () => tf.tidy(() => optimizer.minimize(loss, true).dataSync());
}

/** The same by ConvNetJS, which takes the samples of a batch one after the other, and the largest of a pool. */
export function convnetStep(batch: number): (() => void) | undefined {
  const convnet = peer('convnetjs');
  if (!convnet) return undefined;
  const conv = (filters: number) => ({ type: 'conv', sx: 5, filters, stride: 1, pad: 0, activation: 'tanh' });
  const pool = { type: 'pool', sx: 2, stride: 2 };
  const net = new convnet.Net();
  net.makeLayers([
    { type: 'input', out_sx: 32, out_sy: 32, out_depth: 1 },
    conv(6),
    pool,
    conv(16),
    pool,
    conv(120),
    { type: 'softmax', num_classes: 10 },
  ]);
  const trainer = new convnet.Trainer(net, { method: 'sgd', learning_rate: 0.01, momentum: 0, batch_size: batch });
  const x = new convnet.Vol(32, 32, 1);
  return () => {
    for (let n = 0; n < batch; n++) trainer.train(x, n % 10);
  };
}
