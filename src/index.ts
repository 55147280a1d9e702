export { type ClassOptions, fromClass, type ParameterPlace } from './adapters/class.ts';
export { fromLoss, type LossOptions } from './adapters/loss.ts';
export { fromMutable, type Mutable } from './adapters/mutable.ts';
export type { Format, Numbers } from './adapters/numbers.ts';
export { fromPair, type PairOptions } from './adapters/pair.ts';
export { fromTape, type TapeOptions } from './adapters/tape.ts';
export { elementwiseCases, shapes, tensors } from './arbitraries.ts';
export { type Case, UsageError } from './cases.ts';
export type { CheckName, Verdict, Wrong, WrongElement } from './checks/observation.ts';
export type { Diagnosis } from './diagnosis/hypothesis.ts';
export type { Finding } from './finding.ts';
export type { GraphNode, Step } from './kernels/graph.ts';
export { network, type SizedNode, type SizedStep } from './kernels/network.ts';
export {
  type ArgSpec,
  type CaseSpec,
  type Config,
  defineLayer,
  type Example,
  type Implementation,
  type Layer,
} from './layer.ts';
export * from './layers/index.ts';
export { type CheckOptions, check, type Progress, type Report } from './run.ts';
export { type Dtype, scalar, type Tensor, type Tensors, tensor } from './tensor.ts';
export { VERSION } from './version.ts';
