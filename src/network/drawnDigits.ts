import { random, type Random } from '../numeric/random.ts';
import type { Digits } from './digits.ts';

type Point = readonly [x: number, y: number];

const arc = (x: number, y: number, width: number, height: number, from: number, to: number): Point[] =>
  Array.from({ length: 13 }, (_, at) => {
    const angle = 2 * Math.PI * (from + ((to - from) * at) / 12);
    return [x + width * Math.cos(angle), y + height * Math.sin(angle)];
  });

/** The strokes of every digit in a unit square, y downwards; angles in turns, clockwise from the right. */
const STROKES: readonly (readonly (readonly Point[])[])[] = [
  [arc(0.5, 0.5, 0.3, 0.45, 0, 1)],
  [
    [
      [0.35, 0.2],
      [0.55, 0.05],
      [0.55, 0.95],
    ],
  ],
  [[...arc(0.5, 0.3, 0.28, 0.25, 0.5, 1.08), [0.2, 0.95], [0.8, 0.95]]],
  [[...arc(0.47, 0.28, 0.28, 0.23, 0.58, 1.22), ...arc(0.47, 0.72, 0.32, 0.24, 0.78, 1.42)]],
  [
    [
      [0.62, 0.05],
      [0.18, 0.62],
      [0.85, 0.62],
    ],
    [
      [0.65, 0.35],
      [0.62, 0.97],
    ],
  ],
  [[[0.75, 0.06], [0.3, 0.06], [0.26, 0.45], ...arc(0.46, 0.68, 0.3, 0.27, 0.68, 1.4)]],
  [[[0.68, 0.05], ...arc(0.48, 0.5, 0.3, 0.4, 0.6, 0.45), ...arc(0.48, 0.7, 0.27, 0.25, 0.5, 1.5)]],
  [
    [
      [0.2, 0.07],
      [0.8, 0.07],
      [0.42, 0.95],
    ],
  ],
  [arc(0.5, 0.28, 0.24, 0.22, 0, 1), arc(0.5, 0.73, 0.29, 0.23, 0, 1)],
  [
    arc(0.5, 0.3, 0.26, 0.25, 0, 1),
    [
      [0.76, 0.3],
      [0.68, 0.95],
    ],
  ],
];

const SIDE = 28;

/**
 * Digits drawn with a pen: strokes of random slant, scale, thickness, place and waver, under some noise. For everything to run with
 * nothing downloaded; easier than handwriting. Equal seeds give equal pictures.
 */
export function drawnDigits(count: number, seed: string): Digits {
  const stream = random(`digits/${seed}`);
  const images = new Uint8Array(count * SIDE * SIDE);
  const labels = new Uint8Array(count);
  for (let n = 0; n < count; n++) {
    labels[n] = stream.integer(0, 9);
    draw(labels[n], images.subarray(n * SIDE * SIDE, (n + 1) * SIDE * SIDE), stream);
  }
  return { rows: SIDE, columns: SIDE, images, labels };
}

function draw(digit: number, picture: Uint8Array, stream: Random): void {
  const between = (low: number, high: number) => low + (high - low) * stream.uniform();
  const slant = between(-0.35, 0.35);
  const turn = between(-0.2, 0.2);
  const [width, height] = [between(12, 20), between(16, 21)];
  const [left, top] = [SIDE / 2 + between(-2.5, 2.5), SIDE / 2 + between(-2.5, 2.5)];
  const thickness = between(0.7, 1.7);
  const noise = between(0, 12);
  const place = ([x, y]: Point): Point => {
    const waver = 0.035;
    const [u, v] = [(x - 0.5 + waver * stream.normal()) * width, (y - 0.5 + waver * stream.normal()) * height];
    const slanted = u - slant * v;
    return [left + slanted * Math.cos(turn) - v * Math.sin(turn), top + slanted * Math.sin(turn) + v * Math.cos(turn)];
  };
  const lines = STROKES[digit].map(stroke => stroke.map(place));
  for (let row = 0; row < SIDE; row++) {
    for (let column = 0; column < SIDE; column++) {
      const near = Math.min(...lines.map(line => distance([column + 0.5, row + 0.5], line)));
      const ink = Math.min(1, Math.max(0, thickness + 0.5 - near));
      const grey = 255 * ink + noise * Math.abs(stream.normal());
      picture[row * SIDE + column] = Math.min(255, Math.round(grey));
    }
  }
}

/** From a point to a line through others. */
function distance([x, y]: Point, line: readonly Point[]): number {
  let least = Infinity;
  for (let at = 1; at < line.length; at++) {
    const [ax, ay] = line[at - 1];
    const [dx, dy] = [line[at][0] - ax, line[at][1] - ay];
    const along = Math.min(1, Math.max(0, ((x - ax) * dx + (y - ay) * dy) / (dx * dx + dy * dy || 1)));
    least = Math.min(least, Math.hypot(x - ax - along * dx, y - ay - along * dy));
  }
  return least;
}
