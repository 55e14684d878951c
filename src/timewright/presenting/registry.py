"""The resources by name."""

from collections.abc import Sequence
from typing import Any

from timewright.presenting.declare import Include, Resource


class Registry:
    """The resources by name, in reading order; every include is checked to lead somewhere."""

    def __init__(self, resources: Sequence[Resource]) -> None:
        self.resources = {resource.name: resource for resource in resources}
        for resource in resources:
            for include in resource.includes:
                self._check(resource, include)

    def _check(self, resource: Resource, include: Include) -> None:
        if include.absent:
            return
        if include.targets:
            if not {name for name, _ in include.targets.values()} <= self.resources.keys():
                raise ValueError(f"{resource.name} includes {include.name}, which leads nowhere.")
            return
        target = self.resources.get(include.target)
        if target is None:
            raise ValueError(f"{resource.name} includes {include.name}, which leads nowhere.")
        if include.links:
            return
        column, table = (include.points_back, target.table) if include.to_many else (include.column, resource.table)
        if column is None or column not in table.c:
            raise ValueError(f"{resource.name} includes {include.name} by a column that is not there.")

    def __getitem__(self, name: str) -> Resource:
        return self.resources[name]

    def __iter__(self) -> Any:
        return iter(self.resources.values())
