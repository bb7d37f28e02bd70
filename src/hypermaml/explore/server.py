"""Serve the page to this computer alone."""

import socket
from pathlib import Path
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from hypermaml._misc.read import parse_json
from hypermaml.explore.scene import AbstractScene

HOST = "127.0.0.1"
PAGE = Path(__file__).parent / "page"
LARGEST = 1 << 16  # bytes of a request
# The page loads nothing from other hosts, and no other page may show it or send to it.
HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'self'; img-src 'self' data:; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
}


def application(scene: AbstractScene) -> Starlette:
    """Return the web application of a scene: the page, `/setup`, `/task/NUMBER`, and `/adapt`."""
    setup = scene.setup()

    async def get_setup(request: Request) -> Response:
        return JSONResponse(setup, headers=HEADERS)

    async def get_task(request: Request) -> Response:
        return await _answered(scene.task, request.path_params["number"])

    async def adapt(request: Request) -> Response:
        body = bytearray()
        async for part in request.stream():
            body += part
            if len(body) > LARGEST:
                return _refused(f"the request has more than {LARGEST:,} bytes: send fewer points")
        return await _answered(lambda contents: scene.answer(parse_json(contents, "the request")), bytes(body))

    return Starlette(
        routes=[
            Route("/setup", get_setup),
            Route("/task/{number:int}", get_task),
            Route("/adapt", adapt, methods=["POST"]),
            Mount("/", _Page(directory=PAGE, html=True)),
        ],
        middleware=[Middleware(TrustedHostMiddleware, allowed_hosts=[HOST, "localhost"])],
    )


class _Page(StaticFiles):
    """The files of the page, with its headers."""

    def file_response(self, *args: Any, **options: Any) -> Response:
        response = super().file_response(*args, **options)
        response.headers.update(HEADERS)
        return response


async def _answered(call: Any, given: Any) -> Response:
    """Return the value of a call, or the sentence on what is wrong with the request."""
    try:
        return JSONResponse(await run_in_threadpool(call, given), headers=HEADERS)
    except ValueError as error:
        return _refused(str(error))


def _refused(sentence: str) -> Response:
    return JSONResponse({"error": sentence}, status_code=400, headers=HEADERS)


def listen(port: int) -> socket.socket:
    """Return a socket of this computer that listens; no other computer can reach it.

    Args:
        port: 0 for any that is free.

    Raises:
        OSError: the port is busy, or needs rights.
    """
    found = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        found.bind((HOST, port))
        found.listen()
    except OSError:
        found.close()
        raise
    return found


def address(listening: socket.socket) -> str:
    """Return the address of the page."""
    return f"http://{HOST}:{listening.getsockname()[1]}/"


def serve(application: Any, listening: socket.socket) -> None:
    """Serve until the process is asked to end.

    Raises:
        KeyboardInterrupt: Ctrl-C ended it.
    """
    config = uvicorn.Config(application, log_level="error", lifespan="off", timeout_graceful_shutdown=2)
    uvicorn.Server(config).run(sockets=[listening])
