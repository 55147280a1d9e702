import type { MathNode } from 'mathjs';
import { broadcastPositions, broadcastShape } from '../broadcast.ts';
import { drawPoint } from '../cases.ts';
import type { Expression, Implementation, Layer } from '../layer.ts';
import { sameShape, sizeOf, type Tensor, type Tensors, zerosLike } from '../tensor.ts';
import { checkAgreement } from './agreement.ts';
import type { Observation } from './observation.ts';
import { Subject } from './subject.ts';

/**
 * Whether an elementwise layer, or a loss that is a sum of elementwise terms, gives the values of its declared formula and of
 * the formula's symbolic derivative: the layer's `expression`, evaluated and differentiated by mathjs, is held against it
 * like another implementation. No finite differences are involved. Loads mathjs.
 *
 * Cannot see: an error in the formula itself; elements at which the formula's derivative is not finite (abs at 0), or where
 * one of its branches meets the next: which slope is right there is a matter of choice.
 */
export async function checkSymbolic(subject: Subject, seed: string): Promise<Observation[]> {
  const { expression } = subject.layer;
  if (expression === undefined) return [];
  const [output] = Object.entries(await subject.forward(drawPoint(subject.kase, 'normal', seed).args));
  const formula = await fromExpression(subject.layer, expression, ...output);
  const reference = new Subject(subject.layer, 'expression', formula, subject.kase);
  const seen = await checkAgreement(subject, reference, `${seed}/symbolic`);
  return seen.map(one => ({
    ...one,
    check: 'symbolic',
    reason: one.reason
      .replace('the reference implementation', 'the formula')
      .replace("the reference's", "the formula's"),
  }));
}

/** One branch of a formula: valid where all of the conditions before it are false and its own is true. */
interface Piece {
  readonly condition?: Compiled;
  readonly value: Compiled;
  readonly slopes: ReadonlyMap<string, Compiled>;
}

interface Compiled {
  evaluate(scope: Record<string, number>): unknown;
}

/** What formulas came to before, by their text and the names that they are differentiated by: that takes long. */
const formulas = new Map<string, readonly Piece[]>();

/** An implementation that evaluates a layer's expression, with the name and shape of its one output. */
async function fromExpression(
  layer: Layer,
  expression: string | Expression,
  output: string,
  { shape: outputShape }: Tensor,
): Promise<Implementation> {
  const formula: Expression = typeof expression === 'string' ? { of: () => expression } : expression;
  const scale = formula.scale?.bind(formula);
  const math = await import('mathjs');
  const piecesOf = (text: string, primals: readonly string[]): readonly Piece[] => {
    const key = JSON.stringify([text, primals]);
    const known = formulas.get(key);
    if (known) return known;
    const pieces = branches(math, math.parse(text)).map(({ condition, value }) => ({
      condition: condition?.compile(),
      value: value.compile(),
      slopes: new Map(primals.map(name => [name, slopeOf(math, value, name).compile()])),
    }));
    formulas.set(key, pieces);
    return pieces;
  };

  /** For every element, the numbers that the formula's names stand for there, where they are, and the branch that holds. */
  const each = (
    args: Tensors,
    config: Record<string, unknown>,
    visit: (
      i: number,
      piece: Piece,
      scope: Record<string, number>,
      place: (name: string) => number,
      meeting: boolean,
    ) => void,
  ) => {
    const names = Object.keys(args);
    const shape = shapeOf(args);
    const primals = primalsAmong(layer, names);
    const places = new Map(names.map(name => [name, broadcastPositions(args[name].shape, shape)]));
    const found = piecesOf(formula.of(config, args), primals);
    const numbers = Object.entries(config ?? {}).filter(
      (entry): entry is [string, number] => typeof entry[1] === 'number',
    );
    const scope: Record<string, number> = Object.fromEntries(numbers);
    for (let i = 0; i < sizeOf(shape); i++) {
      const place = (name: string) => (places.get(name) as Int32Array)[i];
      for (const name of names) scope[name] = args[name].data[place(name)];
      const piece = holding(found, scope);
      visit(i, piece, scope, place, found.length > 1 && primals.some(name => meets(found, piece, scope, name)));
    }
  };

  return {
    forward(args, config) {
      const shape = shapeOf(args);
      const terms = { shape, data: new Float64Array(sizeOf(shape)) };
      each(args, config, (i, { value }, scope) => {
        terms.data[i] = value.evaluate(scope) as number;
      });
      return { [output]: sameShape(shape, outputShape) ? terms : total(terms, scale?.(args, config) ?? 1) };
    },
    vjp(args, upstream, config) {
      const primals = primalsAmong(layer, Object.keys(args));
      const gradients = Object.fromEntries(primals.map(name => [name, zerosLike(args[name])]));
      const [{ data: above }] = Object.values(upstream);
      const reduced = !sameShape(shapeOf(args), outputShape);
      const factor = reduced ? (scale?.(args, config) ?? 1) : 1;
      each(args, config, (i, { slopes }, scope, place, meeting) => {
        for (const name of primals) {
          const slope = meeting ? Number.NaN : ((slopes.get(name) as Compiled).evaluate(scope) as number);
          gradients[name].data[place(name)] += factor * above[reduced ? 0 : i] * slope;
        }
      });
      return gradients;
    },
  };
}

