import { type Data, emptyLike } from '../tensor.ts';

/** What an optimizer remembers of one parameter from step to step: arrays of its size, by name. */
export type Memory = Record<string, Data>;

/** Changes the weights of one parameter in place. `step` counts from 1; `rate` is the learning rate. */
export type Update = (weights: Data, gradient: Data, memory: Memory, step: number, rate: number) => void;

/** An optimizer by name, its learning rate, and the constants that differ from what they are by themselves. */
export interface OptimizerSpec {
  readonly name: keyof typeof OPTIMIZERS;
  readonly learningRate: number;
  readonly momentum?: number;
  readonly nesterov?: boolean;
  readonly weightDecay?: number;
  readonly learningRateDecay?: number;
  readonly decay?: number;
  readonly beta1?: number;
  readonly beta2?: number;
  readonly rho?: number;
  readonly epsilon?: number;
}

type Constants = Omit<OptimizerSpec, 'name' | 'learningRate'>;

/** v = μ v + g; w -= η v, or η (g + μ v) with Nesterov's. Sutskever et al. 2013, section 2, in the form of torch.optim.SGD. */
function sgd({ momentum = 0, nesterov = false, weightDecay = 0 }: Constants): Update {
  return (weights, gradient, memory, _step, rate) => {
    const velocity = momentum === 0 ? undefined : remembered(memory, 'velocity', weights);
    for (let i = 0; i < weights.length; i++) {
      let g = gradient[i] + weightDecay * weights[i];
      if (velocity) {
        velocity[i] = momentum * velocity[i] + g;
        g = nesterov ? g + momentum * velocity[i] : velocity[i];
      }
      weights[i] -= rate * g;
    }
  };
}

/** s += g^2; w -= η g / (sqrt(s) + ε). Duchi, Hazan and Singer 2011, section 1.1. */
function adagrad({ learningRateDecay = 0, weightDecay = 0, epsilon = 1e-10 }: Constants): Update {
  return (weights, gradient, memory, step, rate) => {
    const squares = remembered(memory, 'squares', weights);
    const decayed = rate / (1 + (step - 1) * learningRateDecay);
    for (let i = 0; i < weights.length; i++) {
      const g = gradient[i] + weightDecay * weights[i];
      squares[i] += g ** 2;
      weights[i] -= (decayed * g) / (Math.sqrt(squares[i]) + epsilon);
    }
  };
}

/** s = ρ s + (1 - ρ) g^2; w -= η g / (sqrt(s) + ε). Tieleman and Hinton 2012, lecture 6.5. */
function rmsprop({ decay = 0.99, momentum = 0, weightDecay = 0, epsilon = 1e-8 }: Constants): Update {
  return (weights, gradient, memory, _step, rate) => {
    const squares = remembered(memory, 'squares', weights);
    const velocity = momentum === 0 ? undefined : remembered(memory, 'velocity', weights);
    for (let i = 0; i < weights.length; i++) {
      const g = gradient[i] + weightDecay * weights[i];
      squares[i] = decay * squares[i] + (1 - decay) * g ** 2;
      let direction = g / (Math.sqrt(squares[i]) + epsilon);
      if (velocity) direction = velocity[i] = momentum * velocity[i] + direction;
      weights[i] -= rate * direction;
    }
  };
}

/** m and s are running means of g and g^2, freed of their start at 0. Kingma and Ba 2015, algorithm 1. */
function adam(constants: Constants): Update {
  return adamWith(constants, false);
}

/** Adam whose decay of weights goes past the means: w -= η λ w. Loshchilov and Hutter 2019, algorithm 2. */
function adamW(constants: Constants): Update {
  return adamWith({ weightDecay: 0.01, ...constants }, true);
}

function adamWith(
  { beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8, weightDecay = 0 }: Constants,
  isDecoupled: boolean,
): Update {
  return (weights, gradient, memory, step, rate) => {
    const mean = remembered(memory, 'mean', weights);
    const squares = remembered(memory, 'squares', weights);
    const first = 1 - beta1 ** step;
    const second = 1 - beta2 ** step;
    for (let i = 0; i < weights.length; i++) {
      if (isDecoupled) weights[i] -= rate * weightDecay * weights[i];
      const g = isDecoupled ? gradient[i] : gradient[i] + weightDecay * weights[i];
      mean[i] = beta1 * mean[i] + (1 - beta1) * g;
      squares[i] = beta2 * squares[i] + (1 - beta2) * g ** 2;
      weights[i] -= ((rate / first) * mean[i]) / (Math.sqrt(squares[i] / second) + epsilon);
    }
  };
}

/** Adam by the largest |g|, which fades, in place of the mean square. Kingma and Ba 2015, algorithm 2; ε as in torch.optim.Adamax. */
function adamax({ beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8, weightDecay = 0 }: Constants): Update {
  return (weights, gradient, memory, step, rate) => {
    const mean = remembered(memory, 'mean', weights);
    const largest = remembered(memory, 'largest', weights);
    for (let i = 0; i < weights.length; i++) {
      const g = gradient[i] + weightDecay * weights[i];
      mean[i] = beta1 * mean[i] + (1 - beta1) * g;
      largest[i] = Math.max(beta2 * largest[i], Math.abs(g) + epsilon);
      weights[i] -= ((rate / (1 - beta1 ** step)) * mean[i]) / largest[i];
    }
  };
}

/** d = g sqrt(e + ε) / sqrt(s + ε), with s and e running means of g^2 and d^2. Zeiler 2012, algorithm 1. */
function adadelta({ rho = 0.9, epsilon = 1e-6, weightDecay = 0 }: Constants): Update {
  return (weights, gradient, memory, _step, rate) => {
    const squares = remembered(memory, 'squares', weights);
    const moves = remembered(memory, 'moves', weights);
    for (let i = 0; i < weights.length; i++) {
      const g = gradient[i] + weightDecay * weights[i];
      squares[i] = rho * squares[i] + (1 - rho) * g ** 2;
      const move = (g * Math.sqrt(moves[i] + epsilon)) / Math.sqrt(squares[i] + epsilon);
      moves[i] = rho * moves[i] + (1 - rho) * move ** 2;
      weights[i] -= rate * move;
    }
  };
}

export const OPTIMIZERS = { sgd, adagrad, rmsprop, adam, adamW, adamax, adadelta };

/**
 * An update rule from its name and constants.
 * @throws RangeError for a name that is none.
 */
export function optimizer({ name, learningRate: _rate, ...constants }: OptimizerSpec): Update {
  if (Object.hasOwn(OPTIMIZERS, name)) return OPTIMIZERS[name](constants);
  throw new RangeError(`there is no optimizer "${name}"; there are ${Object.keys(OPTIMIZERS).join(', ')}`);
}

function remembered(memory: Memory, name: string, weights: Data): Data {
  return (memory[name] ??= emptyLike(weights));
}
