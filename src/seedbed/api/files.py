"""Pictures by signed URL, `/files/…`, and the upload of one, `/api/v1/files/`."""

from __future__ import annotations

import time
from pathlib import PurePosixPath

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import JSONResponse
from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException

from seedbed.api.access import Held, uploader
from seedbed.contract.errors import BadRequest, Forbidden, NotFound
from seedbed.contract.models import LARGEST_INPUT
from seedbed.resources import Resources
from seedbed.storage.blobs import BlobNotFound, SignatureExpired, SignatureInvalid

router = APIRouter(tags=["Files"])
FORM = "send the picture as the part `file` of a multipart/form-data body"


@router.post("/api/v1/files", include_in_schema=False, dependencies=[Depends(uploader)])
@router.post("/api/v1/files/", summary="Upload a picture", dependencies=[Depends(uploader)])
async def upload(request: Request, held: Held) -> JSONResponse:
    """Keep a picture, sent as the part `file` of a form, and give a URL that `image` accepts.

    Whoever has the URL can see the picture, until the URL expires.
    """
    return await keep_upload(request, held)


async def keep_upload(request: Request, held: Resources) -> JSONResponse:
    """Keep the picture of a form, whoever was admitted to send it; answer with its URL."""
    try:
        form = await request.form(max_files=1, max_fields=8)
    except HTTPException as error:
        raise BadRequest(f"The form cannot be read: {error.detail}; {FORM}.") from error
    try:
        file = form.get("file")
        if not isinstance(file, UploadFile):
            return _refused(request, 400, "No file provided", FORM)
        if (file.size or 0) > LARGEST_INPUT.max_bytes:
            most = LARGEST_INPUT.max_bytes
            return _refused(request, 413, "File too large", f"at most {most:,} bytes", most)
        kept = await held.inputs.keep(await file.read(), LARGEST_INPUT)
    finally:
        await form.close()
    base_url = held.base_url(request.base_url)
    url = held.signer.sign(kept.blob_key, base_url, time.time())
    return JSONResponse({"file_url": url, "mime": kept.media_type, "size": str(kept.size)})


def _refused(
    request: Request, status: int, error: str, advice: str, most: int | None = None
) -> JSONResponse:
    """Refuse a file in the words of the platform's own API, which other errors do not use."""
    said = {"error": error, "detail": f"{error}: {advice}.", "trace_id": request.state.trace_id}
    limit = {} if most is None else {"max_bytes": most}
    return JSONResponse(said | limit, status_code=status)


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
