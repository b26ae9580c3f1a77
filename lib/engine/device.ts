import { readdirSync, readFileSync } from 'node:fs';
import { arch, availableParallelism, cpus, platform, totalmem } from 'node:os';
import { join } from 'node:path';
import { tf } from './tensorflow';

/** What a session's numbers are computed on; `describe` says it in one line. */
export interface Device {
  /** 'CPU', or the GPU's name as its driver states it. */
  readonly device: string;
  /** The native library's version, such as '2.21.0'. */
  readonly tensorflow: string;
  /** TensorFlow.js's version. */
  readonly tensorflowJs: string;
  /** Threads that one kernel may use on the CPU: TF_NUM_INTRAOP_THREADS as it was at the start, else every core. */
  readonly threads: number;
  /** Whether oneDNN's convolutions are on; they take about half the time of the others. */
  readonly oneDnn: boolean;
  /** Cores that this process may use. */
  readonly cores: number;
  /** The processor's name. */
  readonly processor: string;
  /** The machine's memory in GiB, to one decimal. */
  readonly memoryGiB: number;
  /** Node's version, such as 'v20.18.0'. */
  readonly node: string;
  /** Operating system and architecture, such as 'linux x64'. */
  readonly system: string;
  /** All of it in one line. */
  readonly describe: string;
}

// TensorFlow reads these when it loads, so a later change of the environment must not show here.
const intraOpThreads = Number(process.env.TF_NUM_INTRAOP_THREADS) || availableParallelism();
const oneDnn = platform() === 'linux' && process.env.TF_ENABLE_ONEDNN_OPTS !== '0';

/** The first NVIDIA card's name, from the driver's own listing; without one, a generic name. */
function gpuName(): string {
  const listing = '/proc/driver/nvidia/gpus';
  try {
    const [first] = readdirSync(listing).sort();
    const model = readFileSync(join(listing, first, 'information'), 'utf8').match(/^Model:\s*(.+)$/m);
    return model?.[1]?.trim() ?? 'NVIDIA GPU';
  } catch {
    return 'NVIDIA GPU';
  }
}

/**
 * What the numbers of this session are computed on, as plain data.
 *
 * @example
 * const { tensorflowJs, describe } = device();
 * tensorflowJs; // '4.22.0'
 * typeof describe; // 'string'
 */
export function device(): Device {
  const backend = tf.backend() as unknown as { isUsingGpuDevice: boolean; binding: { TF_Version: string } };
  const facts = {
    device: backend.isUsingGpuDevice ? gpuName() : 'CPU',
    tensorflow: backend.binding.TF_Version,
    tensorflowJs: tf.version.tfjs,
    threads: intraOpThreads,
    oneDnn,
    cores: availableParallelism(),
    processor: cpus()[0]?.model.trim() ?? 'unknown',
    memoryGiB: Math.round((totalmem() / 2 ** 30) * 10) / 10,
    node: process.version,
    system: `${platform()} ${arch()}`,
  };
  const where = facts.device === 'CPU' ? `CPU (${facts.processor})` : `${facts.device}, host ${facts.processor}`;
  const describe =
    `${where}, ${facts.threads} of ${facts.cores} cores, ${facts.memoryGiB} GiB; ` +
    `TensorFlow ${facts.tensorflow}${facts.oneDnn ? ' with oneDNN' : ''}, TensorFlow.js ${facts.tensorflowJs}, ` +
    `Node ${facts.node}, ${facts.system}`;
  return { ...facts, describe };
}
