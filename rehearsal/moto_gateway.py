"""Teaches moto's API Gateway what Chalice and we ask of the real one: it imports Swagger 2.0, forgets gateway answers
when a document overwrites an API, keeps a stage's settings through deployments, and serves an API as it was when it
was deployed. Import it in the process that holds moto."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from moto.apigateway.exceptions import BadRequestException
from moto.apigateway.models import APIGatewayBackend, Deployment, RestAPI
from moto.apigateway.responses import APIGatewayResponse


@dataclass(frozen=True)
class DeployedMethod:
    """What one method of a deployed resource does."""

    integration: str
    uri: str
    timeout_ms: int


@dataclass(frozen=True)
class DeployedApi:
    """An API at the moment of a deployment; later changes wait for the next one."""

    paths: Mapping[str, Mapping[str, DeployedMethod]]
    binary_types: tuple[str, ...]
    answers: Mapping[str, Mapping[str, Any]]
    """Gateway responses by type, as `GetGatewayResponses` tells them."""


def deployed_api(api: RestAPI, stage: str) -> DeployedApi | None:
    """What the stage serves; None when there is no such stage."""
    found = api.stages.get(stage)
    deployment = api.deployments.get(found.deployment_id or "") if found else None
    return getattr(deployment, "rehearsal_api", None)


def _import_rest_api(self: APIGatewayBackend, api_doc: dict[str, Any], fail_on_warnings: bool) -> RestAPI:
    api = self.create_rest_api(name=api_doc["info"]["title"], description=api_doc["info"].get("description", ""))
    return self.put_rest_api(api.id, api_doc, fail_on_warnings, mode="overwrite")


def _put_rest_api(
    self: APIGatewayBackend, function_id: str, api_doc: dict[str, Any], fail_on_warnings: bool, mode: str = "merge"
) -> RestAPI:
    if api_doc.get("swagger") != "2.0":
        return _PUT(self, function_id, api_doc, fail_on_warnings, mode)
    if mode != "overwrite":
        raise BadRequestException("a rehearsal imports whole documents only, as Chalice does")
    api = self.get_rest_api(function_id)
    api.binaryMediaTypes = list(api_doc.get("x-amazon-apigateway-binary-media-types", []))
    api.gateway_responses = {}
    api.resources = {}
    api.default = api.add_child("/")
    api.root_resource_id = api.default.id
    for path, methods in sorted(api_doc["paths"].items()):
        resource = _resource(self, api, path)
        for name, document in methods.items():
            _add_method(self, api.id, resource, name.upper(), document)
    return api


def _resource(backend: APIGatewayBackend, api: RestAPI, path: str) -> str:
    """The id of a path's resource, made with those above it."""
    parent, so_far = api.default.id, ""
    for part in (part for part in path.split("/") if part):
        so_far += f"/{part}"
        known = api.get_resource_for_path(so_far)
        if known is None:
            _refuse_second_variable(api, parent, part)
            known = backend.create_resource(api.id, parent, part)
        parent = known.id
    return str(parent)


def _refuse_second_variable(api: RestAPI, parent: str, part: str) -> None:
    siblings = [each.path_part for each in api.resources.values() if each.parent_id == parent]
    if part.startswith("{") and any(str(each).startswith("{") for each in siblings):
        raise BadRequestException("only one unique variable path part is allowed")


def _add_method(backend: APIGatewayBackend, api: str, resource: str, name: str, document: Mapping[str, Any]) -> None:
    if document.get("security"):
        raise BadRequestException("a rehearsal knows methods without an authorizer only")
    backend.put_method(api, resource, name, "NONE")
    for code in document.get("responses", {}):
        backend.put_method_response(api, resource, name, code, response_models=None, response_parameters=None)
    wanted = document["x-amazon-apigateway-integration"]
    backend.put_integration(
        api,
        resource,
        name,
        wanted["type"].upper(),
        wanted.get("uri") or "",
        wanted.get("httpMethod"),
        passthrough_behavior=wanted.get("passthroughBehavior"),
        content_handling=wanted.get("contentHandling"),
        timeout_in_millis=wanted.get("timeoutInMillis"),
    )


def _create_rest_api(self: APIGatewayResponse) -> Any:
    # moto takes everything for an edge API.
    kinds, known = self._get_param("endpointConfigurationTypes"), set(self.backend.apis)
    answer = _CREATE(self)
    for api_id in set(self.backend.apis) - known if kinds else ():
        self.backend.apis[api_id].endpoint_configuration = {"types": [kinds]}
    return answer


def _create_deployment(self: RestAPI, name: str, description: str, stage_variables: Any = None) -> Deployment:
    stage = self.stages.get(name)
    deployment: Deployment = _DEPLOY(self, name, description, stage_variables)
    deployment.rehearsal_api = _snapshot(self)  # type: ignore[attr-defined]
    if stage is not None:
        # moto begins a new stage, without the limits and the access log of the old.
        stage.deployment_id = deployment.id
        self.stages[name] = stage
    return deployment


def _snapshot(api: RestAPI) -> DeployedApi:
    paths = {
        resource.get_path(): {name: _method(method) for name, method in resource.resource_methods.items()}
        for resource in api.resources.values()
        if resource.resource_methods
    }
    answers = {kind: answer.to_json() for kind, answer in api.gateway_responses.items()}
    return DeployedApi(paths, tuple(api.binaryMediaTypes), answers)


def _method(method: Any) -> DeployedMethod:
    integration = method.method_integration
    return DeployedMethod(integration.integration_type, integration.uri, int(integration.timeout_in_millis or 29_000))


_PUT = APIGatewayBackend.put_rest_api
_CREATE = APIGatewayResponse.create_rest_api
_DEPLOY = RestAPI.create_deployment
APIGatewayBackend.import_rest_api = _import_rest_api  # type: ignore[method-assign]
APIGatewayBackend.put_rest_api = _put_rest_api  # type: ignore[method-assign]
APIGatewayResponse.create_rest_api = _create_rest_api  # type: ignore[method-assign]
RestAPI.create_deployment = _create_deployment  # type: ignore[method-assign]
