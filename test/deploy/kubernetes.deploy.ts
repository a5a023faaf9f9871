import { Deployment } from 'kubernetes-models/apps/v1';
import { Ingress } from 'kubernetes-models/networking.k8s.io/v1';
import { ConfigMap, Secret, Service } from 'kubernetes-models/v1';
import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { z } from 'zod';
import { readConfig } from '../../src/config/config.js';
import { SettingsSchema } from '../../src/config/settings.js';
import { startGatewayProcess, type GatewayProcess } from '../support/gateway-process.js';
import { fileOf } from './manifests.js';

const Models = { ConfigMap, Deployment, Ingress, Secret, Service };
const Kind = z.enum(['ConfigMap', 'Deployment', 'Ingress', 'Secret', 'Service']);

const Pod = z.object({
  terminationGracePeriodSeconds: z.number(),
  containers: z.tuple([z.record(z.string(), z.unknown())]),
});
const DeploymentFacts = z.object({ spec: z.object({ replicas: z.number(), strategy: z.object({ type: z.string() }), template: z.object({ spec: Pod }) }) });
const Probe = z.object({ httpGet: z.object({ path: z.string(), port: z.literal('http') }) });

function documentsOf(path: string): Record<string, unknown>[] {
  return parseAllDocuments(fileOf(path)).map((document) => z.record(z.string(), z.unknown()).parse(document.toJS()));
}

function validate(document: Record<string, unknown>): void {
  const Model = Models[Kind.parse(document['kind'])];
  new Model(document).validate();
}

const documents = [...documentsOf('deploy/kubernetes/secret.yaml'), ...documentsOf('deploy/kubernetes/parley.yaml')];
const ofKind = (kind: z.infer<typeof Kind>) => documents.find((document) => document['kind'] === kind);

describe('the Kubernetes manifests', () => {
  let gateway: GatewayProcess;
  beforeAll(async () => {
    gateway = await startGatewayProcess();
  });
  afterAll(() => gateway.stop(), 60_000);

  it.each(documents.map((document) => [String(document['kind']), document] as const))('%s fits its schema', (_kind, document) => {
    expect(() => validate(document)).not.toThrow();
  });

  it('would be found out', () => {
    const deployment = DeploymentFacts.parse(ofKind('Deployment'));
    expect(() => validate({ ...ofKind('Deployment'), spec: { ...deployment.spec, replicas: 'one' } })).toThrow(/replicas/);
  });

  it('set what the program knows, and it would start with that', () => {
    const { data } = z.object({ data: z.record(z.string(), z.string()) }).parse(ofKind('ConfigMap'));
    const { stringData } = z.object({ stringData: z.record(z.string(), z.string()) }).parse(ofKind('Secret'));
    for (const name of [...Object.keys(data), ...Object.keys(stringData)]) expect(SettingsSchema.shape).toHaveProperty(name);
    const settings = readConfig({ ...stringData, ...data, ENCRYPTION_KEY: randomBytes(32).toString('base64') }).settings;
    const { spec } = DeploymentFacts.parse(ofKind('Deployment'));
    expect(spec.template.spec.terminationGracePeriodSeconds * 1000).toBeGreaterThan(settings.SHUTDOWN_TOTAL_MS);
  });

  it('never runs two processes on one database', () => {
    expect(DeploymentFacts.parse(ofKind('Deployment')).spec).toMatchObject({ replicas: 1, strategy: { type: 'Recreate' } });
  });

  it('asks for the state at routes that answer', async () => {
    const [container] = DeploymentFacts.parse(ofKind('Deployment')).spec.template.spec.containers;
    for (const name of ['startupProbe', 'readinessProbe', 'livenessProbe']) {
      const { path } = Probe.parse(container[name]).httpGet;
      expect((await fetch(`${gateway.url}${path}`, { signal: AbortSignal.timeout(30_000) })).status, `${name} ${path}`).toBe(200);
    }
  });
});
