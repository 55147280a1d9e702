import { type Data, sameShape } from '../../tensor.ts';
import { type Evidence, pulledBack } from '../evidence.ts';
import { type Cause, type Hypothesis, predictedAt } from '../hypothesis.ts';

const logistic = (x: number) => 1 / (1 + Math.exp(-x));

/** Derivatives of activations in terms of their outputs: the forms that are confused with each other. */
const BY_OUTPUT: Readonly<Record<string, (y: number) => number>> = {
  'y (1 - y)': y => y * (1 - y),
  '1 - y^2': y => 1 - y ** 2,
  y: y => y,
};

/** The same, taken at the output as if it were the input. */
const AT_OUTPUT: Readonly<Record<string, (y: number) => number>> = {
  'y (1 - y)': y => logistic(y) * (1 - logistic(y)),
  '1 - y^2': y => 1 - Math.tanh(y) ** 2,
  y: Math.exp,
};

/** The activation's derivative is left out, is another one's, or is taken at the output. */
export const activationDerivative: Cause = ({ claimed, outputs, upstream, args, primal }) => {
  const found: Hypothesis[] = [];
  const [output] = Object.values(outputs);
  const elementwise = Object.keys(outputs).length === 1 && sameShape(output.shape, args[primal].shape);
  if (elementwise) {
    if (Object.keys(args).length === 1) {
      found.push({
        cause: 'missing-activation-derivative',
        text: 'it is the upstream itself: the derivative is left out',
        predict: evidence => Float64Array.from(evidence.upstream),
      });
    }
    found.push({
      cause: 'derivative-at-output',
      text: 'the derivative is taken at the output in place of the input',
      predict: evidence => predictedAt(evidence, { [evidence.primal]: Object.values(evidence.outputs)[0] }),
    });
  }
  for (const [form, derivative] of Object.entries(BY_OUTPUT)) {
    found.push({
      cause: 'missing-activation-derivative',
      text: `the derivative ${form} of the activation is left out`,
      predict: evidence => rescaled(evidence, y => 1 / derivative(y)),
    });
    found.push({
      cause: 'derivative-at-output',
      text: `the derivative of the activation is taken at its output: that of y in place of ${form}`,
      predict: evidence => rescaled(evidence, y => AT_OUTPUT[form](y) / derivative(y)),
    });
    for (const [other, otherDerivative] of Object.entries(BY_OUTPUT)) {
      if (other === form) continue;
      found.push({
        cause: 'another-derivative',
        text: `the derivative is ${other}, that of another activation, in place of ${form}`,
        predict: evidence => rescaled(evidence, y => otherDerivative(y) / derivative(y)),
      });
    }
  }
  if (elementwise && claimed.length === upstream.length) found.push(...slopes());
  return found;
};

/** Slopes in terms of the input that are confused with the right one. */
function slopes(): Hypothesis[] {
  const forms: Readonly<Record<string, (x: number) => number>> = {
    'x (1 - x)': x => x * (1 - x),
    '1 - x^2': x => 1 - x ** 2,
    x: x => x,
    '1 for x > 0, else 0': x => (x > 0 ? 1 : 0),
    'exp x': Math.exp,
    '1 / x': x => 1 / x,
  };
  return Object.entries(forms).map(([form, slope]) => ({
    cause: 'another-derivative',
    text: `the derivative is ${form}`,
    predict: ({ args, primal, upstream }) => upstream.map((u, i) => u * slope(args[primal].data[i])),
  }));
}

/** J'u with every output's part times a function of the output. */
function rescaled({ columns, upstream, outputs }: Evidence, factor: (y: number) => number): Data {
  const y = Object.values(outputs).flatMap(({ data }) => [...data]);
  return pulledBack(
    columns,
    upstream.map((u, m) => (u === 0 ? 0 : u * factor(y[m]))),
  );
}
