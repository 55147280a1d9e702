import { examine, type Symptom } from '../network/doctor.ts';
import type { Status } from './finish.ts';
import type { Options } from './options.ts';
import type { Terminal } from './terminal.ts';
import { picturesFor, recipeFor, type TrainOptions } from './train.ts';
import { writeWhole } from './write.ts';

/** `gradcheck doctor`: says why a network does not learn, from measurements. */
export async function doctor(name: string, given: TrainOptions, options: Options, terminal: Terminal): Promise<Status> {
  const recipe = await recipeFor(name, given);
  const pictures = await picturesFor(given, options.seed);
  const found: Symptom[] = [];
  for await (const symptom of examine(recipe, pictures, options.seed)) {
    found.push(symptom);
    const { isIll, measured, threshold, advice } = symptom;
    terminal.out(`${isIll ? terminal.paint.red('ILL') : 'ok '}  ${symptom.name}: ${measured}`);
    if (isIll || options.verbose) terminal.out(`       expected: ${threshold}`);
    if (isIll) terminal.out(`       to do: ${advice}`);
  }
  const ill = found.filter(({ isIll }) => isIll);
  const result = {
    schema: 'gradcheck-doctor/1',
    network: recipe.name,
    seed: options.seed,
    settings: recipe.settings,
    symptoms: found,
  };
  if (options.json === '-') terminal.json(`${JSON.stringify(result, null, 2)}\n`);
  else if (options.json !== undefined) await writeWhole(options.json, `${JSON.stringify(result, null, 2)}\n`);
  terminal.out(
    ill.length > 0
      ? `${recipe.name}: ${ill.map(one => one.name).join(', ')}`
      : `${recipe.name}: none of ${found.length} measurements is ill`,
  );
  return ill.length > 0 ? 1 : 0;
}
