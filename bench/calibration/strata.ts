import { type Case, caseOf, casesOf } from '../../src/cases.ts';
import { Subject } from '../../src/checks/subject.ts';
import { argSpec, type CaseSpec, type Layer } from '../../src/layer.ts';
import { layers } from '../../src/layers/index.ts';
import { random } from '../../src/numeric/random.ts';
import { sizeOf, type Tensors } from '../../src/tensor.ts';
import { kinked, zoo } from './zoo.ts';

/** A kind of right layer or of values at which a checker is easily fooled. */
export interface Stratum {
  readonly name: string;
  /** Conditioning is so bad there that many findings may be inconclusive. */
  readonly illConditioned: boolean;
  /** The layer and case of one trial. */
  draw(trial: number): Promise<{ layer: Layer; kase: Case }>;
}

/** Layers whose arguments have no range and can therefore be scaled and shifted. */
const free = async (candidates: readonly Layer[]): Promise<Layer[]> => {
  const result: Layer[] = [];
  for (const layer of candidates) {
    const [kase] = await casesOf(layer, 'free', 1);
    if (Object.values(kase.args).every(({ range, values, integer }) => !range && !values && !integer))
      result.push(layer);
  }
  return result;
};

async function trialCase(
  layer: Layer,
  trial: number,
  change: (spec: CaseSpec) => CaseSpec = spec => spec,
): Promise<Case> {
  const [kase] = await casesOf(layer, `calibration ${trial}`, 1);
  return caseOf(layer, change({ config: kase.config, args: kase.args }), String(trial));
}

/** Every primal given as offset + scale * normal. */
function given(layer: Layer, trial: number, scale: number, offset: number) {
  const stream = random(`values ${trial}`);
  return (spec: CaseSpec): CaseSpec => ({
    config: spec.config,
    args: Object.fromEntries(
      Object.entries(spec.args).map(([name, arg]) => {
        const full = argSpec(arg);
        const { shape } = full;
        if (layer.constants?.includes(name)) return [name, full];
        const values = Float64Array.from({ length: sizeOf(shape) }, () => offset + scale * stream.normal());
        return [name, { ...full, shape, values }];
      }),
    ),
  });
}

/** The same layer of arguments that are `scale` times as large: its own scale moves with them. */
function rescaled(layer: Layer, scale: number): Layer {
  const change = (tensors: Tensors, factor: number, names: readonly string[]): Tensors => ({
    ...tensors,
    ...Object.fromEntries(
      names.map(name => [name, { shape: tensors[name].shape, data: tensors[name].data.map(value => value * factor) }]),
    ),
  });
  const primalsOf = (args: Tensors) => Object.keys(args).filter(name => !layer.constants?.includes(name));
  return {
    ...layer,
    forward: (args, config) => layer.forward(change(args, 1 / scale, primalsOf(args)), config),
    async vjp(args, upstream, config, outputs) {
      const names = primalsOf(args);
      const gradients = await layer.vjp(change(args, 1 / scale, names), upstream, config, outputs);
      return change(gradients, 1 / scale, names);
    },
  };
}

const isComposition = ({ name }: Layer) => name === 'sequential' || name === 'graph';

/** The strata of the calibration. */
export async function strata(): Promise<Stratum[]> {
  const all = [...layers, ...zoo];
  const smooth = [...layers.filter(layer => !layer.kinks && !isComposition(layer)), ...zoo];
  const scalable = await free(smooth);
  const compositions = layers.filter(isComposition);
  const withKinks = [...layers.filter(layer => layer.kinks), ...kinked];
  const pick = <T>(items: readonly T[], trial: number) => items[trial % items.length];
  return [
    {
      name: 'every layer, every base point',
      illConditioned: false,
      draw: async trial => ({ layer: pick(all, trial), kase: await trialCase(pick(all, trial), trial) }),
    },
    ...[-20, -10, 10, 20].map(exponent => ({
      name: `layers of scale 2^${exponent}`,
      illConditioned: false,
      draw: async (trial: number) => {
        const layer = rescaled(pick(scalable, trial), 2 ** exponent);
        return { layer, kase: await trialCase(layer, trial, given(layer, trial, 2 ** exponent, 0)) };
      },
    })),
    ...[-20, -10, 10, 20].map(exponent => ({
      name: `values of scale 2^${exponent}`,
      illConditioned: true,
      draw: async (trial: number) => {
        const layer = pick(scalable, trial);
        return { layer, kase: await trialCase(layer, trial, given(layer, trial, 2 ** exponent, 0)) };
      },
    })),
    ...[100, 10_000].map(offset => ({
      name: `offset ${offset}`,
      illConditioned: true,
      draw: async (trial: number) => {
        const layer = pick(scalable, trial);
        return { layer, kase: await trialCase(layer, trial, given(layer, trial, 1, offset)) };
      },
    })),
    {
      name: 'float32',
      illConditioned: false,
      draw: async trial => {
        const layer = { ...pick(layers, trial), dtype: 'float32' as const };
        return { layer, kase: await trialCase(layer, trial) };
      },
    },
    {
      name: 'kinks',
      illConditioned: false,
      draw: async trial => ({ layer: pick(withKinks, trial), kase: await trialCase(pick(withKinks, trial), trial) }),
    },
    {
      name: 'compositions',
      illConditioned: false,
      draw: async trial => ({
        layer: pick(compositions, trial),
        kase: await trialCase(pick(compositions, trial), trial),
      }),
    },
  ];
}

/** The subject of a trial. */
export function subjectOf({ layer, kase }: { layer: Layer; kase: Case }): Subject {
  return new Subject(layer, 'reference', layer, kase);
}
