"""The viewer of the OpenAPI document at `/docs/api`, with every asset served from here."""

from __future__ import annotations

from importlib.resources import files

from fastapi import APIRouter, Response
from fastapi.responses import HTMLResponse
from starlette.staticfiles import StaticFiles

ASSETS = ("swagger-ui-bundle.js", "swagger-ui.css")
PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Seedbed API</title>
<link rel="stylesheet" href="/docs/assets/swagger-ui.css">
<link rel="icon" href="data:,">
</head>
<body>
<div class="swagger-ui"><div class="wrapper"><a class="link" href="/docs">← Docs</a></div></div>
<div id="docs"></div>
<script src="/docs/assets/swagger-ui-bundle.js"></script>
<script src="/docs/assets/start.js"></script>
</body>
</html>
"""
START = """SwaggerUIBundle({
  url: "/openapi.json",
  dom_id: "#docs",
  deepLinking: true,
  persistAuthorization: true,
  defaultModelsExpandDepth: 0,
  tryItOutEnabled: true
});
"""

router = APIRouter(include_in_schema=False)
_assets = StaticFiles(directory=str(files("fastapi_offline") / "static"))


@router.get("/docs/api")
async def page() -> HTMLResponse:
    """Show the API and let a reader try it."""
    policy = "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:"
    return HTMLResponse(PAGE, headers={"Content-Security-Policy": policy})


@router.get("/docs/assets/start.js")
async def start() -> Response:
    """Start the viewer."""
    return Response(START, media_type="text/javascript")


router.mount("/docs/assets", _assets)
