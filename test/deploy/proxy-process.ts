import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileOf } from './manifests.js';

const STOP_DEADLINE_MS = 10_000;

/** A real proxy run by the example of the repository; only addresses, certificate and places of files are replaced. */
export interface ProxyProcess {
  running(): boolean;
  /** What it has printed. */
  output(): string;
  stop(): Promise<void>;
}

interface Prepared {
  readonly command: string;
  readonly args: readonly string[];
}

export type ProxyName = 'nginx' | 'caddy';

/** Starts `name` on 127.0.0.1:`port` with TLS for `localhost`, before a gateway on 127.0.0.1:`upstream`. */
export function startProxy(name: ProxyName, port: number, upstream: number): ProxyProcess {
  const folder = mkdtempSync(join(tmpdir(), 'parley-proxy-'));
  const { command, args } = name === 'nginx' ? nginx(folder, port, upstream) : caddy(folder, port, upstream);
  const child = spawn(command, args, { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'], env: { PATH: process.env['PATH'], HOME: folder } });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (chunk: string) => (said += chunk));
  child.on('error', (error) => (said += error.message));
  return { running: () => runs(child), output: () => said, stop: () => stop(child, folder) };
}

function nginx(folder: string, port: number, upstream: number): Prepared {
  const made = spawnSync(
    'openssl',
    ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '1', '-subj', '/CN=localhost', '-keyout', 'privkey.pem', '-out', 'fullchain.pem'],
    { cwd: folder, timeout: 30_000 },
  );
  if (made.status !== 0) throw new Error(`openssl made no certificate: ${made.stderr.toString()}`);
  const example = fileOf('deploy/proxy/nginx.conf')
    .replace('server 127.0.0.1:3000;', `server 127.0.0.1:${upstream};`)
    .replace('listen 443 ssl;', `listen 127.0.0.1:${port} ssl;`)
    .replace('server_name parley.example.com;', 'server_name localhost;')
    .replaceAll('/etc/ssl/parley', folder)
    .replace('/var/log/nginx/parley.log', join(folder, 'access.log'));
  writeFileSync(join(folder, 'nginx.conf'), example);
  mkdirSync(join(folder, 'logs'));
  return { command: 'nginx', args: ['-p', folder, '-c', 'nginx.conf', '-e', 'stderr', '-g', `daemon off; master_process off; pid ${folder}/nginx.pid;`] };
}

function caddy(folder: string, port: number, upstream: number): Prepared {
  const options = `{\n\tadmin off\n\tauto_https disable_redirects\n\tskip_install_trust\n\tstorage file_system ${folder}\n}\n`;
  const example = fileOf('deploy/proxy/Caddyfile')
    .replace('parley.example.com {', `https://localhost:${port} {\n\tbind 127.0.0.1\n\ttls internal`)
    .replace('reverse_proxy 127.0.0.1:3000', `reverse_proxy 127.0.0.1:${upstream}`);
  writeFileSync(join(folder, 'Caddyfile'), options + example);
  return { command: 'caddy', args: ['run', '--config', 'Caddyfile', '--adapter', 'caddyfile'] };
}

function runs(child: ChildProcess): boolean {
  return child.pid !== undefined && child.exitCode === null && child.signalCode === null;
}

async function stop(child: ChildProcess, folder: string): Promise<void> {
  if (runs(child)) {
    const kill = setTimeout(() => child.kill('SIGKILL'), STOP_DEADLINE_MS);
    child.kill('SIGTERM');
    await once(child, 'exit');
    clearTimeout(kill);
  }
  rmSync(folder, { recursive: true, force: true });
}
