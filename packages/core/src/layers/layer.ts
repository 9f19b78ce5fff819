import type { AlgorithmChoice, Allocator, ConvolutionAlgorithms, Kernels } from '@lockstep/kernels';
import type { z } from 'zod';
import type { Shape } from '../graph/graph.ts';
import type { Initialiser } from '../initialisers.ts';
import type { Range } from '../parallel/shards.ts';

/** A trained tensor of a layer. */
export interface ParameterSpec {
  /** `weight` or `bias`; the full name has the node's before it. */
  readonly name: string;
  /** As in PyTorch, and so in files: [out, in, height, width] for a convolution, [out, in] for a linear layer. */
  readonly shape: readonly number[];
  /** `shape` with an axis cut into more where memory needs it, as for groups of channels. Default: `shape`. */
  readonly view?: readonly number[];
  /** Axis i in memory is axis permutation[i] of the view: memory has the output channels last. */
  readonly permutation: readonly number[];
  readonly initialiser: Initialiser;
}

/** A tensor that is kept but not trained, such as a running mean; float32 [length]. */
export interface BufferSpec {
  readonly name: string;
  readonly length: number;
  readonly initial: number;
}

/** One of this worker's shards in the batch at hand. */
export interface Shard {
  /** Which of all the batch's shards, in [0, V). */
  readonly index: number;
  /** How many samples it has in this batch; may be 0. */
  images: number;
  /** Where its tensors begin: what is added to a tensor's offset. */
  readonly base: number;
}

/** A largest subtree of the tree over all shards that this worker has to itself; see parallel/shards.ts. */
export interface Subtree {
  readonly shards: readonly Shard[];
  /** merges[i]: how often the two topmost sums are added after shard i's. */
  readonly merges: readonly number[];
  /** The same as int32 in memory. */
  readonly mergesPointer: number;
}

/**
 * What a layer's pass consists of. Neighbouring `each` steps run shard by shard, so that a shard's tensors stay in the
 * cache; `gather` is the only meeting with the other workers.
 *
 * Steps with `keepsRows` write or read {@link LayerAllocators.pass}. What one does `once` with that may wait for `each` steps behind it, of
 * the next layers, so that it does not part neighbours.
 */
export type Step =
  | { readonly kind: 'each'; readonly run: (shard: Shard) => void; readonly keepsRows?: true }
  | { readonly kind: 'once'; readonly run: () => void; readonly keepsRows?: true }
  | { readonly kind: 'gather'; readonly pointer: number; readonly rowBytes: number };

/** What a normalisation does to each channel in evaluation: x·scale + shift. */
export interface Affine {
  /** Writes the two as of this evaluation, float32 [channels] each. */
  readonly write: (scale: Float32Array, shift: Float32Array) => void;
  /** Where its output goes. */
  readonly y: (shard: Shard) => number;
  /** Whether a ReLU is fused with it. */
  readonly relu: boolean;
}

/** A layer made ready to run in one replica. */
export interface LayerProgram {
  /** Once a pass, before its first layer: such as packing weights. Apart, so that it does not part neighbours in the pass. */
  readonly beforeForward?: (() => void) | undefined;
  readonly beforeBackward?: (() => void) | undefined;
  /** In training. */
  readonly forward: readonly Step[];
  /** In evaluation, where it differs from {@link forward}. */
  readonly evaluate?: readonly Step[];
  readonly backward: readonly Step[];
  /** Writes a shard's output again, in the backward pass of the layer behind it. */
  readonly again?: (shard: Shard) => void;
  /** In evaluation, for a normalisation that is no more than this, and perhaps a ReLU. */
  readonly affine?: Affine;
  /** In evaluation, with the normalisation behind it in its weights: instead of what both do. */
  readonly folded?: (norm: Affine) => { readonly before: () => void; readonly forward: readonly Step[] };
  /** Once a step, after all workers have met behind the backward pass. */
  readonly afterMeeting?: (() => void) | undefined;
  /** What it does in the place of the addition behind it, if it does that addition. */
  readonly withResidual?: { readonly forward: readonly Step[]; readonly backward: readonly Step[] };
}

