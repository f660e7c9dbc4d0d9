"""The package as it lies in Lambda after a deployment."""

from __future__ import annotations

from pathlib import Path

from infrastructure.package import package_problems
from rehearsal.empty_account import EmptyAccount
from rehearsal.steps import promise, same


def check_package(account: EmptyAccount, package: Path) -> None:
    """Every function has the same package, as it was uploaded, and nothing in it is wrong. Raises BrokenPromise."""
    functions = account.client("lambda").list_functions()["Functions"]
    same(1, len({each["CodeSha256"] for each in functions}), "number of different packages")
    problems = package_problems(package)
    promise(not problems, f"the package: {'; '.join(problems[:5])}")
    same({package.stat().st_size}, {each["CodeSize"] for each in functions}, "bytes of the uploaded package")
