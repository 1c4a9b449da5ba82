"""The MCP server: tools that draw, translated onto the service that every dialect calls.

`tools` knows no transport: who calls, and with which rights, a `Door` tells. There are two,
`mcp.http` and `mcp.local`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from contextlib import aclosing, suppress
from dataclasses import dataclass
from typing import Any, Protocol

import anyio
import structlog
from mcp.server import Server, ServerRequestContext
from mcp.shared.exceptions import MCPError
from mcp.types import (
    INVALID_PARAMS,
    CallToolRequestParams,
    CallToolResult,
    ListToolsResult,
    PaginatedRequestParams,
    ToolAnnotations,
)
from mcp.types import Tool as ListedTool

from seedbed import __version__
from seedbed.accounts.credentials import Caller
from seedbed.contract.errors import ApiError, InternalError
from seedbed.contract.fields import text
from seedbed.mcp.arguments import GET_TASK, IMAGE, LOCAL_IMAGE, Json, Tool, drawing_tools, read_call
from seedbed.mcp.shown import refusal, shown
from seedbed.resources import Resources
from seedbed.service.answers import progress_of
from seedbed.service.images import Asked
from seedbed.settings import Settings
from seedbed.tasks.task import TaskView

log = structlog.get_logger()
Context = ServerRequestContext[Any]

INSTRUCTIONS = (
    "Draws and edits pictures. Each call makes a task; one that takes longer than its `wait` goes "
    "on, and get_task shows its pictures later. Do not call a drawing tool again to wait for it: "
    "that draws, and is charged, again."
)
STEP = 0.0001
"""The least by which progress grows: a notification that tells nothing new is not allowed."""
ABANDON_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class Visit:
    """One call: who makes it, and what serves it."""

    held: Resources
    caller: Caller
    trace_id: str
    base_url: str | None
    """What the URLs of pictures begin with; None for who finds them as files of this machine."""


class Door(Protocol):
    """How calls come in."""

    is_local: bool
    """Whether the assistant works for the operator, on this machine: it may name files, and a
    call that it cancels ends its task, which nobody else would ever ask for."""

    async def to_draw(self, request: Any, body: Mapping[str, Any]) -> Visit:
        """Admit a call that draws what `body` says; `request` is what carried it, if anything.

        Raises an `ApiError` for who may not.
        """
        ...

    async def to_ask(self, request: Any) -> Visit:
        """Admit a call that asks for a task."""
        ...

    async def body(self, body: Json) -> Json:
        """Give a request with every picture in it that only this door can read."""
        ...


def build_server(door: Door, settings: Settings) -> Server[Any]:
    """Build the MCP server behind a door."""
    tools = _Tools(door, settings)
    return Server(
        "seedbed",
        version=__version__,
        title="Seedbed",
        instructions=INSTRUCTIONS,
        on_list_tools=tools.list,
        on_call_tool=tools.call,
    )


class _Tools:
    def __init__(self, door: Door, settings: Settings) -> None:
        self._door = door
        self._longest_wait = settings.wait_timeout
        self._drawing = drawing_tools(LOCAL_IMAGE if door.is_local else IMAGE)
        self._by_name = {tool.name: tool for tool in self._drawing}

    async def list(self, ctx: Context, params: PaginatedRequestParams | None) -> ListToolsResult:
        """List the tools, all on one page."""
        return ListToolsResult(tools=[self._listed(one) for one in (*self._drawing, GET_TASK)])

    async def call(self, ctx: Context, params: CallToolRequestParams) -> CallToolResult:
        """Call a tool; what goes wrong is told as the API tells it, in the tool's own answer."""
        arguments = params.arguments or {}
        try:
            if params.name == GET_TASK.name:
                return await self._show(ctx, arguments)
            if params.name in self._by_name:
                return await self._draw(ctx, self._by_name[params.name], arguments)
        except ApiError as error:
            return refusal(error)
        except Exception:
            log.exception("tool failed", tool=params.name)
            return refusal(InternalError())
        known = ", ".join((*self._by_name, GET_TASK.name))
        raise MCPError(INVALID_PARAMS, f"There is no tool {params.name[:80]!r}; there are {known}.")

    async def _draw(self, ctx: Context, tool: Tool, arguments: Mapping[str, Any]) -> CallToolResult:
        call = read_call(tool, arguments, self._longest_wait)
        body = await self._door.body(call.body)
        visit = await self._door.to_draw(ctx.request, body)
        asked = Asked(body, visit.caller, visit.trace_id, visit.base_url or "")
        # A call cancelled in this instant must not leave a task that nobody ends.
        with anyio.CancelScope(shield=self._door.is_local):
            submitted = await visit.held.images.submit(asked)
        task_id = submitted.task.id
        try:
            await _wait(ctx, visit.held, task_id, call.wait)
        except asyncio.CancelledError:
            if self._door.is_local:
                with anyio.move_on_after(ABANDON_SECONDS, shield=True):
                    await visit.held.images.abandon(task_id)
            raise
        return await self._shown(visit, task_id, (*call.ignored, *submitted.ignored))

    async def _show(self, ctx: Context, arguments: Mapping[str, Any]) -> CallToolResult:
        call = read_call(GET_TASK, arguments, self._longest_wait)
        visit = await self._door.to_ask(ctx.request)
        task_id = text(call.body, "task_id") or ""
        await visit.held.images.find_one(visit.caller, task_id)
        await _wait(ctx, visit.held, task_id, call.wait)
        return await self._shown(visit, task_id, call.ignored)

    async def _shown(self, visit: Visit, task_id: str, ignored: tuple[str, ...]) -> CallToolResult:
        record = await visit.held.images.find_one(visit.caller, task_id)
        return await shown(visit.held, record, visit.base_url, ignored)

    def _listed(self, tool: Tool) -> ListedTool:
        asks = tool is GET_TASK
        return ListedTool(
            name=tool.name,
            title=tool.title,
            description=tool.description,
            input_schema=tool.schema(self._longest_wait),
            annotations=ToolAnnotations(
                read_only_hint=asks, destructive_hint=False, idempotent_hint=asks
            ),
        )


async def _wait(ctx: Context, held: Resources, task_id: str, seconds: float) -> None:
    """Wait for the end of a task, for so long, telling the assistant how it goes."""
    told = -STEP
    with suppress(TimeoutError):
        async with (
            asyncio.timeout(seconds),
            aclosing(held.images.follow(task_id, held.settings.keep_alive)) as views,
        ):
            async for view in views:
                told = max(progress_of(view), told + STEP)
                if told <= 1:
                    await ctx.session.report_progress(told, 1.0, _stage(view))


def _stage(view: TaskView) -> str:
    made, count = len(view.images), view.task.image_count
    pictures = f", {made} of {count} pictures" if made and count > 1 else ""
    return f"task {view.task.id} {view.task.state}{pictures}"
