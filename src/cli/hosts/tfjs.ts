import { fromTf, fromTfLayer } from '../../adapters/tfjs.ts';
import { idOf } from '../../audit/entry.ts';
import { argSpec } from '../../layer.ts';
import type { Dtype } from '../../tensor.ts';
import { evaluate, type Host, nearest } from './host.ts';

/*
 * TensorFlow.js in its own float32, or in float64. For the latter, the library must find Float64Array where it looks for Float32Array,
 * so that it is loaded only after that is so; its cpu backend is plain JavaScript and then computes in float64.
 */

// biome-ignore lint: the library's types differ between versions, and it need not be installed.
type Untyped = any;

export function open(dtype: Dtype): Host {
  if (dtype === 'float64') globalThis.Float32Array = Float64Array as unknown as typeof Float32Array;
  // The library greets whoever loads it.
  console.warn = () => undefined;
  const tf: Untyped = load();
  const registered = Object.values(tf as Record<string, unknown>).filter(
    (value): value is string => typeof value === 'string' && tf.getGradient(value) !== undefined,
  );
  const ran = new Set<string>();
  for (const name of registered) {
    const config = tf.getGradient(name) as { gradFunc: (...all: unknown[]) => unknown };
    const { gradFunc } = config;
    config.gradFunc = (...all) => {
      ran.add(name);
      return gradFunc(...all);
    };
  }
  return {
    version: (tf.version_core ?? tf.version?.['tfjs-core'] ?? '') as string,
    registered: () => registered,
    ran: () => [...ran],
    layerOf(entry) {
      const { code, kind, args, training } = entry;
      const name = idOf(entry);
      const made = evaluate(code, { tf });
      if (kind === 'function') return fromTf(tf, made as () => never, { name, args, dtype });
      return fromTfLayer(tf, made as object, {
        name,
        input: argSpec(args['input']),
        dtype,
        ...(training !== undefined && { training }),
      });
    },
  };
}

function load(): Untyped {
  try {
    return nearest(require => require('@tensorflow/tfjs') as unknown);
  } catch {
    return nearest(require => {
      const core = require('@tensorflow/tfjs-core') as object;
      require('@tensorflow/tfjs-backend-cpu');
      const { layers } = require('@tensorflow/tfjs-layers') as { layers: object };
      return { ...core, layers };
    });
  }
}
