/** Pictures of digits and what they show. */
export interface Digits {
  readonly rows: number;
  readonly columns: number;
  /** Row-major, picture after picture: 0 is the ground, 255 full ink. */
  readonly images: Uint8Array;
  /** 0 to 9. */
  readonly labels: Uint8Array;
}

/**
 * Pictures with their labels.
 * @throws RangeError where their numbers differ.
 */
export function digitsOf(images: Omit<Digits, 'labels'>, labels: Uint8Array): Digits {
  const count = images.images.length / (images.rows * images.columns);
  if (count !== labels.length) throw new RangeError(`there are ${count} images, but ${labels.length} labels`);
  return { ...images, labels };
}

/** The first so many, or all. */
export function firstOf({ rows, columns, images, labels }: Digits, count = labels.length): Digits {
  return {
    rows,
    columns,
    images: images.subarray(0, count * rows * columns),
    labels: labels.subarray(0, count),
  };
}
