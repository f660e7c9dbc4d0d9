"""What a search has found, kept for a while: its page can be opened again, as by Back, without anything that was typed
standing in an address or in the table."""

from __future__ import annotations

from datetime import datetime, timedelta

from pydantic import BaseModel, ConfigDict

from chalicelib.storage.table import Table, fields_of, marshal

KEPT_FOR = timedelta(minutes=30)


class KeptSearch(BaseModel):
    """Ids of the enquiries that were found, and whether there may be more."""

    model_config = ConfigDict(frozen=True)

    found: tuple[str, ...]
    more: bool = False


def keep_search(table: Table, session_hash: str, search_id: str, search: KeptSearch, now: datetime) -> None:
    """Keep it for the session that it was made in."""
    expires_at = int((now + KEPT_FOR).timestamp())
    item = {**_key(session_hash, search_id), **fields_of(search), "expires_at": expires_at}
    table.client.put_item(TableName=table.name, Item=marshal(item))


def load_search(table: Table, session_hash: str, search_id: str, now: datetime) -> KeptSearch | None:
    """What this session has found; None when it is another's, or no longer kept."""
    item = table.get(_key(session_hash, search_id))
    is_kept = item is not None and int(item["expires_at"]) > now.timestamp()
    return KeptSearch.model_validate(item) if is_kept else None


def _key(session_hash: str, search_id: str) -> dict[str, str]:
    return {"pk": f"SEARCH#{session_hash}", "sk": search_id}
