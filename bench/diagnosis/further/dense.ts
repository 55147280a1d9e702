import { defineLayer, embedding, linear, tensor } from '../../../src/index.ts';
import { type Data, mapTensor, zerosLike } from '../../../src/tensor.ts';
import { all, type FurtherFault, spoilt, where } from './fault.ts';

/** Fully connected layers, products, tables and layers that broadcast, that are wrong. */
export const denseFaults: readonly FurtherFault[] = [
  {
    name: 'dx is assigned, not added, by every tile of four outputs',
    layer: spoilt(
      linear,
      ({ input }, { weight }, { output }) => ({
        input: mapTensor(input, (_, at) => {
          const [n, i] = [Math.floor(at / 6), at % 6];
          let sum = 0;
          for (let o = 0; o < 10; o++) {
            if (o % 4 === 0) sum = 0;
            sum += output.data[n * 10 + o] * weight.data[o * 6 + i];
          }
          return sum;
        }),
      }),
      [{ config: { inFeatures: 6, outFeatures: 10 }, args: { input: [3, 6], weight: [10, 6], bias: [10] } }],
    ),
    argument: 'input',
    causes: ['overwritten-not-accumulated', 'last-item-only'],
    wrong: all,
  },
  {
    name: 'the tile in the corner, too short both ways, of a dW in tiles of 16 x 16 is never written',
    layer: spoilt(linear, ({ weight }) => ({ weight: mapTensor(weight, (value, at) => (inCorner(at) ? 0 : value)) }), [
      { config: { inFeatures: 50, outFeatures: 40 }, args: { input: [2, 50], weight: [40, 50], bias: [40] } },
    ]),
    argument: 'weight',
    causes: ['border', 'zero'],
    wrong: shape => where(shape, (_, at) => inCorner(at)),
  },
  {
    name: 'the scaling of a low-rank adapter is left out of the gradient of its first matrix',
    layer: defineLayer({
      name: 'lora',
      config: { alpha: 8 },
      args: { input: [5, 6], weight: [4, 6], down: [2, 6], up: [4, 2] },
      axes: { input: ['batch', 'in'], weight: ['out', 'in'], down: ['rank', 'in'], up: ['out', 'rank'] },
      // y = x W' + (alpha / rank) (x down') up'
      forward({ input, weight, down, up }, { alpha }) {
        const base = times(input.data, transposed(weight.data, 4), 5, 6);
        const low = times(input.data, transposed(down.data, 2), 5, 6);
        const added = times(low, transposed(up.data, 4), 5, 2);
        return {
          output: tensor(
            [5, 4],
            base.map((value, i) => value + (alpha / 2) * added[i]),
          ),
        };
      },
      vjp({ input, weight, down, up }, { output }, { alpha }) {
        const dy = output.data;
        const scaled = dy.map(value => (alpha / 2) * value);
        const low = times(input.data, transposed(down.data, 2), 5, 6);
        const dLow = times(scaled, up.data, 5, 4);
        const [byWeight, byDown] = [times(dy, weight.data, 5, 4), times(dLow, down.data, 5, 2)];
        return {
          input: tensor(
            [5, 6],
            byWeight.map((value, i) => value + byDown[i]),
          ),
          weight: tensor([4, 6], times(transposed(dy, 5), input.data, 4, 5)),
          down: tensor([2, 6], times(transposed(times(dy, up.data, 5, 4), 5), input.data, 2, 5)),
          up: tensor([4, 2], times(transposed(scaled, 5), low, 4, 5)),
        };
      },
    }),
    argument: 'down',
    causes: ['scaled'],
    factor: 1 / 4,
    wrong: all,
  },
  {
    name: 'the two uses of the features of a Gram matrix are assigned one after the other',
    layer: defineLayer({
      name: 'gram',
      args: { features: [4, 6] },
      forward: ({ features }) => ({
        gram: tensor([4, 4], times(features.data, transposed(features.data, 4), 4, 6)),
      }),
      // The right gradient is (dG + dG') X.
      vjp: ({ features }, { gram }) => ({
        features: tensor([4, 6], times(transposed(gram.data, 4), features.data, 4, 4)),
      }),
    }),
    argument: 'features',
    causes: ['overwritten-not-accumulated'],
    wrong: all,
  },
  {
    name: 'the left vector of an outer product, as long as the right one, is given the transposed upstream',
    layer: defineLayer({
      name: 'outer',
      args: { left: [3, 4], right: [3, 4] },
      linear: ['left', 'right'],
      forward({ left, right }) {
        const output = tensor([3, 4, 4]);
        for (let n = 0; n < 3; n++) {
          for (let i = 0; i < 4; i++) {
            for (let j = 0; j < 4; j++) {
              output.data[(n * 4 + i) * 4 + j] = left.data[n * 4 + i] * right.data[n * 4 + j];
            }
          }
        }
        return { output };
      },
      vjp({ left, right }, { output }) {
        const [dLeft, dRight] = [zerosLike(left), zerosLike(right)];
        for (let n = 0; n < 3; n++) {
          for (let i = 0; i < 4; i++) {
            for (let j = 0; j < 4; j++) {
              dLeft.data[n * 4 + i] += output.data[(n * 4 + j) * 4 + i] * right.data[n * 4 + j];
              dRight.data[n * 4 + j] += output.data[(n * 4 + i) * 4 + j] * left.data[n * 4 + i];
            }
          }
        }
        return { left: dLeft, right: dRight };
      },
    }),
    argument: 'left',
    causes: ['transposed'],
    wrong: all,
  },
  {
    name: 'what was subtracted from every row gets a gradient as if it had been added',
    layer: defineLayer({
      name: 'difference',
      args: { point: [5, 3], centre: [3] },
      axes: { point: ['batch', 'coordinate'], centre: ['coordinate'] },
      forward: ({ point, centre }) => ({ offset: mapTensor(point, (value, i) => value - centre.data[i % 3]) }),
      vjp({ point, centre }, { offset }) {
        const dCentre = zerosLike(centre);
        offset.data.forEach((dy, i) => {
          dCentre.data[i % 3] += dy;
        });
        return { point: mapTensor(point, (_, i) => offset.data[i]), centre: dCentre };
      },
    }),
    argument: 'centre',
    causes: ['sign-flipped'],
    wrong: all,
  },
  {
    name: 'the gradient of positions is summed over the positions, not over a batch of as many',
    layer: defineLayer({
      name: 'addPositions',
      args: { token: [4, 4, 3], position: [4, 3] },
      axes: { token: ['batch', 'time', 'feature'], position: ['time', 'feature'] },
      linear: ['token', 'position'],
      forward: ({ token, position }) => ({
        output: mapTensor(token, (value, i) => value + position.data[i % 12]),
      }),
      vjp({ token, position }, { output }) {
        const dPosition = zerosLike(position);
        output.data.forEach((dy, i) => {
          dPosition.data[Math.floor(i / 12) * 3 + (i % 3)] += dy;
        });
        return { token: mapTensor(token, (_, i) => output.data[i]), position: dPosition };
      },
    }),
    argument: 'position',
    causes: ['wrongly-reduced'],
    wrong: all,
  },
  {
    name: 'the scale of a feature-wise modulation is left out of dx',
    layer: modulation('film', [2, 3, 5], ({ dScale, dShift, dy }) => ({ dx: dy, dScale, dShift })),
    argument: 'input',
    causes: ['argument-ignored'],
    wrong: all,
  },
  {
    name: 'the scale of a feature-wise modulation gets the gradient of the shift',
    layer: modulation('modulate', [3, 4, 2], ({ dx, dShift }) => ({ dx, dScale: dShift, dShift })),
    argument: 'scale',
    causes: ['another-argument', 'argument-ignored'],
    wrong: all,
  },
  {
    name: 'the gradient of a temperature is not summed over what it divides',
    layer: defineLayer({
      name: 'temperature',
      args: { logits: [3, 4], temperature: { shape: [], range: [0.5, 4] } },
      forward: ({ logits, temperature }) => ({ output: mapTensor(logits, value => value / temperature.data[0]) }),
      vjp({ logits, temperature }, { output }) {
        const [t] = temperature.data;
        return {
          logits: mapTensor(logits, (_, i) => output.data[i] / t),
          temperature: mapTensor(logits, (value, i) => (-output.data[i] * value) / (t * t)),
        };
      },
    }),
    argument: 'temperature',
    causes: ['not-reduced'],
    wrong: all,
  },
  {
    name: 'the gradient of the scale of a layer is summed over time but not over the batch',
    layer: defineLayer({
      name: 'layerScale',
      args: { input: [2, 4, 3], scale: [3] },
      axes: { input: ['batch', 'time', 'feature'], scale: ['feature'] },
      forward: ({ input, scale }) => ({ output: mapTensor(input, (value, i) => value * scale.data[i % 3]) }),
      vjp({ input, scale }, { output }) {
        const dScale = tensor([2, 3]);
        input.data.forEach((value, i) => {
          dScale.data[Math.floor(i / 12) * 3 + (i % 3)] += output.data[i] * value;
        });
        return { input: mapTensor(input, (_, i) => output.data[i] * scale.data[i % 3]), scale: dScale };
      },
    }),
    argument: 'scale',
    causes: ['not-reduced', 'wrongly-reduced'],
    wrong: all,
  },
  {
    name: 'a bag of four words is averaged in forward and summed in backward',
    layer: defineLayer({
      name: 'bagOfWords',
      args: { table: [12, 5], word: { shape: [3, 4], integer: true, range: [0, 11] } },
      axes: { table: ['word', 'feature'], word: ['bag', 'place'] },
      constants: ['word'],
      linear: ['table'],
      forward({ table, word }) {
        const output = tensor([3, 5]);
        word.data.forEach((row, at) => {
          const bag = Math.floor(at / 4);
          for (let j = 0; j < 5; j++) output.data[bag * 5 + j] += table.data[row * 5 + j] / 4;
        });
        return { output };
      },
      vjp({ table, word }, { output }) {
        const dTable = zerosLike(table);
        word.data.forEach((row, at) => {
          const bag = Math.floor(at / 4);
          for (let j = 0; j < 5; j++) dTable.data[row * 5 + j] += output.data[bag * 5 + j];
        });
        return { table: dTable };
      },
    }),
    argument: 'table',
    causes: ['scaled'],
    factor: 4,
    wrong: (shape, { word }) => where(shape, ([row]) => word.data.includes(row)),
  },
  {
    name: 'words are counted from 1 in backward',
    layer: defineLayer({
      name: 'lookup',
      args: { vectors: [10, 3], id: { shape: [6], integer: true, range: [0, 9] } },
      constants: ['id'],
      forward: ({ vectors, id }) => ({
        output: mapTensor(tensor([6, 3]), (_, i) => vectors.data[id.data[Math.floor(i / 3)] * 3 + (i % 3)]),
      }),
      vjp({ vectors, id }, { output }) {
        const dVectors = zerosLike(vectors);
        output.data.forEach((dy, i) => {
          dVectors.data[((id.data[Math.floor(i / 3)] + 1) % 10) * 3 + (i % 3)] += dy;
        });
        return { vectors: dVectors };
      },
    }),
    argument: 'vectors',
    causes: ['shifted'],
    wrong: (shape, { id }) => where(shape, ([row]) => id.data.includes(row) || id.data.includes((row + 9) % 10)),
  },
  {
    name: 'weight decay is left in the gradient of the rows that are read',
    layer: spoilt(
      embedding,
      ({ weight }, args) => ({
        weight: mapTensor(weight, (value, i) =>
          args.index.data.includes(Math.floor(i / 4)) ? value + 0.01 * args.weight.data[i] : value,
        ),
      }),
      [
        {
          config: { numEmbeddings: 9, embeddingDim: 4 },
          args: { weight: [9, 4], index: { shape: [2, 3], integer: true, range: [0, 8] } },
        },
      ],
    ),
    argument: 'weight',
    causes: ['weight-decay'],
    wrong: (shape, { index }) => where(shape, ([row]) => index.data.includes(row)),
  },
];

