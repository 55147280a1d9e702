import type { Data } from '../../tensor.ts';
import { axisNames, axisSets, groupsOver } from '../axes.ts';
import type { Evidence } from '../evidence.ts';
import type { Cause, Hypothesis } from '../hypothesis.ts';
import { entryOf, matricesOf } from '../matrices.ts';

/** What the error is made of within a group of elements: so much of each of some known vectors. */
interface Terms {
  readonly cause: string;
  readonly text: string;
  readonly of: (evidence: Evidence) => readonly Data[];
}

const ONES: Terms['of'] = ({ truth }) => [truth.map(() => 1)];
const INPUT: Terms['of'] = ({ args, primal }) => [Float64Array.from(args[primal].data)];

const TERMS: readonly Terms[] = [
  { cause: 'missing-mean-term', text: 'the term of the mean is missing or wrong', of: ONES },
  { cause: 'missing-variance-term', text: 'the term of the norm is missing or wrong', of: INPUT },
  {
    cause: 'missing-variance-term',
    text: 'the term of the variance is missing or wrong',
    of: evidence => [...ONES(evidence), ...INPUT(evidence)],
  },
  {
    cause: 'missing-mean-term',
    text: 'the sum over the others, weighted by the outputs, is missing or wrong',
    of: ({ outputs, truth }) => {
      const [{ data }] = Object.values(outputs);
      return data.length === truth.length ? [Float64Array.from(data)] : [];
    },
  },
];

/**
 * A normalisation or a softmax whose backward lacks one of its sums: within each group that is normalised, the error is a
 * multiple of 1 (mean), of the outputs (softmax), of the values (norm), or a sum of multiples of 1 and of the values (variance).
 */
export const missingTerms: Cause = async evidence => {
  const { layer, primal, shape } = evidence;
  // What joins elements that have nothing in common is a sum over too much.
  if (await joins(evidence)) return [];
  return TERMS.flatMap(({ cause, text, of }) =>
    axisSets(shape.length)
      .filter(set => set.reduce((size, axis) => size * shape[axis], 1) > 2)
      .map((set): Hypothesis => {
        const words = axisNames(layer, primal, set, shape.length);
        return { cause, text: `${text}, over ${words}`, predict: other => fitted(other, set, of(other)) };
      }),
  );
};

async function joins(evidence: Evidence): Promise<boolean> {
  const both = await matricesOf(evidence);
  return both?.right.some((column, i) => column.some((_, m) => entryOf(both, i, m) === 'extra')) ?? false;
}

/** The truth, plus the multiples of the terms that come nearest to yours within each group. */
function fitted({ claimed, truth, shape }: Evidence, set: readonly number[], terms: readonly Data[]): Data | undefined {
  if (terms.length === 0) return undefined;
  const groups = groupsOver(shape, set);
  const members = new Map<number, number[]>();
  for (const [i, group] of groups.entries()) members.set(group, [...(members.get(group) ?? []), i]);
  const predicted = Float64Array.from(truth);
  for (const own of members.values()) {
    // As many unknowns as elements would explain anything.
    if (own.length <= terms.length) return undefined;
    const errors = own.map(i => claimed[i] - truth[i]);
    const basis = orthogonal(terms.map(term => own.map(i => term[i])));
    for (const vector of basis) {
      const weight = dot(errors, vector);
      for (const [at, i] of own.entries()) predicted[i] += weight * vector[at];
    }
  }
  return predicted;
}

/** Orthonormal vectors of the same span, by Gram and Schmidt. */
function orthogonal(vectors: readonly (readonly number[])[]): number[][] {
  const basis: number[][] = [];
  for (const vector of vectors) {
    const rest = basis.reduce<number[]>(
      (left, other) => {
        const weight = dot(vector, other);
        return left.map((value, at) => value - weight * other[at]);
      },
      [...vector],
    );
    const norm = Math.sqrt(dot(rest, rest));
    if (norm > 1e-9 * Math.sqrt(dot(vector, vector))) basis.push(rest.map(value => value / norm));
  }
  return basis;
}

function dot(a: readonly number[], b: readonly number[]): number {
  return a.reduce((sum, value, at) => sum + value * b[at], 0);
}
