"""What partners send by themselves. Nobody signs in here: a message is the partner's, or it is refused unread."""

from fastapi import APIRouter, Request, Response
from fastapi.concurrency import run_in_threadpool
from starlette.background import BackgroundTask

from tasks import booking, disruption
from tasks.clock import now
from tasks.partners.airline import webhook

router = APIRouter(prefix="/hooks")


@router.post("/airline")
async def airline(request: Request) -> Response:
    """
    Take a message of the airline: 200 also for one that came before, or in a shape not known here, 401 for one that is
    not its own.

    Once it is answered, a lost answer it may be about is looked for; where this process ends before, the clock does it.
    """
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > webhook.LARGEST_MESSAGE:
            return Response("The message is too long.\n", status_code=413)
    try:
        await run_in_threadpool(disruption.hear, bytes(body), request.headers.get(webhook.HEADER))
    except webhook.NotGenuine as refused:
        return Response(f"Not taken: {refused}.\n", status_code=401)
    return Response(status_code=200, background=BackgroundTask(_follow))


def _follow() -> None:
    booking.follow_hints(at=now())