function primalsAmong(layer: Layer, names: readonly string[]): string[] {
  return names.filter(name => !layer.constants?.includes(name));
}

function holding(pieces: readonly Piece[], scope: Record<string, number>): Piece {
  return pieces.find(({ condition }) => !condition || condition.evaluate(scope)) as Piece;
}

/** Whether another branch holds next to a point. */
function meets(pieces: readonly Piece[], piece: Piece, scope: Record<string, number>, name: string): boolean {
  const step = 1e-9 * (Math.abs(scope[name]) + 1e-3);
  return [-step, step].some(by => holding(pieces, { ...scope, [name]: scope[name] + by }) !== piece);
}

/** The shape of the terms: the one that all arguments broadcast to. */
function shapeOf(args: Tensors): readonly number[] {
  return Object.values(args).reduce<readonly number[]>(
    (shape, next) => broadcastShape('the formula', shape, next.shape),
    [],
  );
}

function total({ data }: Tensor, scale: number): Tensor {
  return { shape: [], data: Float64Array.of(scale * data.reduce((sum, term) => sum + term, 0)) };
}

type MathModule = typeof import('mathjs');

/** The branches of a formula whose root is a chain of conditionals. */
function branches(math: MathModule, node: MathNode): { condition?: MathNode; value: MathNode }[] {
  if (math.isParenthesisNode(node)) return branches(math, node.content);
  if (!math.isConditionalNode(node)) return [{ value: node }];
  const inside = branches(math, node.trueExpr);
  const first = inside.map(({ condition, value }) => ({
    condition: condition ? new math.OperatorNode('and', 'and', [node.condition, condition]) : node.condition,
    value,
  }));
  return [...first, ...branches(math, node.falseExpr)];
}

/**
 * The symbolic derivative of a formula. mathjs has no rule for erf: each erf(g) is taken as a name of its own, and
 * 2 / sqrt(pi) exp(-g^2) g' times the derivative by that name is added.
 */
function slopeOf(math: MathModule, node: MathNode, name: string): MathNode {
  const inner: MathNode[] = [];
  const outer = node.transform(part => {
    if (!math.isFunctionNode(part) || part.fn.toString() !== 'erf') return part;
    inner.push(part.args[0]);
    return new math.SymbolNode(`erf${inner.length - 1}`);
  });
  // To simplify takes longer than all that it saves.
  const derivative = (of: MathNode, by: string) => math.derivative(of, by, { simplify: false });
  if (inner.length === 0) return derivative(node, name);
  const back = (part: MathNode) =>
    part.transform(symbol => {
      const index = math.isSymbolNode(symbol) ? /^erf(\d+)$/.exec(symbol.name)?.[1] : undefined;
      return index === undefined ? symbol : new math.FunctionNode('erf', [inner[Number(index)]]);
    });
  const terms = inner.map((argument, index) => {
    const rate = back(derivative(outer, `erf${index}`));
    const chain = slopeOf(math, argument, name);
    return `(${rate.toString()}) * 2 / sqrt(pi) * exp(-(${argument.toString()})^2) * (${chain.toString()})`;
  });
  return math.parse([`(${back(derivative(outer, name)).toString()})`, ...terms].join(' + '));
}
