import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { AgentSchema } from '#libs/contracts';
import { PERMISSIONS } from '#libs/policy';
import { readWhole } from '../gateway/read-whole.js';
import { useMay } from '../shell/me.js';
import { OutsideText } from '../views/outside-text.js';

const AGENTS = '/api/v1/control-plane/agents';
const FRESH_MS = 30_000;

/** An agent by its name, and the way to its page where there is one that one may see. */
export function AgentLink({ name }: { readonly name: string }) {
  const { data: ids } = useQuery({
    queryKey: [AGENTS, 'ids'],
    queryFn: async ({ signal }) => new Map((await readWhole(AGENTS, AgentSchema, signal)).map((agent) => [agent.name, agent.id])),
    enabled: useMay(PERMISSIONS.readControlPlane),
    staleTime: FRESH_MS,
  });
  const id = ids?.get(name);
  const shown = <OutsideText>{name}</OutsideText>;
  return id === undefined ? shown : <Link to={`/agents/${encodeURIComponent(id)}`}>{shown}</Link>;
}
