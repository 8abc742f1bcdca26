"use strict";
// Shows the document of this server; nothing is asked for anywhere else.
window.ui = SwaggerUIBundle({
  url: "/api/v1/openapi.json",
  dom_id: "#swagger-ui",
  deepLinking: true,
  validatorUrl: null,
  docExpansion: "none",
  presets: [SwaggerUIBundle.presets.apis],
});
