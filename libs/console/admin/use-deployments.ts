import { useQuery } from '@tanstack/react-query';
import { DeploymentSchema, type Deployment } from '#libs/contracts';
import { readWhole } from '../gateway/read-whole.js';

export const DEPLOYMENTS = '/api/v1/control-plane/deployments';

/** Every deployment by the name of its agent, read anew so often; null until it is known. */
export function useDeployments(refreshMs: number): ReadonlyMap<string, Deployment> | null {
  const { data } = useQuery({
    queryKey: [DEPLOYMENTS],
    queryFn: async ({ signal }) => {
      const deployments = await readWhole(DEPLOYMENTS, DeploymentSchema, signal);
      return new Map(deployments.map((deployment) => [deployment.agent, deployment]));
    },
    refetchInterval: refreshMs,
  });
  return data ?? null;
}
