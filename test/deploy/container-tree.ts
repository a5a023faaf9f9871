import ignore from '@balena/dockerignore';
import { Copy, DockerfileParser, type Instruction, type JSONInstruction } from 'dockerfile-ast';
import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readdirSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { fileOf, REPOSITORY } from './manifests.js';

const RUN_DEADLINE_MS = 420_000;
/** Where the Node of the image is found inside a stage. */
const NODE_FOLDER = '/usr-node/bin';
/** What a stage takes from this machine, read only, in the place of the layers of its base image. */
const BASE = ['bin', 'etc', 'lib', 'lib64', 'usr'].filter((name) => existsSync(`/${name}`));

interface Stage {
  readonly root: string;
  workdir: string;
  user: string;
  readonly env: Record<string, string>;
  entrypoint: readonly string[];
}

/** The last stage of a container file, as folders of this machine. */
export type ContainerTree = Readonly<Stage>;

/**
 * Does what `docker build` would do with the instructions of a container file, without an engine: each stage is a folder, RUN runs in it by
 * chroot. Base images are this machine's programs, read only, with the Node of this repository. Needs root. Throws on an instruction it does not know.
 */
export function buildContainerTree(containerfile: string, into: string): ContainerTree {
  const stages = new Map<string, Stage>();
  let stage: Stage | undefined;
  for (const instruction of DockerfileParser.parse(containerfile).getInstructions()) {
    if (instruction.getKeyword() === 'FROM') {
      stage = newStage(join(into, `stage-${stages.size}`));
      stages.set(instruction.getArguments()[2]?.getValue() ?? 'last', stage);
      continue;
    }
    if (stage === undefined) throw new Error('A container file begins with FROM.');
    follow(instruction, stage, stages);
  }
  const last = stages.get('last');
  if (last === undefined) throw new Error('The last stage has no name.');
  return last;
}

function newStage(root: string): Stage {
  mkdirSync(root, { recursive: true });
  for (const name of [...BASE, 'dev', 'proc', 'root', 'tmp', 'usr-node']) mkdirSync(join(root, name), { recursive: true });
  return { root, workdir: '/', user: '0:0', env: {}, entrypoint: [] };
}

function follow(instruction: Instruction, stage: Stage, stages: ReadonlyMap<string, Stage>): void {
  const text = instruction.getArgumentsContent() ?? '';
  switch (instruction.getKeyword()) {
    case 'ENV':
      for (const pair of instruction.getArguments()) {
        const [name = '', value = ''] = pair.getValue().split('=', 2);
        stage.env[name] = value;
      }
      return;
    case 'WORKDIR':
      stage.workdir = text;
      mkdirSync(join(stage.root, text), { recursive: true });
      return;
    case 'USER':
      stage.user = text;
      return;
    case 'COPY':
      copy(instruction as Copy, stage, stages);
      return;
    case 'RUN':
      execFileSync('unshare', inside(stage, ['sh', '-c', text]), { env: { ...process.env, ...environmentOf(stage) }, stdio: ['ignore', 'pipe', 'pipe'], timeout: RUN_DEADLINE_MS });
      return;
    case 'ENTRYPOINT':
      stage.entrypoint = (instruction as JSONInstruction).getJSONStrings().map((word) => word.getJSONValue());
      return;
    case 'EXPOSE':
    case 'HEALTHCHECK':
    case 'STOPSIGNAL':
    case 'VOLUME':
      return;
    default:
      throw new Error(`${instruction.getKeyword()} is not known here.`);
  }
}

function copy(instruction: Copy, stage: Stage, stages: ReadonlyMap<string, Stage>): void {
  const words = instruction.getArguments().map((word) => word.getValue());
  const to = words.pop() ?? '.';
  const target = join(stage.root, stage.workdir, to);
  const from = instruction.getFromFlag()?.getValue();
  const source = from === undefined || from === null ? undefined : stages.get(from);
  for (const word of words) {
    const path = source === undefined ? join(REPOSITORY, word) : join(source.root, word);
    if (source === undefined && word === '.') copyContext(target);
    else cpSync(path, isFolder(path) ? target : join(target, basename(path)), { recursive: true, verbatimSymlinks: true });
  }
}

/** The build context: what `.dockerignore` leaves. */
function copyContext(target: string): void {
  const left = ignore.default().add(fileOf('.dockerignore'));
  for (const entry of readdirSync(REPOSITORY, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name).slice(REPOSITORY.length + 1);
    if (!entry.isFile() || left.ignores(path)) continue;
    mkdirSync(dirname(join(target, path)), { recursive: true });
    cpSync(join(REPOSITORY, path), join(target, path));
  }
}

function isFolder(path: string): boolean {
  return statSync(path).isDirectory();
}

/** Environment of a process in a stage. */
export function environmentOf(stage: ContainerTree): Record<string, string> {
  return { HOME: '/root', PATH: `${NODE_FOLDER}:/usr/local/bin:/usr/bin:/bin`, ...stage.env };
}

/** What a process in a stage may write to. */
export interface Writable {
  /** A folder of this machine that is mounted at `/data`; the rest of the tree but `/tmp` is read only then. */
  readonly data?: string;
}

/** Arguments of `unshare` that run `command` inside a stage, as its user, with mounts that nobody else sees. */
export function inside(stage: ContainerTree, command: readonly string[], { data }: Writable = {}): string[] {
  const at = (path: string) => JSON.stringify(join(stage.root, path));
  const readOnly = (from: string, path: string) => [`mount --bind ${JSON.stringify(from)} ${at(path)}`, `mount -o remount,bind,ro ${at(path)}`];
  const script = [
    'set -e',
    ...(data === undefined ? [] : readOnly(stage.root, '/')),
    ...BASE.flatMap((name) => readOnly(`/${name}`, name)),
    ...readOnly(join(REPOSITORY, 'node_modules', 'node-linux-' + process.arch), 'usr-node'),
    `mount --rbind /dev ${at('dev')}`,
    `mount -t proc proc ${at('proc')}`,
    `mount -t tmpfs -o mode=1777 tmpfs ${at('tmp')}`,
    // A build uses the cache and the settings of npm of this machine, the program does not.
    data === undefined ? `mount --bind /root ${at('root')}` : `mount --bind ${JSON.stringify(data)} ${at('data')}`,
    `exec /usr/sbin/chroot --userspec=${stage.user} ${JSON.stringify(stage.root)} sh -c 'cd "$0" && exec "$@"' ${JSON.stringify(stage.workdir)} "$@"`,
  ].join('\n');
  return ['--mount', 'sh', '-c', script, 'sh', ...command];
}
