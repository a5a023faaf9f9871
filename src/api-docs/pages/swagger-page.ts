/** The page of Swagger UI. Its script is a file, so that the policy of the page forbids all others. */
export const SWAGGER_PAGE = `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8" />
    <meta name="viewport" content="width=device-width, initial-scale=1" />
    <title>Parley API</title>
    <link rel="icon" href="data:," />
    <link rel="stylesheet" href="/docs/assets/swagger-ui.css" />
    <link rel="stylesheet" href="/docs/assets/docs.css" />
    <script src="/docs/assets/swagger-ui-bundle.js" defer></script>
    <script src="/docs/assets/start.js" defer></script>
  </head>
  <body>
    <nav><a href="/">Parley</a> <a href="/docs/errors">Errors</a> <a href="/openapi.json">OpenAPI</a> <a href="/asyncapi.json">AsyncAPI</a></nav>
    <main id="api"><p class="wait">The description of the API is being loaded. It needs JavaScript; without it, read <a href="/openapi.json">openapi.json</a>.</p></main>
  </body>
</html>
`;

/** Starts Swagger UI on this gateway's own description; nothing is asked of anybody else, and keys are not kept. */
export const SWAGGER_START = `SwaggerUIBundle({
  url: '/openapi.json',
  dom_id: '#api',
  deepLinking: true,
  displayRequestDuration: true,
  persistAuthorization: false,
  validatorUrl: null,
  requestSnippetsEnabled: false,
});
`;
