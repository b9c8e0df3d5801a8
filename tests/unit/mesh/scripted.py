"""A service of two methods whose answers a test writes itself."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from articket.stylize.v1.stylize_pb2 import DESCRIPTOR, DescribeRequest, DescribeResponse, Step, StylizeResponse
from articket.stylize.v1.stylize_pb2_grpc import StylizeServiceServicer, add_StylizeServiceServicer_to_server
from articket_mesh.server import Service

SERVICE = "articket.stylize.v1.StylizeService"


async def answer(request: DescribeRequest, context: Any) -> DescribeResponse:
    return DescribeResponse(engine="scripted")


async def two_steps(request: Any, context: Any) -> AsyncGenerator[StylizeResponse]:
    for index in (1, 2):
        yield StylizeResponse(step=Step(index=index, count=2))


async def endless_steps(request: Any, context: Any) -> AsyncGenerator[StylizeResponse]:
    while True:
        yield StylizeResponse(step=Step(index=1, count=2))
        await asyncio.sleep(0.01)


@dataclass
class ScriptedServicer(StylizeServiceServicer):
    describe: Callable[[DescribeRequest, Any], Awaitable[DescribeResponse]] = answer
    stylize: Callable[[Any, Any], AsyncGenerator[StylizeResponse]] = two_steps

    async def Describe(self, request, context):
        return await self.describe(request, context)

    async def Stylize(self, request, context):
        async for response in self.stylize(request, context):
            yield response


def scripted_service(**methods: Any) -> Service:
    servicer = ScriptedServicer(**methods)
    return Service(DESCRIPTOR.services_by_name["StylizeService"], partial(add_StylizeServiceServicer_to_server, servicer))