/** Samples that a batch norm normalises together, where they are not the whole batch. */
export interface GhostGroups {
  /** Of a group; the last of a batch may have fewer. */
  readonly samples: number;
  /** The most groups that a shard can have. */
  readonly maxGroups: number;
}

/** What is known of a layer before there is a memory. */
export interface LayerSizes<Options> {
  readonly name: string;
  readonly options: Options;
  readonly inputs: readonly Shape[];
  readonly output: Shape;
  /** The most samples that a shard can have. */
  readonly maxImages: number;
  /** What the run's table has for the node; default: what the layer chooses. */
  readonly algorithms?: ConvolutionAlgorithms | undefined;
  /** Whether it computes the normalisation behind it as well, in evaluation. */
  readonly folds?: boolean;
  /** Logical shards of a batch. */
  readonly shards: number;
  /** The most shards of a micro-batch that a worker can have. */
  readonly maxOwnShards: number;
  readonly ghost: GhostGroups | undefined;
  readonly kernels: Pick<Kernels, 'wasm'>;
}

/** Where a layer may lay out memory. Nothing is allocated in a step. */
export interface LayerAllocators {
  /** For as long as the replica. */
  readonly own: Allocator;
  /** For the steps of one layer in one pass, with `keepsRows`; every layer has the same region. */
  readonly pass: Allocator;
  /** For one call of one step; every layer has the same region. */
  readonly scratch: Allocator;
}

/** Where a shard's samples are in a run: what their random numbers are keyed by, with the layer's own index. */
export interface SampleStream {
  readonly seed: number;
  readonly epoch: number;
  /** Of the shard's first sample in the epoch; the others follow. */
  readonly position: number;
}

/** What a layer runs on. Pointers are byte offsets into the replica's memory. */
export interface LayerContext<Options, Memory> extends LayerSizes<Options> {
  readonly kernels: Kernels;
  readonly memory: Memory;
  /** The node's place in the graph: its random numbers are its own. */
  readonly index: number;
  /** Where the batch at hand is in the run. */
  stream(shard: Shard): SampleStream;
  x(shard: Shard, input?: number): number;
  y(shard: Shard): number;
  dy(shard: Shard): number;
  /** Where the gradient with respect to an input goes; undefined where nobody needs it. */
  readonly dx: readonly (((shard: Shard) => number) | undefined)[];
  /** Whether that of the first is added to what is there, the share of another reader. */
  readonly addsToGradient: boolean;
  /** Whether a parameter is trained: of one that is not there is no gradient. */
  trains(name: string): boolean;
  /** The parameter as of this step. */
  parameter(name: string): number;
  /** The gradient of a parameter over one owned subtree. */
  gradient(name: string, subtree: number): number;
  /** A buffer as of this step, as of the micro-batch before in this step, and where its next value goes. */
  buffer(name: string): number;
  bufferBefore(name: string): number;
  nextBuffer(name: string): number;
  /** What the layer does besides, in the place of the node behind it. */
  readonly fused: FusedOperation | undefined;
  /** What is added to its output; see plan/residuals.ts. */
  readonly residual: ResidualConnection | undefined;
  /** The shards of the micro-batch, and which of them are this worker's. A batch is a single micro-batch, where nobody wants more. */
  readonly range: Range;
  readonly ownShards: readonly Shard[];
  readonly subtrees: readonly Subtree[];
  /** Rows to gather, one a shard of the batch, for the forward and the backward pass. */
  readonly forwardRows: number;
  readonly backwardRows: number;
  /** Rows of each ghost group of a shard, which all workers have after they have met: those of this layer. */
  groupRows(shard: number): number;
  /** int32: the order of the tree over the micro-batch's shards. */
  readonly treeMerges: number;
  /** Samples of the whole micro-batch, and of a shard. */
  batchSamples(): number;
  shardSamples(shard: number): number;
}

type Pair = readonly [height: number, width: number];

/** Windows that slide over a map. */
export interface Windows {
  readonly kernelSize: Pair;
  /** Default: the kernel's size. */
  readonly stride?: Pair | undefined;
  readonly padding?: Pair | undefined;
  readonly dilation?: Pair | undefined;
}

