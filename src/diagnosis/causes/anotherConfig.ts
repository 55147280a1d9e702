import { type Cause, type Hypothesis, predictedIn } from '../hypothesis.ts';
import { otherSettings, type Settings } from '../settings.ts';

/** The right gradient of other settings: a stride or dilation of 1, no padding, two settings exchanged, a flag the other way round. */
export const anotherConfig: Cause = ({ config, configs }) =>
  otherSettings(config, configs).map(
    ({ text, of }): Hypothesis => ({
      cause: 'another-config',
      text: `it is the gradient under other settings: ${text}`,
      everywhere: true,
      ofAnyRank: true,
      predict: async evidence => {
        const changed = of(evidence.config as Settings);
        if (JSON.stringify(changed) === JSON.stringify(evidence.config)) return evidence.truth;
        return predictedIn(evidence, { config: changed });
      },
    }),
  );
