import type { Finding } from '../../finding.ts';
import type { Change } from '../compare.ts';
import type { PastFinding, PastRun } from '../history.ts';
import type { Key } from '../key.ts';
import { REFERENCE } from '../../run.ts';
import { subjectOf } from '../table.ts';
import { printable, short } from '../text.ts';
import { loadDrawing } from './drawing.ts';
import type { Markup } from './markup.ts';

/** Errors are drawn from here on: smaller ones, and 0, have no place on a logarithmic axis. */
const LEAST = 1e-17;

/** Errors in units of their bounds are drawn between these. */
const MARGIN = [1e-6, 1e15] as const;

/** What is drawn of a report. Colours are the page's own, by name, so that they follow its light and dark. */
export interface Charts {
  /** How much of its bound every error takes: a stroke for each finding, by check. */
  readonly margins: (findings: readonly Finding[]) => Markup | undefined;
  /** Errors before and after. */
  readonly changes: (changes: readonly Change[]) => Markup | undefined;
  /** The error of one finding over past runs, the oldest first. */
  readonly history: (errors: readonly PastError[]) => Markup;
}

/** What a past run measured of one finding. */
export type PastError = Pick<PastRun, 'date' | 'commit'> & Pick<PastFinding, 'error' | 'inBounds'>;

/** The charts of a report, once what draws is loaded. */
export async function loadCharts(): Promise<Charts> {
  const { Plot, draw } = await loadDrawing();

  return {
    margins(findings) {
      const strokes = findings
        .filter(({ errorBound, relativeError }) => errorBound > 0 && !Number.isNaN(relativeError))
        .map(finding => ({ ...finding, ratio: finding.relativeError / finding.errorBound }));
      if (strokes.length === 0) return undefined;
      const beyond = strokes.filter(({ ratio }) => !(ratio <= 1)).length;
      return draw(`${strokes.length} errors in units of their bounds, by check; ${beyond} are beyond their bound`, {
        width: 720,
        marginBottom: 40,
        height: 70 + 26 * new Set(strokes.map(({ check }) => check)).size,
        marginLeft: 84,
        marginRight: 16,
        x: {
          type: 'log',
          domain: [...MARGIN],
          ticks: powers(...MARGIN, 3),
          tickFormat: power,
          label: 'error / bound →',
        },
        y: { label: null, tickSize: 0 },
        marks: [
          Plot.tickX(strokes, {
            x: ({ ratio }) => clamp(ratio, ...MARGIN),
            y: 'check',
            stroke: ({ ratio }) => (ratio <= 1 ? 'var(--pass)' : 'var(--fail)'),
            strokeOpacity: ({ ratio }) => (ratio <= 1 ? 0.4 : 1),
            strokeWidth: 2,
            title: finding => `${nameOf(finding)}: ${short(finding.ratio)} of its bound`,
          }),
          Plot.ruleX([1], { stroke: 'var(--ink)', strokeDasharray: '3,3' }),
        ],
      });
    },

    changes(changes) {
      const moved = changes.flatMap(({ key, state, before, after }) =>
        before && after
          ? { name: printable(nameOf(key), 44), state, before: drawn(before.error), after: drawn(after.error) }
          : [],
      );
      if (moved.length === 0) return undefined;
      const colour = ({ state }: { state: string }) => (state === 'regressed' ? 'var(--fail)' : 'var(--pass)');
      return draw(`Errors before and after of ${moved.length} findings; the table below has the numbers`, {
        width: 720,
        marginBottom: 40,
        height: 70 + 22 * moved.length,
        marginLeft: 290,
        marginRight: 16,
        x: {
          type: 'log',
          ...logAxis(moved.flatMap(({ before, after }) => [before, after])),
          label: 'error before ○, now ● →',
        },
        y: { label: null, tickSize: 0, domain: moved.map(({ name }) => name) },
        marks: [
          Plot.ruleY(moved, { x1: 'before', x2: 'after', y: 'name', stroke: colour, strokeWidth: 2 }),
          Plot.dot(moved, { x: 'before', y: 'name', stroke: colour, fill: 'var(--card)', r: 4 }),
          Plot.dot(moved, { x: 'after', y: 'name', fill: colour, r: 4 }),
        ],
      });
    },

    history(errors) {
      const points = errors.map(({ date, commit, error, inBounds }, run) => ({
        run,
        error: drawn(error),
        bound: drawn(error / inBounds),
        beyond: !(inBounds <= 1),
        title: `${date}${commit === undefined ? '' : `, ${printable(commit, 12)}`}: error ${short(error)}`,
      }));
      const bounds = points.filter(({ bound }) => Number.isFinite(bound));
      return draw(historyText(errors), {
        width: 720,
        height: 160,
        marginBottom: 28,
        marginLeft: 52,
        marginRight: 16,
        x: { label: 'runs, the latest last →', ticks: [], insetLeft: 8, insetRight: 8 },
        y: {
          type: 'log',
          ...logAxis([...points.map(({ error }) => error), ...bounds.map(({ bound }) => bound)]),
          grid: true,
          label: '↑ error',
        },
        marks: [
          Plot.line(bounds, { x: 'run', y: 'bound', stroke: 'var(--dim)', strokeDasharray: '3,3' }),
          Plot.line(points, { x: 'run', y: 'error', stroke: 'var(--link)' }),
          Plot.dot(points, {
            x: 'run',
            y: 'error',
            r: 3,
            fill: ({ beyond }) => (beyond ? 'var(--fail)' : 'var(--link)'),
            title: 'title',
          }),
        ],
      });
    },
  };
}

