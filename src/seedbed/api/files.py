"""Pictures by signed URL: `/files/…`."""

from __future__ import annotations

import time
from pathlib import PurePosixPath

from fastapi import APIRouter, Request, Response

from seedbed.api.access import Held
from seedbed.contract.errors import Forbidden, NotFound
from seedbed.storage.blobs import BlobNotFound, SignatureExpired, SignatureInvalid

router = APIRouter(tags=["Files"])


@router.head("/files/{key:path}", include_in_schema=False)
@router.get("/files/{key:path}", summary="Fetch a picture")
async def fetch(
    request: Request, held: Held, key: str, expires: str = "", signature: str = ""
) -> Response:
    """Give the picture that a signed URL stands for, until the URL expires."""
    now = time.time()
    try:
        held.signer.verify(key, expires, signature, now)
        blob = await held.blobs.get(key)
    except SignatureExpired as error:
        raise Forbidden("This picture's URL has expired; ask for the task again.") from error
    except SignatureInvalid as error:
        raise Forbidden("This URL is not one that this service has signed.") from error
    except BlobNotFound as error:
        raise NotFound("This picture is not kept any more.") from error
    headers = {
        "Cache-Control": f"private, max-age={max(0, int(float(expires) - now))}, immutable",
        "Content-Disposition": f'inline; filename="{PurePosixPath(key).name}"',
        "ETag": f'"{PurePosixPath(key).stem}"',
        "X-Content-Type-Options": "nosniff",
        "Access-Control-Allow-Origin": "*",
    }
    if request.headers.get("if-none-match") == headers["ETag"]:
        return Response(status_code=304, headers=headers)
    return Response(blob.data, media_type=blob.media_type, headers=headers)