/** Whether a weight [40, 50] lies in the last tile of both axes. */
function inCorner(at: number): boolean {
  return Math.floor(at / 50) >= 32 && at % 50 >= 48;
}

interface Modulated {
  readonly dx: Data;
  readonly dScale: Data;
  readonly dShift: Data;
}

/** y = scale x + shift, every sample and channel of [batch, channel, time] having its own scale and shift. */
function modulation(name: string, shape: readonly number[], spoil: (right: Modulated & { dy: Data }) => Modulated) {
  const [maps, length] = [shape.slice(0, 2), shape[2]];
  const map = (i: number) => Math.floor(i / length);
  return defineLayer({
    name,
    args: { input: shape, scale: maps, shift: maps },
    forward: ({ input, scale, shift }) => ({
      output: mapTensor(input, (value, i) => scale.data[map(i)] * value + shift.data[map(i)]),
    }),
    vjp({ input, scale, shift }, { output }) {
      const [dScale, dShift] = [zerosLike(scale).data, zerosLike(shift).data];
      output.data.forEach((dy, i) => {
        dScale[map(i)] += dy * input.data[i];
        dShift[map(i)] += dy;
      });
      const dx = output.data.map((dy, i) => dy * scale.data[map(i)]);
      const spoiled = spoil({ dx, dScale, dShift, dy: output.data });
      return {
        input: tensor(shape, spoiled.dx),
        scale: tensor(maps, spoiled.dScale),
        shift: tensor(maps, spoiled.dShift),
      };
    },
  });
}

/** The product of two matrices, the first of so many rows and columns. */
function times(a: Data, b: Data, rows: number, inner: number): Data {
  const columns = b.length / inner;
  const product = new Float64Array(rows * columns);
  for (let i = 0; i < rows; i++) {
    for (let k = 0; k < inner; k++) {
      for (let j = 0; j < columns; j++) product[i * columns + j] += a[i * inner + k] * b[k * columns + j];
    }
  }
  return product;
}

/** A matrix of so many rows, transposed. */
function transposed(matrix: Data, rows: number): Data {
  const columns = matrix.length / rows;
  return matrix.map((_, i) => matrix[(i % rows) * columns + Math.floor(i / rows)]);
}
