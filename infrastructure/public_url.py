"""Where a deployed stage is reached, known only once its API exists, and told to its functions."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

_GATEWAY_URL = re.compile(r"https://[a-z0-9]+\.execute-api\.")


def api_url(api: Mapping[str, Any]) -> str:
    """The URL of the API itself, without a slash at the end."""
    return str(api["rest_api_url"]).rstrip("/")


def is_gateway_url(url: str) -> bool:
    """Whether a URL is an API's own, and no domain of the clinic's."""
    return bool(_GATEWAY_URL.match(url))


def public_url(given: str, own: str) -> str:
    """What PUBLIC_URL is to be: a domain of the clinic's stays, the address of an API that is no more gives way."""
    return own if not given or is_gateway_url(given) else given


def tell_functions(lambdas: Any, functions: Mapping[str, str], url: str, say: Callable[[str], None]) -> None:
    """Put PUBLIC_URL into the environment of every function that does not have it yet. Chalice keeps no account of
    environments: its next deployment sets the same from the configuration. Uploading the package once more only for
    this would take minutes."""
    changed = [arn for arn in functions.values() if _tell(lambdas, arn, url)]
    for arn in changed:
        lambdas.get_waiter("function_updated_v2").wait(FunctionName=arn)
    if changed:
        say(f"PUBLIC_URL is {url}: written into .chalice/config.json and {len(changed)} functions")


def _tell(lambdas: Any, arn: str, url: str) -> bool:
    variables = lambdas.get_function_configuration(FunctionName=arn).get("Environment", {}).get("Variables", {})
    if variables.get("PUBLIC_URL") == url:
        return False
    lambdas.update_function_configuration(FunctionName=arn, Environment={"Variables": {**variables, "PUBLIC_URL": url}})
    return True
