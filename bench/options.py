"""How a run of the benchmarks was asked for."""

from __future__ import annotations

import msgspec


class Options(msgspec.Struct, frozen=True):
    """`quick` measures shorter and on smaller tables; `plans` prints the query plans of the growth figures."""

    quick: bool = False
    plans: bool = False
