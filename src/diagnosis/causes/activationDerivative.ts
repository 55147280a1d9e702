import { type Data, sameShape } from '../../tensor.ts';
import { dependsOn, type Evidence, isDiagonal, pulledBack } from '../evidence.ts';
import { type Cause, type Hypothesis, predictedIn } from '../hypothesis.ts';

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
export const activationDerivative: Cause = async evidence => {
  const { outputs, shape } = evidence;
  const [output, ...others] = Object.values(outputs);
  const found: Hypothesis[] = [];
  if (others.length === 0 && sameShape(output.shape, shape) && isDiagonal(evidence)) {
    const left = await factorOf(evidence);
    found.push({
      cause: left === undefined ? 'missing-activation-derivative' : 'argument-ignored',
      text: `it is the upstream itself: ${left === undefined ? 'the derivative' : `"${left}"`} is left out`,
      everywhere: true,
      ofAnyRank: true,
      predict: ({ upstream }) => Float64Array.from(upstream),
    });
  }
  for (const [form, derivative] of Object.entries(BY_OUTPUT)) {
    found.push({
      cause: 'missing-activation-derivative',
      text: `the derivative ${form} of the activation is left out`,
      everywhere: true,
      ofAnyRank: true,
      predict: evidence => rescaled(evidence, y => 1 / derivative(y)),
    });
    found.push({
      cause: 'derivative-at-output',
      text: `the derivative of the activation is taken at its output: that of y in place of ${form}`,
      everywhere: true,
      ofAnyRank: true,
      predict: evidence => rescaled(evidence, y => AT_OUTPUT[form](y) / derivative(y)),
    });
    for (const [other, otherDerivative] of Object.entries(BY_OUTPUT)) {
      if (other === form) continue;
      found.push({
        cause: 'another-derivative',
        text: `the derivative is ${other}, that of another activation, in place of ${form}`,
        everywhere: true,
        ofAnyRank: true,
        predict: evidence => rescaled(evidence, y => otherDerivative(y) / derivative(y)),
      });
    }
  }
  return found;
};

/** The argument by which an elementwise layer multiplies, if its slope depends on that one and not on the primal. */
async function factorOf(evidence: Evidence): Promise<string | undefined> {
  const { args, primal } = evidence;
  const changes = async (name: string) => (await dependsOn(evidence, name))?.right;
  if ((await changes(primal)) ?? true) return undefined;
  for (const name of Object.keys(args)) if (name !== primal && (await changes(name))) return name;
  return undefined;
}

/** The derivative of an elementwise layer is that at its output. */
export const derivativeAtOutput: Cause = ({ outputs, shape }) => {
  const [output, ...others] = Object.values(outputs);
  if (others.length > 0 || !sameShape(output.shape, shape)) return [];
  return [
    {
      cause: 'derivative-at-output',
      text: 'the derivative is taken at the output in place of the input',
      everywhere: true,
      ofAnyRank: true,
      predict: evidence => predictedIn(evidence, { args: { [evidence.primal]: Object.values(evidence.outputs)[0] } }),
    },
  ];
};

/** J'u with every output's part times a function of the output. */
function rescaled({ columns, upstream, outputs }: Evidence, factor: (y: number) => number): Data {
  const y = Object.values(outputs).flatMap(({ data }) => [...data]);
  return pulledBack(
    columns,
    upstream.map((u, m) => (u === 0 ? 0 : u * factor(y[m]))),
  );
}
