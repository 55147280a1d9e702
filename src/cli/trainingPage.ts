import type { Settings } from '../network/recipe.ts';
import type { Epoch } from '../network/training.ts';
import { loadDrawing } from '../report/html/drawing.ts';
import { html } from '../report/html/markup.ts';
import { page } from '../report/html/page.ts';

/** What there is to tell about a training. */
export interface Trained {
  readonly network: string;
  readonly seed: string;
  readonly settings: Settings;
  readonly epochs: readonly Epoch[];
  readonly diverged?: { readonly reason: string; readonly step: number };
}

/** The curves of a training as one page that loads nothing. */
export async function trainingPage({ network, seed, settings, epochs, diverged }: Trained): Promise<string> {
  const { Plot, draw } = await loadDrawing();
  const points = epochs.flatMap(({ epoch, training, test }) => [
    { epoch, of: 'training', loss: training.loss, error: 1 - training.accuracy },
    { epoch, of: 'test', loss: test.loss, error: 1 - test.accuracy },
  ]);
  const curve = (quantity: 'loss' | 'error', label: string) =>
    draw(
      `${label} by epoch: ${points.map(point => `${point.of} ${point.epoch}: ${point[quantity].toPrecision(3)}`).join(', ')}`,
      {
        width: 720,
        height: 240,
        marginLeft: 60,
        x: { label: 'epoch →', ticks: epochs.map(({ epoch }) => epoch), tickFormat: String },
        y: { label: `↑ ${label}`, grid: true, zero: true },
        marks: ['training', 'test'].map((of, at) => {
          const own = points.filter(point => point.of === of);
          const stroke = at === 0 ? 'var(--dim)' : 'var(--link)';
          return [
            Plot.line(own, { x: 'epoch', y: quantity, stroke }),
            Plot.dot(own, { x: 'epoch', y: quantity, fill: stroke, r: 3 }),
            Plot.text(own.slice(-1), { x: 'epoch', y: quantity, text: () => of, dy: -9, fill: stroke }),
          ];
        }),
      },
    );
  const { optimizer, batch, reduction, initialiser, scale } = settings;
  return page(
    `${network}, trained`,
    html`<header><h1>${network}</h1>
<p>${optimizer.name} at ${optimizer.learningRate}, batches of ${batch} by ${reduction}, ${initialiser} initialisation, inputs ${scale}, seed ${seed}</p></header>
<main>
${diverged && html`<p>Diverged in batch ${diverged.step}: ${diverged.reason}</p>`}
${points.length > 0 && [curve('loss', 'loss a sample'), curve('error', 'part that is read wrongly')]}
<table><thead><tr><th>epoch</th><th>training loss</th><th>training accuracy</th><th>test loss</th><th>test accuracy</th></tr></thead>
<tbody>${epochs.map(
      ({ epoch, training, test }) =>
        html`<tr><td>${epoch}</td><td>${training.loss.toFixed(4)}</td><td>${(100 * training.accuracy).toFixed(2)} %</td><td>${test.loss.toFixed(4)}</td><td>${(100 * test.accuracy).toFixed(2)} %</td></tr>`,
    )}</tbody></table>
</main>
`,
  );
}
