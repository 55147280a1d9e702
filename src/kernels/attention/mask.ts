import { broadcastPositions, broadcastShape } from '../../broadcast.ts';
import { type Data, describe, emptyLike, sameShape, type Tensor } from '../../tensor.ts';

/** What the numbers of a mask are: something to add to the scores, or 0 and 1 for which keys a query sees. */
export type MaskKind = 'additive' | 'boolean';

/**
 * A mask as what is added to scores of a shape that it broadcasts to: of a boolean one 0 where its number is `seen`, else
 * -Infinity. Where no kind is given, a mask of nothing but 0 and 1, not all of them 0, is boolean, and any other additive.
 * @throws RangeError when it does not broadcast; `layer` and `name` are the names in the message.
 */
export function addedBy(
  layer: string,
  name: string,
  { shape, data }: Tensor,
  seen: 0 | 1,
  scores: readonly number[],
  kind = kindOf(data),
): Data {
  if (kind !== 'additive' && kind !== 'boolean') {
    throw new RangeError(`${layer} has maskKind ${describe(kind)}; give "additive" or "boolean"`);
  }
  if (!sameShape(broadcastShape(layer, shape, scores), scores)) {
    throw new RangeError(
      `the ${name} of ${layer} has shape [${shape.join(', ')}], which does not broadcast to its scores [${scores.join(', ')}]`,
    );
  }
  const positions = broadcastPositions(shape, scores);
  const added = emptyLike(data, positions.length);
  for (const [at, position] of positions.entries()) {
    const value = data[position];
    added[at] = kind === 'additive' ? value : value === seen ? 0 : Number.NEGATIVE_INFINITY;
  }
  return added;
}

function kindOf(data: Data): MaskKind {
  return data.every(value => value === 0 || value === 1) && data.includes(1) ? 'boolean' : 'additive';
}
