/** infossl's public names, by room. A notebook imports them from './lib/index'. */

export { type BatchOptions, batches } from './datasets/batches';
export { channelStatistics } from './datasets/channelStatistics';
export { type ImageFolderOptions, loadImageFolder } from './datasets/classFolders';
export { type ClassPartners, classPartners } from './datasets/classPartners';
export { batch, type Dataset, type Split } from './datasets/dataset';
export { DATASET_NAMES, type DatasetName, load } from './datasets/load';
export type { LoadOptions } from './datasets/loadOptions';
export { makeDataset } from './datasets/makeDataset';
export { resizeImages, toColour } from './datasets/resizeImages';
export { type ShapesOptions, shapes } from './datasets/shapes';
export { subset } from './datasets/subset';
export { cholesky } from './engine/cholesky';
export { type Device, device } from './engine/device';
export { type LeastSquaresOptions, leastSquares } from './engine/leastSquares';
export { logDeterminant, type SignedLogDeterminant, signedLogDeterminant } from './engine/logDeterminant';
export { normalizeRows } from './engine/normalizeRows';
export { type Qr, qr } from './engine/qr';
export { foldIn, integers, type Key, key, normal, permutation, split, uniform } from './engine/random';
export { stopGradient } from './engine/stopGradient';
export { type Svd, svd } from './engine/svd';
export { type SymmetricEigen, symmetricEigen } from './engine/symmetricEigen';
export { tf } from './engine/tensorflow';
export { type TriangularSolveOptions, triangularSolve } from './engine/triangularSolve';
export { animatedScatter, type MovingPoint } from './figures/animatedScatter';
export type { PanelQuantity } from './figures/animatedTraces';
export { densityContour } from './figures/densityContour';
export { type DialOptions, type DialSetting, dial } from './figures/dial';
export { type DotRow, dotChart } from './figures/dotChart';
export type { Figure, Frame, Layout, Trace } from './figures/figure';
export { heatmap } from './figures/heatmap';
export type { HistogramSeries } from './figures/histogramChart';
export { histogramChart } from './figures/histogramChart';
export type { GridImage } from './figures/imageGrid';
export { imageGrid } from './figures/imageGrid';
export { type LineRow, lineChart } from './figures/lineChart';
export type { Provenance } from './figures/provenance';
export { regionsChart } from './figures/regionsChart';
export { type ScatterRow, scatterChart } from './figures/scatterChart';
export { type LineView, type SelectableRow, selectableLineChart } from './figures/selectableLineChart';
export { type SettingsRow, settingsScatterChart } from './figures/settingsScatterChart';
export { type PanelRow, smallMultiples } from './figures/smallMultiples';
export { sortableTable, type TableCell } from './figures/sortableTable';
export { type AlignmentOptions, alignment } from './information/alignment';
export { type AffineConditional, gaussianConditional, isotropicConditional } from './information/conditional';
export { type EntropyEstimator, type EntropySettings, entropyEstimators } from './information/entropyEstimators';
export { gaussianDivergences } from './information/gaussianDivergence';
export {
  type GaussianMixture,
  gaussianMixture,
  type MixtureCovariance,
  type MixtureParameters,
} from './information/gaussianMixture';
export { expectedLogIsotropic, expectedSquaredDistances, type ViewMoments } from './information/isotropicExpectation';
export {
  expectedLogConditional,
  gaussianEntropy,
  type JointGaussian,
  trueConditional,
} from './information/jointGaussian';
export { type KernelDensityOptions, kernelDensity } from './information/kernelDensity';
export { type KozachenkoLeonenkoOptions, kozachenkoLeonenko } from './information/kozachenkoLeonenko';
export { logDensity } from './information/logDensity';
export { type LogDetOptions, logDet } from './information/logDet';
export {
  bestChernoffAlpha,
  type MixtureEntropyBoundOptions,
  mixtureEntropyBound,
} from './information/mixtureEntropyBound';
export { momentBound } from './information/momentBound';
export { type MonteCarloEstimate, type MonteCarloOptions, monteCarloEntropy } from './information/monteCarloEntropy';
export {
  type ConditionalSamples,
  correlatedMutualInformation,
  gaussianMutualInformation,
  type LogConditional,
  variationalBound,
  variationalEstimate,
} from './information/mutualInformation';
export { type EmbeddingScale, embeddingScales, normalizeScale } from './information/normalizeScale';
export { type Divergence, type PairDistOptions, pairDist } from './information/pairDist';
export { type RankMeOptions, rankMe } from './information/rankMe';
export { sampleMixture } from './information/sampleMixture';
export { type UniformityOptions, uniformity } from './information/uniformity';
export { gelu, leakyRelu, relu } from './models/activations';
export { batchNorm } from './models/batchNorm';
export { type BottleneckOptions, bottleneck } from './models/bottleneck';
export { conv2d } from './models/conv2d';
export { type ConvNextOptions, type ConvNextSize, convNext } from './models/convNext';
export { convNextBlock } from './models/convNextBlock';
export { dense } from './models/dense';
export { depthwiseConv2d } from './models/depthwiseConv2d';
export { type FoldedNetwork, foldBatchNorm, type LinearHead } from './models/folding/foldBatchNorm';
export { layerNorm } from './models/layerNorm';
export { type MlpOptions, mlp } from './models/mlp';
export type { ApplyOptions, Module, Site, Weights } from './models/module';
export { momentumUpdate } from './models/momentum';
export { multiHeadAttention } from './models/multiHeadAttention';
export { patchConv2d } from './models/patchConv2d';
export { pointwise } from './models/pointwise';
export { flatten, globalAveragePool, maxPool } from './models/pooling';
export { positionEmbedding } from './models/positionEmbedding';
export { type PredictorOptions, predictor } from './models/predictor';
export { type ProjectionHeadOptions, projectionHead } from './models/projectionHead';
export { type ProjectorOptions, projector } from './models/projector';
export { type PrototypesOptions, prototypes } from './models/prototypes';
export { basicBlock } from './models/residual';
export { type ResNetOptions, resnet18, resnet34, resnet50, resnet101 } from './models/resnet';
export { sequential } from './models/sequential';
export { transformerBlock } from './models/transformerBlock';
export { type VitOptions, type VitSize, vit } from './models/vit';
export { copyWeights, countParameters, disposeWeights } from './models/weights';
export { type BarlowTwinsOptions, barlowTwins } from './objectives/barlowTwins';
export { type ByolOptions, byol, regressionTerm } from './objectives/byol';
export { type ByolLogDetOptions, byolLogDet } from './objectives/byolLogDet';
export { type ByolPairDistOptions, byolPairDist } from './objectives/byolPairDist';
export { crossEntropy } from './objectives/crossEntropy';
export { infoNce } from './objectives/infoNce';
export { type MocoOptions, moco } from './objectives/moco';
export { negativeCosine } from './objectives/negativeCosine';
export {
  type Embeddings,
  type Memory,
  type Moment,
  type Objective,
  objective,
  type Requirements,
} from './objectives/objective';
export { enqueue, randomUnitRows } from './objectives/queue';
export { ntXentTerm, type SimclrOptions, simclr } from './objectives/simclr';
export { type SimsiamOptions, simsiam } from './objectives/simsiam';
export { type SinkhornOptions, sinkhorn } from './objectives/sinkhorn';
export { type SwavOptions, swav } from './objectives/swav';
export {
  covarianceTerm,
  invarianceTerm,
  type VicregOptions,
  varianceTerm,
  vicreg,
} from './objectives/vicreg';
export { type VicregLogDetOptions, vicregLogDet } from './objectives/vicregLogDet';
export { type VicregPairDistOptions, vicregPairDist } from './objectives/vicregPairDist';
export { type BootstrapInterval, bootstrapInterval } from './statistics/bootstrap';
export { kendall, pearson, spearman } from './statistics/correlation';
export {
  type CorrelationSummaryOptions,
  correlationSummary,
  type MeasureCorrelation,
} from './statistics/correlationSummary';
export {
  type DagostinoPearson,
  dagostinoPearson,
  dagostinoPearsonColumns,
  kurtosisTest,
  skewTest,
} from './statistics/dagostinoPearson';
export { correlationMatrix, type DistanceToDiagonal, distanceToDiagonal } from './statistics/distanceToDiagonal';
export { normalCdf, normalQuantile } from './statistics/distributions';
export {
  type DesignOptions,
  type DesignPoint,
  experimentalDesign,
  type Factors,
} from './statistics/experimentalDesign';
export { gaussianOverlap } from './statistics/gaussianOverlap';
export { type GranulatedKendall, granulatedKendall } from './statistics/granulatedKendall';
export { henzeZirkler } from './statistics/henzeZirkler';
export { histogram } from './statistics/histogram';
export {
  type IndependentDistance,
  independentDistanceToDiagonal,
  permuteCoordinates,
} from './statistics/independentDistanceToDiagonal';
export { type JackknifeInterval, jackknifeInterval } from './statistics/jackknife';
export { uniformityTest } from './statistics/kolmogorovSmirnov';
export { linkedGroups } from './statistics/linkedGroups';
export { type Mardia, mardia } from './statistics/mardia';
export { type MeanInterval, meanInterval, pairedDifference, studentQuantile } from './statistics/meanInterval';
export { benjaminiHochberg, holm } from './statistics/multipleTesting';
export { type PairwiseDistances, pairwiseDistances } from './statistics/pairwiseDistances';
export { principalComponents } from './statistics/principalComponents';
export type { RejectedFraction } from './statistics/proportion';
export { type Proportion, proportion, rejectedFraction } from './statistics/proportion';
export { sampleCovariance } from './statistics/sampleCovariance';
export { shapiroWilk, shapiroWilkColumns } from './statistics/shapiroWilk';
export { mean, median, quantile, standardError, variance } from './statistics/summary';
export { type CorrelationMethod, withinGroupCorrelation } from './statistics/withinGroupCorrelation';
export { activationPatterns, patternChanges } from './theory/activationPattern';
export { affineErrors, affineMaps, applyAffine, jacobians, tangentMaps } from './theory/affineMap';
export { biasOffset } from './theory/biasOffset';
export type { CovarianceBounds } from './theory/covarianceBounds';
export {
  type AscentRow,
  ascendEntropyBound,
  type EntropyBoundAscent,
  type EntropyBoundAscentOptions,
} from './theory/entropyBoundAscent';
export { type BoundSamples, type BoundTerms, boundTerms, invariance } from './theory/generalization/boundTerms';
export {
  type BoundTrial,
  type BoundTrials,
  type BoundTrialsOptions,
  boundTrials,
} from './theory/generalization/boundTrials';
export {
  augmentedPairs,
  type BrokenOptions,
  type BrokenSetting,
  encoderTrainedOnLabels,
  labelNoise,
  type TrainedOnLabels,
  type WeightBoundRule,
  weightBoundFromData,
} from './theory/generalization/brokenAssumptions';
export { classDiameter } from './theory/generalization/classDiameter';
export { type ClassFrequencyTerm, classFrequencyTerm } from './theory/generalization/classFrequencyTerm';
export { type FiniteWorld, type FiniteWorldOptions, finiteWorld } from './theory/generalization/finiteWorld';
export { type Matrix, type MatrixLike, toMatrix } from './theory/generalization/float64Matrix';
export {
  type BoundSummands,
  type FullBound,
  type FullBoundOptions,
  fullBound,
  type Theorem3Bound,
  theorem3Bound,
} from './theory/generalization/fullBound';
export { classLossBound, lossBound } from './theory/generalization/lossBound';
export {
  type MinimumNormLeastSquares,
  minimumNormLeastSquares,
  projectionResidual,
} from './theory/generalization/minimumNormLeastSquares';
export { type ProofOnSample, type ProofPart, type ProofStep, proofSteps } from './theory/generalization/proofSteps';
export { type ProofTrial, type ProofTrialsOptions, proofTrials } from './theory/generalization/proofTrials';
export {
  invarianceComplexity,
  linearClassComplexity,
  type MonteCarloMean,
} from './theory/generalization/rademacherComplexity';
export { rangeBasis, residualProjection } from './theory/generalization/residualProjection';
export { selectEncoder } from './theory/generalization/selectEncoder';
export { spectralNorm } from './theory/generalization/spectralNorm';
export { type Claim, type Violations, violationsOf } from './theory/generalization/violations';
export { type WorldConstants, worldConstants } from './theory/generalization/worldConstants';
export { sampleWorld, type WorldSample } from './theory/generalization/worldSample';
export type { LikelihoodComparison } from './theory/likelihoodComparison';
export { compareLikelihoods } from './theory/likelihoodComparison';
export { type LogDeterminantExpansion, logDeterminantExpansion } from './theory/logDeterminantExpansion';
export type { CentreBounds, MixtureBounds } from './theory/mixtureBounds';
export {
  escapeWeight,
  fixedCollapseSigma,
  pairCollapseSteps,
  pairContraction,
} from './theory/mixtureFit/collapseOnset';
export type { EmOptions, FittedCovariance } from './theory/mixtureFit/emOptions';
export { type EmStep, emStep } from './theory/mixtureFit/emStep';
export {
  fitMixture,
  type MixtureFit,
  type MixtureFitOptions,
  type MixtureFitStep,
} from './theory/mixtureFit/fitMixture';
export { type GroupedMixture, groupedMixture } from './theory/mixtureFit/groupedMixture';
export {
  type CollapseRow,
  type MixtureCollapse,
  type MixtureCollapseOptions,
  mixtureCollapse,
} from './theory/mixtureFit/mixtureCollapse';
export { responsibilities } from './theory/mixtureFit/responsibilities';
export { seedCentres } from './theory/mixtureFit/seedCentres';
export type { MomentComparison } from './theory/momentComparison';
export { compareMoments, outputsInBatches } from './theory/momentComparison';
export { frozenNetwork, type Network, outputs, selectOutputs } from './theory/network';
export { type NoiseCovariance, type NoiseCovarianceOptions, noiseCovariance } from './theory/noiseCovariance';
export type { MixturePart, OutputMixture } from './theory/outputMixture';
export {
  gaussianMixtureOfOutputs,
  outputLogDensity,
  partOfMixture,
  sampleOutputMixture,
} from './theory/outputMixture';
export type { NormalityOptions } from './theory/outputNormality';
export { linearNetwork, type OutputNormality, outputNormality } from './theory/outputNormality';
export { projectOutputs } from './theory/projectOutputs';
export type { RegionStability, TotalVariationBound } from './theory/regionStability';
export { noisyCopies, stayInRegionProbability, totalVariationBound } from './theory/regionStability';
export type { Regions2d } from './theory/regions';
export { regions2d } from './theory/regions';
export type { AffinePiece } from './theory/scalarNetwork';
export { affinePieces, leaveProbability, totalVariationToAffine } from './theory/scalarNetwork';
export { type BoxScaleOptions, boxScale } from './theory/supervised/boxScale';
export type { LayeredNetwork, LinearLayer } from './theory/supervised/layeredNetwork';
export { distanceNorms, type LayerNorms, layerNorms } from './theory/supervised/layerNorms';
export { layerSpectralNorm, type SpectralNormOptions } from './theory/supervised/layerSpectralNorm';
export { inverseMargin, margin, outputMargins } from './theory/supervised/margin';
export { type Measure, type MeasureName, supervisedMeasureTable } from './theory/supervised/measureTable';
export { type NoiseScaleOptions, noiseScale } from './theory/supervised/noiseScale';
export { type NormMeasureOptions, type NormMeasures, normMeasures } from './theory/supervised/normMeasures';
export { logOverExamples, overExamples } from './theory/supervised/overExamples';
export { pathNorm } from './theory/supervised/pathNorm';
export {
  type SupervisedOptions,
  type SupervisedTerms,
  supervisedMeasures,
  supervisedTerms,
} from './theory/supervised/supervisedMeasures';
export { type SampledInformation, type ViewInformation, viewInformation } from './theory/viewInformation';
export { type AdamWOptions, adamW } from './training/adamW';
export { type Checkpoint, loadCheckpoint, saveCheckpoint } from './training/checkpoint';
export { Collapsed, type CollapseOptions } from './training/collapse';
export {
  type CollapseKind,
  type CollapseTestOptions,
  type CollapseTestRow,
  collapseTest,
} from './training/collapseTest';
export { type DescentOptions, type DescentRow, descendEmbeddings } from './training/descendEmbeddings';
export { accuracy, type EmbedOptions, embed, type Features } from './training/embed';
export { type Evaluation, evaluate, evaluationProtocols } from './training/evaluate';
export { evaluateRun } from './training/evaluateRun';
export type { GradientError, GradientOptions } from './training/gradientErrors';
export { Interrupted } from './training/interrupt';
export { type LarsOptions, lars } from './training/lars';
export { fitLinearProbe, type LinearProbe, type LinearProbeOptions, predictLinear } from './training/linearProbe';
export { type Method, type MethodOptions, method, methodNames } from './training/methods';
export { type NearestNeighborsOptions, predictNearest } from './training/nearestNeighbors';
export type { NetworkName, Networks, NetworkWeights } from './training/networks';
export type { ObjectiveCheck, ObjectiveCheckOptions } from './training/objectiveChecks';
export { onlineClassifier } from './training/onlineProbe';
export type { LearningRate, Optimizer } from './training/optimizer';
export {
  type OutputsToMeasure,
  type OverTrainingOptions,
  type OverTrainingRow,
  overTraining,
} from './training/overTraining';
export type { MethodName, Preset } from './training/publishedMethods';
export { measureRepresentation, type RepresentationMeasures } from './training/representation';
export { type Run, type RunSettings, runId, trainedRun, trainingVersion } from './training/run';
export type { RunElsewhere } from './training/runElsewhere';
export { type RunOutcome, type RunsEvent, runMany } from './training/runMany';
export type { RunOptions } from './training/runOptions';
export { type CosineOptions, cosineSchedule, type Schedule } from './training/schedules';
export { settleStatistics } from './training/settleStatistics';
export { type SgdOptions, sgd } from './training/sgd';
export { type Snapshot, snapshotSteps } from './training/snapshots';
export { snapshotWeights } from './training/snapshotWeights';
export { finishTraining, type TrainingEvent, type TrainingResult, train } from './training/train';
export type { TrainOptions } from './training/trainingPlan';
export { disposeTraining } from './training/trainingState';
export { type Augmentation, compose } from './views/augmentation';
export { type ColorJitterOptions, randomColorJitter } from './views/colorJitter';
export { randomGaussianBlur } from './views/gaussianBlur';
export { randomGrayscale } from './views/grayscale';
export { randomHorizontalFlip } from './views/horizontalFlip';
export { type ChannelStatistics, normalize } from './views/normalize';
export { type Recipe, recipes, twoViews, unaugmented, type ViewRecipe } from './views/recipe';
export { type ResizedCropOptions, randomResizedCrop } from './views/resizedCrop';
export { randomSolarize } from './views/solarize';
export { checkGradient, checkObjective } from './workbook/checkObjective';
export { type CompareOptions, compare } from './workbook/compare';
export type { ComparedMethod } from './workbook/comparedMethod';
export { type ComparedRun, comparedRuns } from './workbook/comparedRuns';
export { type ComparisonRow, type MethodSummary, summarize, summaryRows } from './workbook/comparisonTable';
export { dataFrame, exportCsv, toCsv } from './workbook/dataFrame';
export { show, showMarkdown, showTable } from './workbook/display';
export { type DoctorReport, doctor } from './workbook/doctor';
export { exportFigure, type FigureRenderer, openRenderer } from './workbook/exportFigure';
export {
  type GeneralizationOptions,
  generalizationCode,
  generalizationMeasures,
} from './workbook/generalizationMeasures';
export { interruptible } from './workbook/interruptible';
export type { Finding } from './workbook/inventory';
export { type KeptMeasurementOptions, keptMeasurement } from './workbook/keptMeasurement';
export { type LastVerdict, lastVerdicts } from './workbook/lastVerdicts';
export { type LiveFigure, liveFigure } from './workbook/liveFigure';
export {
  type MeasuredRun,
  type MeasuredRunsOptions,
  type ModelToMeasure,
  measuredRuns,
} from './workbook/measuredRuns';
export {
  type PairedAdvantage,
  type PairedVerdict,
  type PairedVerdictOptions,
  pairedVerdict,
} from './workbook/pairedVerdict';
export { type Progress, progress, withProgress } from './workbook/progress';
export { byScale, type Scale, scale } from './workbook/scale';
export { showSortable } from './workbook/showSortable';
export { trainLive } from './workbook/trainLive';
export type { VerdictRow } from './workbook/verdict';
export { type Verdict, verdict } from './workbook/verdict';
export { type ViewsFigureOptions, viewsFigure } from './workbook/viewsFigure';
