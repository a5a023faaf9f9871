// Shows both forms of single sign-on in a minute: a local identity provider, and Parley wired to it.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CLIENT, ROLES, startIdentityProvider } from './demo-sso/identity-provider.mjs';

const root = join(import.meta.dirname, '..');
const port = process.env.PORT ?? '3000';
const dataDir = await mkdtemp(join(tmpdir(), 'parley-demo-'));
const provider = await startIdentityProvider();

const gateway = spawn(process.execPath, [join(root, 'dist', 'src', 'main.js')], {
  cwd: root,
  stdio: ['ignore', 'pipe', 'inherit'],
  env: {
    ...process.env,
    PORT: port,
    DATA_DIR: dataDir,
    LOG_LEVEL: process.env.LOG_LEVEL ?? 'info',
    OIDC_ISSUER: provider.issuer,
    OIDC_CLIENT_ID: CLIENT.id,
    OIDC_CLIENT_SECRET: CLIENT.secret,
    OIDC_ALLOWED_DOMAINS: 'example.com',
    OIDC_ROLE_CLAIM: ROLES,
    SAML_IDP_METADATA: provider.metadataUrl,
    SAML_ALLOWED_DOMAINS: 'example.com',
    SAML_ROLE_ATTRIBUTE: ROLES,
  },
});

gateway.stdout.setEncoding('utf8');
let told = '';
gateway.stdout.on('data', (text) => {
  process.stdout.write(text);
  told += text;
  const url = /listening on (\S+)/.exec(told)?.[1];
  if (url === undefined) return;
  gateway.stdout.removeAllListeners('data').pipe(process.stdout);
  provider.serveOidc(url);
  process.stdout.write(instructions(url));
});
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => gateway.kill(signal));
const [code] = await once(gateway, 'exit');
await provider.stop();
await rm(dataDir, { recursive: true, force: true });
process.exitCode = code ?? 1;

function instructions(url) {
  return `
Identity provider (both forms) at ${provider.issuer}; everybody may be anybody there.

  1. Open ${url}/playground and choose "Sign in with SSO (OpenID Connect)".
     Sign in as admin, operator or viewer (that is the role) or as anybody else (viewer).
  2. Sign out, then choose "Sign in with SSO (SAML)" and click admin, operator or viewer.
  3. Try to come in with an address of another domain: sign in at OpenID Connect as you@elsewhere.test.

Or directly: ${url}/auth/login?method=oidc   ${url}/auth/login?method=saml
Who you are: ${url}/auth/me   Our SAML metadata: ${url}/auth/saml/metadata
Ctrl-C ends both and removes their data.

`;
}
