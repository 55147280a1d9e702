import type * as ObservablePlot from '@observablehq/plot';
import { html, Markup } from './markup.ts';

/** What draws: Observable Plot, and a function that makes a picture from what it is to show, with a label that tells it. */
export interface Drawing {
  readonly Plot: typeof ObservablePlot;
  readonly draw: (label: string, options: ObservablePlot.PlotOptions) => Markup;
}

/** Loads what draws, and a document for it to draw in. */
export async function loadDrawing(): Promise<Drawing> {
  const [Plot, { parseHTML }] = await Promise.all([import('@observablehq/plot'), import('linkedom')]);
  const { document } = parseHTML('<!doctype html><html><body></body></html>');

  const draw = (label: string, options: ObservablePlot.PlotOptions): Markup => {
    const svg = Plot.plot({ document: document as never, ...options }) as unknown as Svg;
    // Of its own style it has nothing that the page's policy would let through.
    for (const style of svg.querySelectorAll('style')) style.remove();
    // A picture is read as a whole.
    for (const part of svg.querySelectorAll('[aria-label]')) part.removeAttribute('aria-label');
    svg.setAttribute('role', 'img');
    svg.setAttribute('aria-label', label);
    return html`<div class="chart" tabindex="0">${new Markup(svg.outerHTML)}</div>`;
  };
  return { Plot, draw };
}

/** As much of what Plot returns as is used here. */
interface Svg {
  readonly outerHTML: string;
  setAttribute(name: string, value: string): void;
  querySelectorAll(selector: string): Iterable<{ remove(): void; removeAttribute(name: string): void }>;
}