/** Past errors in a sentence. */
export function historyText(errors: readonly PastError[]): string {
  const sizes = errors.map(({ error }) => error);
  const runs = errors.length === 1 ? '1 run' : `${errors.length} runs`;
  const [least, most] = [Math.min(...sizes), Math.max(...sizes)];
  const range = least === most ? short(least) : `between ${short(least)} and ${short(most)}`;
  return `Error ${range} in ${runs} from ${errors[0].date} to ${errors[errors.length - 1].date}`;
}

function nameOf(key: Key): string {
  const { layer, implementation } = key;
  const own = implementation === REFERENCE ? '' : ` (${printable(implementation, 24)})`;
  return `${printable(layer, 32)}${own}, ${subjectOf(key)}`;
}

function drawn(error: number): number {
  return error > LEAST ? Math.min(error, 1e300) : LEAST;
}

function clamp(value: number, least: number, most: number): number {
  return Math.min(most, Math.max(least, value));
}

/** A domain of whole powers of ten around some values, at least three of them apart, and its ticks. */
function logAxis(values: readonly number[]): {
  domain: number[];
  ticks: number[];
  tickFormat: (value: number) => string;
} {
  const from = Math.floor(Math.log10(Math.min(...values)));
  const to = Math.max(from + 3, Math.ceil(Math.log10(Math.max(...values))));
  const step = Math.ceil((to - from) / 5);
  const domain = [10 ** from, 10 ** to];
  return { domain, ticks: powers(domain[0], domain[1], step), tickFormat: power };
}

/** Every so many powers of ten. */
function powers(least: number, most: number, step: number): number[] {
  const [from, to] = [Math.round(Math.log10(least)), Math.round(Math.log10(most))];
  return Array.from({ length: Math.floor((to - from) / step) + 1 }, (_, at) => 10 ** (from + step * at));
}

/** 1e-12 as 10⁻¹². */
function power(value: number): string {
  const exponent = Math.round(Math.log10(value));
  if (exponent === 0) return '1';
  const raised = String(exponent).replace(/./g, digit => '⁰¹²³⁴⁵⁶⁷⁸⁹'[Number(digit)] ?? '⁻');
  return `10${raised}`;
}