/** An elementwise operation that a layer before it can do as part of its own. */
export type FusedOperation = 'relu' | 'relu6';

/** The other input of an addition behind a layer, which the layer does in its place, with a ReLU behind it or without. */
export interface ResidualConnection {
  readonly x: (shard: Shard) => number;
  /** Where the gradient with respect to it goes; undefined where nobody needs it. */
  readonly dx: ((shard: Shard) => number) | undefined;
  readonly activation: 'relu' | undefined;
}

/** One kind of layer: everything about it, in one file. */
export interface Layer<Options = unknown, Memory = unknown> {
  readonly op: string;
  /** URL of the module that defines it, if it is not of this package. */
  readonly module?: string;
  readonly options: z.ZodType<Options>;
  /** How many tensors it reads; `any` is one or more. */
  readonly arity: number | 'any';
  /** @throws CoreError `GRAPH_SHAPE` where it does not fit; the caller adds the layer's name. */
  outputShape(options: Options, inputs: readonly Shape[]): Shape;
  parameters(options: Options, inputs: readonly Shape[]): readonly ParameterSpec[];
  buffers(options: Options, inputs: readonly Shape[]): readonly BufferSpec[];
  /** Bytes of the row that each shard gives to the others, in each pass, or each ghost group, once a step; 0 for none. */
  rowBytes(options: Options, inputs: readonly Shape[]): number;
  /** What the backward pass reads, and so must be kept until then. */
  readonly keeps: { readonly inputs: boolean; readonly output: boolean };
  /** Inputs through which no gradient goes, by their place. */
  readonly constants?: readonly number[];
  /** The windows that it slides over its first input, if it does. */
  readonly windows?: (options: Options) => Windows;
  /** Of a layer that makes maps larger: how many pixels of the input, [height, width], one of the output depends on. Default: one. */
  readonly reach?: (options: Options) => Pair;
  /** The operations that it can do as well, to its own output, if they are its only reader. */
  readonly fuses?: readonly FusedOperation[];
  /** Whether its program can do the addition of a residual connection behind it: `withResidual`. */
  readonly addsResidual?: boolean;
  /** Whether it can have a normalisation behind it in its weights, in evaluation; and whether it is such a normalisation. */
  folds?(options: Options, inputs: readonly Shape[]): boolean;
  readonly isAffine?: boolean;
  /**
   * Whether its last forward step goes shard by shard, and its program can make its output `again`: so that need not be kept of
   * all shards; see plan/passing.ts.
   */
  readonly passesOn?: boolean;
  /** Whether all its steps that read its input go shard by shard. */
  takesPassing?(options: Options, inputs: readonly Shape[], maxImages: number): boolean;
  /** Whether the output may overwrite the first input, and the input's gradient the output's. */
  readonly inPlace: { readonly forward: boolean; readonly backward: boolean };
  /**
   * Whether it can add the gradient with respect to its first input to what is there. Default: no; then it is written apart, and added.
   *
   * @param algorithms what the run's table has for the node
   */
  addsToGradient?(
    options: Options,
    inputs: readonly Shape[],
    maxImages: number,
    algorithms: ConvolutionAlgorithms | undefined,
  ): boolean;
  /** Multiply-adds of one sample's forward pass by the formula, whatever algorithm computes it. Default: none. */
  multiplyAdds?(options: Options, inputs: readonly Shape[]): number;
  /** The algorithm of each pass, where there is a choice. */
  algorithms?(options: Options, inputs: readonly Shape[], choice: AlgorithmChoice): ConvolutionAlgorithms;
  allocate(sizes: LayerSizes<Options>, allocators: LayerAllocators): Memory;
  program(context: LayerContext<Options, Memory>): LayerProgram;
}

/** What most layers have nothing of. */
export const plain = {
  arity: 1,
  parameters: () => [],
  buffers: () => [],
  rowBytes: () => 0,
  keeps: { inputs: false, output: false },
  inPlace: { forward: false, backward: false },
  allocate: () => undefined,
} as const;
