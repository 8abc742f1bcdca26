// A real provider for the tests: node provider.mjs <library> <credit code> [site], where the
// library is lib/index.js of oidc-provider and the code is of the enterprise that it knows.
// It prints its address, knows two clients, and ends with its standard input.
import { generateKeyPairSync } from 'node:crypto';
import { createServer } from 'node:http';
import { pathToFileURL } from 'node:url';

const { Provider } = await import(pathToFileURL(process.argv[2]));
const SITE = process.argv[4] ?? 'https://zhida.test';
const SECRET = 's3cret:+%/ x';

const people = {
  jingban: { name: '王经办' },
  qiye: { name: '陈企业', uscc: process.argv[3] },
};

function key(kid, alg, pair) {
  return { ...pair.privateKey.export({ format: 'jwk' }), kid, alg, use: 'sig' };
}

function client(name, more) {
  return {
    client_id: name,
    client_secret: SECRET,
    redirect_uris: [`${SITE}/sign-in/back/${name}`],
    post_logout_redirect_uris: [`${SITE}/sign-in`],
    response_types: ['code'],
    grant_types: ['authorization_code'],
    ...more,
  };
}

const server = createServer();
await new Promise((done) => server.listen(0, '127.0.0.1', done));
const issuer = `http://127.0.0.1:${server.address().port}`;
const provider = new Provider(issuer, {
  clients: [
    client('gov', { id_token_signed_response_alg: 'PS256' }),
    client('corp', {
      id_token_signed_response_alg: 'ES256',
      token_endpoint_auth_method: 'client_secret_post',
    }),
  ],
  jwks: {
    keys: [
      key('rsa', 'PS256', generateKeyPairSync('rsa', { modulusLength: 2048 })),
      key('ec', 'ES256', generateKeyPairSync('ec', { namedCurve: 'P-256' })),
    ],
  },
  enabledJWA: { idTokenSigningAlgValues: ['PS256', 'ES256', 'RS256'] },
  cookies: { keys: ['only for tests'] },
  features: { devInteractions: { enabled: false } },
  acrValues: ['level2'],
  claims: { openid: ['sub', 'uscc', 'acr', 'amr'], profile: ['name'] },
  interactions: { url: (_context, interaction) => `/here/${interaction.uid}` },
  findAccount: (_context, accountId) => ({
    accountId,
    claims: () => ({ sub: accountId, ...people[accountId] }),
  }),
});

// A page that asks for a name, and says so when a second factor was shown as well.
async function signIn(request, response) {
  const { params, prompt, session } = await provider.interactionDetails(request, response);
  if (request.method === 'GET') {
    response.setHeader('content-type', 'text/html; charset=utf-8');
    const again = session?.accountId ? `again ${session.accountId}` : 'first';
    response.end(
      `<link rel="icon" href="data:,"><main><p>${prompt.name} ${again}</p><form method="post"><input name="login">` +
        '<button>Sign in</button></form></main>',
    );
    return;
  }
  let text = '';
  for await (const part of request) text += part;
  const form = new URLSearchParams(text);
  const login = form.get('login');
  if (!login) {
    const refused = { error: 'access_denied', error_description: 'nobody' };
    await provider.interactionFinished(request, response, refused);
    return;
  }
  const grant = new provider.Grant({ accountId: login, clientId: params.client_id });
  grant.addOIDCScope(params.scope);
  const second = form.get('second') ? { acr: 'level2', amr: ['pwd', 'otp'] } : {};
  await provider.interactionFinished(request, response, {
    login: { accountId: login, ...second },
    consent: { grantId: await grant.save() },
  });
}

const answer = provider.callback();
server.on('request', (request, response) => {
  const handled = request.url.startsWith('/here/')
    ? signIn(request, response)
    : answer(request, response);
  Promise.resolve(handled).catch((error) => {
    response.statusCode = 500;
    response.end(String(error));
  });
});
process.stdin.resume();
process.stdin.on('end', () => process.exit(0));
console.log(issuer);
