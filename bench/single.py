# SPDX-License-Identifier: MIT
"""What scripts share whose clients make one request at a time: those of bench/single.h,
against single_server.c or another server that has the same paths."""

from dataclasses import dataclass, field

import measure

MIB = 1 << 20
FEW_REQUESTS = 20           # of which instructions and system calls are counted
MORE_MIB = 17               # or of a body that is so long instead of one MiB


@dataclass
class Task:
    """What all clients do: a first request, and count further ones."""

    name: str
    text: str                           # for the table
    port: str
    clients: dict[str, list[str]]       # name -> its program, and what stands behind COUNT
    count: int
    scheme: str = "https"
    bytes: int = 0                      # of each further body, down or up; 0: a line
    environment: dict[str, dict[str, str]] = field(default_factory=dict)    # of a client

    def command(self, bench: measure.Bench, client: str, count: int,
                size: int | None = None) -> list:
        program, *rest = self.clients[client]
        path = f"/{size or self.bytes or ''}"
        return [bench.program(program), self.scheme, self.port, path, str(count), *rest]

    def tally(self, bench: measure.Bench, client: str) -> dict:
        """Runs a client; answers what it has counted."""
        return bench.tally(self.command(bench, client, self.count), self.count + 1,
                           **self.environment.get(client, {}))

    def time_us(self, bench: measure.Bench, client: str) -> float:
        """Processor time of each further request."""
        return self.tally(bench, client)["rest_us"] / self.count

    def per_request(self, bench: measure.Bench, count) -> dict[str, float | None]:
        """What count, a method of bench, finds for each further request of each client."""
        return {c: count(lambda n, c=c: self.command(bench, c, n), 0, FEW_REQUESTS,
                         **self.environment.get(c, {})) for c in self.clients}

    def per_mib(self, bench: measure.Bench, count) -> dict[str, float | None]:
        """The same for each MiB of a body; the server has to have /1048576, too."""
        return {c: count(lambda n, c=c: self.command(bench, c, 1, n * MIB), 1, MORE_MIB,
                         **self.environment.get(c, {})) for c in self.clients}
