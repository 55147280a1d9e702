import { type Convnetjs, fromConvnetjs } from '../../adapters/convnetjs.ts';
import { idOf } from '../../audit/entry.ts';
import { argSpec } from '../../layer.ts';
import { evaluate, type Host, nearest } from './host.ts';

/** convnetjs, which computes in float64. Its kinds of layers count as what is registered. */
export function open(): Host {
  const [convnetjs, { version }] = nearest(
    require => [require('convnetjs'), require('convnetjs/package.json')] as [Convnetjs, { version: string }],
  );
  const ran = new Set<string>();
  return {
    version,
    registered: () => Object.keys(convnetjs).filter(name => /.Layer$/.test(name)),
    ran: () => [...ran],
    layerOf(entry) {
      const { code, args, training, y } = entry;
      const [sy, sx, depth] = argSpec(args['input']).shape;
      const layer = fromConvnetjs(convnetjs, () => evaluate(code, { convnetjs }) as object, {
        name: idOf(entry),
        input: { ...argSpec(args['input']), shape: [sy, sx, depth] },
        ...(y !== undefined && { y }),
        ...(training !== undefined && { training }),
      });
      ran.add(code.match(/convnetjs\.(\w+)/)?.[1] ?? '');
      return layer;
    },
  };
}
