"""What the CloudFormation types that we teach moto have in common."""

from __future__ import annotations

from typing import Any


class Named:
    """A resource whose physical id is its name and which has no attributes. A type also inherits from moto's
    `CloudFormationModel`, directly, because moto finds its types with `__subclasses__`."""

    def __init__(self, name: str) -> None:
        self.physical_resource_id = name

    @classmethod
    def has_cfn_attr(cls, _attr: str) -> bool:
        return False

    @classmethod
    def update_from_cloudformation_json(cls, original_resource: Any, *_: Any, **__: Any) -> Any:
        return original_resource

    @classmethod
    def delete_from_cloudformation_json(cls, *_: Any, **__: Any) -> None:
        """Goes with what it belongs to."""

    def is_created(self) -> bool:
        return True


class Unnamed(Named):
    """A resource that has no name of its own in the template: CloudFormation makes one."""

    @staticmethod
    def cloudformation_name_type() -> str:
        return ""


class WithArn(Named):
    """A resource with one attribute, its ARN."""

    def __init__(self, name: str, arn: str) -> None:
        super().__init__(name)
        self.arn = arn

    @classmethod
    def has_cfn_attr(cls, attr: str) -> bool:
        return attr == "Arn"

    def get_cfn_attribute(self, _attr: str) -> str:
        """The only one that we ask for."""
        return self.arn
