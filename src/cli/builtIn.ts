import type { Layer } from '../layer.ts';
import { layers } from '../layers/index.ts';
import { NETWORKS } from '../network/networks.ts';
import { lossLayer } from '../network/pass.ts';

/** Of the networks those with settings under which they learn; each with its loss, as it is trained. */
const TRAINED = ['perceptron', 'convolutional', 'lenet5', 'lenet5-partial'];

/** Two pictures at once: what goes wrong between those of a batch shows with two. */
const BATCH = 2;

/** What `gradcheck` checks: every layer, and the networks that `gradcheck train` knows. */
export const builtIn: readonly Layer[] = [...layers, ...TRAINED.map(name => lossLayer(NETWORKS[name](), BATCH))];
