"""Random DynamoDB operations, to ask the model and another DynamoDB the same questions.

The expressions are those of `chalicelib/storage`, and others grown at random from the same grammar.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

from simulation.model_errors import AttributeValue, Item

Parameters = dict[str, Any]
_TIMES = tuple(f"2026-03-02T15:{minute:02}:00.000000Z" for minute in (0, 1, 2, 5, 8))
_TEXTS: dict[str, tuple[str, ...]] = {
    "status": ("pending", "sent", "failed"),
    "lease_until": _TIMES,
    "last_error": ("", "Throttling", "ReadTimeoutError"),
    "due_shard": ("0", "clock"),
    "due_at": _TIMES,
    "queue": ("open", "quarantine"),
    "queue_at": _TIMES,
}
_NUMBERS = ("attempts", "expires_at", "round")
_RESERVED = {"status", "round", "queue", "level"}
_STORED_CONDITIONS = (
    "attribute_not_exists(pk)",
    "attribute_exists(pk)",
    "attribute_not_exists(pk) OR expires_at < :n",
    "#status = :s AND (attribute_not_exists(lease_until) OR lease_until <= :t) AND (last_error = :e OR due_at <= :t)",
    "#status = :s AND lease_until = :t",
    "#status = :s",
    "#round = :n AND attribute_exists(done) AND size(done) = :m",
)
_STORED_UPDATES = (
    "SET lease_until = :t, due_at = :t, attempts = attempts + :n",
    "SET due_at = :t, last_error = :e, attempts = :n REMOVE lease_until",
    "SET #status = :s, last_error = :e REMOVE due_shard, due_at, lease_until",
    "SET attempts = if_not_exists(attempts, :m) + :n",
    "ADD attempts :n",
)
_GIVEN = {"#status": "status", "#round": "round"}


class RandomOperations:
    """Draws operations on one table. Every method returns the parameters of one call."""

    def __init__(self, table_name: str, chance: random.Random) -> None:
        self._table = table_name
        self._chance = chance

    def draw(self) -> tuple[str, Parameters]:
        """A client method and its parameters."""
        kinds: tuple[tuple[str, Callable[[], Parameters]], ...] = (
            ("put_item", self.put),
            ("update_item", self.update),
            ("update_item", self.update),
            ("delete_item", self.delete),
            ("get_item", self.get),
            ("query", self.query),
            ("batch_get_item", self.batch_get),
            ("batch_write_item", self.batch_write),
            ("transact_write_items", self.transaction),
        )
        name, parameters = self._chance.choice(kinds)
        return name, parameters()

    def put(self) -> Parameters:
        """Half of them with a condition."""
        return self._conditional({"Item": self._item()})

    def delete(self) -> Parameters:
        """Half of them with a condition."""
        return {**self._conditional({"Key": self._key()}), "ReturnValues": self._chance.choice(("NONE", "ALL_OLD"))}

    def update(self) -> Parameters:
        """Half of them with a condition."""
        returns = self._chance.choice(("NONE", "ALL_NEW", "ALL_OLD"))
        return {**self._update_action(), "ReturnValues": returns}

    def get(self) -> Parameters:
        """A consistent read."""
        return {"TableName": self._table, "Key": self._key(), "ConsistentRead": True}

    def query(self) -> Parameters:
        """The table, or an index of it; pages of different size."""
        parameters = self._index_query() if self._chance.random() < 0.5 else self._table_query()
        if self._chance.random() < 0.3:
            parameters["ScanIndexForward"] = False
        if self._chance.random() < 0.3:
            parameters["FilterExpression"] = "attempts >= :least"
            parameters["ExpressionAttributeValues"][":least"] = {"N": "1"}
        return {"TableName": self._table, **parameters}

    def transaction(self) -> Parameters:
        """One to four actions, now and then two on one item."""
        actions = [self._action() for _ in range(self._chance.randint(1, 4))]
        return {"TransactItems": actions}

    def batch_get(self) -> Parameters:
        """Up to three keys, now and then one twice."""
        return {"RequestItems": {self._table: {"Keys": [self._key() for _ in range(self._chance.randint(1, 3))]}}}

    def batch_write(self) -> Parameters:
        """Up to three puts and deletes, never two of one item: only DynamoDB itself refuses that, moto does not."""
        requests: dict[str, Any] = {}
        for _ in range(self._chance.randint(1, 3)):
            item = self._item()
            key = {name: item[name] for name in ("pk", "sk")}
            put = self._chance.random() < 0.5
            requests[str(key)] = {"PutRequest": {"Item": item}} if put else {"DeleteRequest": {"Key": key}}
        return {"RequestItems": {self._table: list(requests.values())}}

    def _action(self) -> dict[str, Parameters]:
        kind = self._chance.choice(("Put", "Put", "Update", "Delete", "ConditionCheck"))
        if kind == "Put":
            action = self._conditional({"Item": self._item()})
        elif kind == "Update":
            action = self._update_action()
        else:
            action = self._conditional({"Key": self._key()}, always=kind == "ConditionCheck")
        if "ConditionExpression" in action and self._chance.random() < 0.5:
            action["ReturnValuesOnConditionCheckFailure"] = "ALL_OLD"
        return {kind: action}

    def _update_action(self) -> Parameters:
        expression = _Expression(self._chance)
        if self._chance.random() < 0.5:
            expression.take(self._chance.choice(_STORED_UPDATES))
        else:
            expression.grow_update()
        update = expression.text
        parameters: Parameters = {"TableName": self._table, "Key": self._key(), "UpdateExpression": update}
        if self._chance.random() < 0.5:
            parameters["ConditionExpression"] = self._condition(expression)
        return {**parameters, **expression.placeholders()}

    def _conditional(self, what: Parameters, *, always: bool = False) -> Parameters:
        parameters = {"TableName": self._table, **what}
        if not always and self._chance.random() < 0.5:
            return parameters
        expression = _Expression(self._chance)
        return {**parameters, "ConditionExpression": self._condition(expression), **expression.placeholders()}

    def _condition(self, expression: _Expression) -> str:
        if self._chance.random() < 0.5:
            expression.take(self._chance.choice(_STORED_CONDITIONS))
        else:
            expression.text = expression.grown_condition(2)
        return expression.text

    def _key(self) -> Item:
        chosen = self._chance.choice
        return {"pk": {"S": chosen(("ENQUIRY#1", "ENQUIRY#2"))}, "sk": {"S": chosen(("ENQUIRY", "CLOCK", "EVENT#1"))}}

    def _item(self) -> Item:
        item = self._key()
        for name in (*_TEXTS, *_NUMBERS, "flags", "done", "answers"):
            if self._chance.random() < 0.6:
                item[name] = a_value(name, self._chance)
        return item

    def _index_query(self) -> Parameters:
        operator = self._chance.choice(("due_at <= :t", "due_at > :t", "due_at = :t", "due_at BETWEEN :t AND :u", ""))
        values = {":shard": {"S": "0"}}
        values |= {name: {"S": _TIMES[place]} for name, place in ((":t", 1), (":u", 3)) if name in operator}
        condition = "due_shard = :shard" + (f" AND {operator}" if operator else "")
        return {"IndexName": "due", "KeyConditionExpression": condition, "ExpressionAttributeValues": values}

    def _table_query(self) -> Parameters:
        condition = self._chance.choice(("pk = :pk", "pk = :pk AND begins_with(sk, :sk)", "pk = :pk AND sk >= :sk"))
        values: Item = {":pk": self._key()["pk"]}
        if ":sk" in condition:
            values[":sk"] = {"S": "E"}
        return {"KeyConditionExpression": condition, "ExpressionAttributeValues": values}


class _Expression:
    """An expression that grows, with the placeholders that it needs."""

    def __init__(self, chance: random.Random) -> None:
        self.text = ""
        self._chance = chance
        self._names: dict[str, str] = {}
        self._values: Item = {}

    def placeholders(self) -> Parameters:
        """The parameters that define them."""
        names = {"ExpressionAttributeNames": self._names} if self._names else {}
        return {**names, **({"ExpressionAttributeValues": self._values} if self._values else {})}

    def take(self, text: str) -> None:
        """Use an expression as it stands; its placeholders get values."""
        self.text = text
        words = text.replace("(", " ").replace(")", " ").replace(",", " ").split()
        self._names |= {word: _GIVEN[word] for word in words if word.startswith("#")}
        sources = {":s": "status", ":t": "lease_until", ":e": "last_error", ":n": "attempts", ":m": "attempts"}
        for word in words:
            if word.startswith(":") and word not in self._values:
                self._values[word] = a_value(sources[word], self._chance)

    def grow_update(self) -> None:
        """One to three actions on different attributes."""
        names = self._chance.sample(("attempts", "round", "flags", "done", "answers", "status", "due_at"), 3)
        actions = [self._grown_action(name) for name in names[: self._chance.randint(1, 3)]]
        clauses = []
        for clause in ("SET", "REMOVE", "ADD", "DELETE"):
            if texts := [text for kind, text in actions if kind == clause]:
                clauses.append(f"{clause} {', '.join(texts)}")
        self.text = " ".join(clauses)

    def _grown_action(self, name: str) -> tuple[str, str]:
        path, value = self._path(name), self._value(name)
        kinds = ["SET", "REMOVE", "DEFAULT"]
        kinds += ["ADD", "SUM"] if name in _NUMBERS else []
        kinds += ["ADD", "DELETE"] if name == "done" else []
        kinds += ["APPEND"] if name == "flags" else []
        kinds += ["MEMBER", "NO_MEMBER"] if name == "answers" else []
        kind = self._chance.choice(kinds)
        if kind in ("REMOVE", "NO_MEMBER"):
            self._values.pop(value)
            return "REMOVE", path if kind == "REMOVE" else f"{path}.mood"
        texts = {
            "SET": ("SET", f"{path} = {value}"),
            "DEFAULT": ("SET", f"{path} = if_not_exists({path}, {value})"),
            "ADD": ("ADD", f"{path} {value}"),
            "DELETE": ("DELETE", f"{path} {value}"),
            "SUM": ("SET", f"{path} = {path} {self._chance.choice('+-')} {value}"),
            "APPEND": ("SET", f"{path} = list_append({path}, {value})"),
            "MEMBER": ("SET", f"{path}.mood = {value}"),
        }
        return texts[kind]

    def grown_condition(self, depth: int) -> str:
        """A term, or terms joined."""
        if depth == 0 or self._chance.random() < 0.4:
            return self._term()
        joined = self._chance.choice(("AND", "OR", "NOT"))
        left = self.grown_condition(depth - 1)
        return f"NOT ({left})" if joined == "NOT" else f"({left}) {joined} {self.grown_condition(depth - 1)}"

    def _term(self) -> str:
        name = self._chance.choice((*_TEXTS, *_NUMBERS, "flags", "done", "answers"))
        path = self._path(name)
        forms = ["exists", "missing", "equal", "unequal"]
        forms += ["order", "between", "one_of"] if name in _TEXTS or name in _NUMBERS else []
        forms += ["begins", "contains", "size"] if name in _TEXTS else []
        forms += ["contains", "size"] if name in ("flags", "done") else []
        return self._form(self._chance.choice(forms), name, path)

    def _form(self, form: str, name: str, path: str) -> str:
        if form in ("exists", "missing"):
            return f"attribute_{'not_' if form == 'missing' else ''}exists({path})"
        if form == "size":
            size = f"size({path}) {self._chance.choice(('=', '<', '>='))} {self._value('attempts')}"
            return f"attribute_exists({path}) AND {size}"
        if form == "contains":
            return f"contains({path}, {self._value('status' if name in ('flags', 'done') else name)})"
        value = self._value(name)
        if form == "between":
            return f"{path} BETWEEN {value} AND {self._value(name)}"
        if form == "one_of":
            return f"{path} IN ({value}, {self._value(name)})"
        if form == "begins":
            return f"begins_with({path}, {value})"
        comparator = {"equal": "=", "unequal": "<>"}.get(form) or self._chance.choice(("<", "<=", ">", ">="))
        return f"{path} {comparator} {value}"

    def _path(self, name: str) -> str:
        if name not in _RESERVED:
            return name
        self._names[f"#{name}"] = name
        return f"#{name}"

    def _value(self, name: str) -> str:
        placeholder = f":v{len(self._values)}_{self._chance.randrange(10**6)}"
        self._values[placeholder] = a_value(name, self._chance)
        return placeholder


def a_value(name: str, chance: random.Random) -> AttributeValue:
    """A value as the attribute of this name would have."""
    if name in _NUMBERS:
        return {"N": str(chance.randint(0, 3))}
    if name == "flags":
        return {"L": [{"S": word} for word in chance.sample(_TEXTS["status"], chance.randint(0, 3))]}
    if name == "done":
        return {"SS": sorted(chance.sample(_TEXTS["status"], chance.randint(1, 3)))}
    if name == "answers":
        return {"M": {"about": {"S": "call"}, "pain": {"M": {"scale": {"N": str(chance.randint(0, 10))}}}}}
    return {"S": chance.choice(_TEXTS[name])}
