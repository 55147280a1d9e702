import { Bench } from 'tinybench';

/** How long one takes, in milliseconds, and how many times faster than the first it is. */
export interface Time {
  readonly median: number;
  readonly best: number;
  readonly ratio: number;
}

export interface Effort {
  readonly rounds: number;
  /** Milliseconds for each in every round; at least one call. */
  readonly slice: number;
  /** Milliseconds for each beforehand. */
  readonly warmUp: number;
}

const EFFORT: Effort = { rounds: 41, slice: 10, warmUp: 300 };

/**
 * Times functions against each other in one process: in every round each has its slice, of which the mean is taken, so that
 * whatever disturbs the machine disturbs all of them. Given are the medians and the bests of the rounds, and the medians of the
 * ratios to the first. Young garbage of the one before is collected before a slice begins; its own counts. (A full
 * collection would throw optimised code away.) What is undefined is left out.
 */
export function race(
  contenders: Readonly<Record<string, (() => unknown) | undefined>>,
  effort: Partial<Effort> = {},
): Record<string, Time> {
  const { rounds, slice, warmUp } = { ...EFFORT, ...effort };
  const present = Object.entries(contenders).filter(
    (entry): entry is [string, () => unknown] => entry[1] !== undefined,
  );
  const slices = (time: number) => {
    const bench = new Bench({ time, iterations: 1, warmup: false, throws: true });
    for (const [name, run] of present) bench.add(name, run);
    return bench.tasks.map(task => {
      collect();
      const { result } = task.runSync();
      if (result.state !== 'completed') throw new Error(`${task.name} was not timed: ${result.state}`);
      return result.latency.mean;
    });
  };
  for (let part = 0; part < 3; part++) slices(warmUp / 3);
  const times = Array.from({ length: rounds }, () => slices(slice));
  const timeOf = (at: number): Time => ({
    median: median(times.map(round => round[at])),
    best: Math.min(...times.map(round => round[at])),
    ratio: median(times.map(round => round[0] / round[at])),
  });
  return Object.fromEntries(present.map(([name], at) => [name, timeOf(at)]));
}

/** What node --expose-gc adds. */
function collect(): void {
  const { gc } = globalThis as { readonly gc?: (options: { readonly type: 'minor' }) => void };
  if (!gc) throw new Error('run node with --expose-gc');
  gc({ type: 'minor' });
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)];
}
