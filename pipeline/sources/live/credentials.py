"""User and password of an address, and how they answer a server that asks for them."""

import base64
import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from urllib.parse import SplitResult, unquote
from urllib.request import parse_http_list, parse_keqv_list


@dataclass(frozen=True, slots=True)
class Credentials:
    """Who asks."""

    user: str = field(repr=False)
    password: str = field(repr=False)

    @classmethod
    def of(cls, parts: SplitResult) -> "Credentials | None":
        """Those in an address, percent signs undone; None where there are none."""
        if parts.username is None:
            return None
        return cls(unquote(parts.username), unquote(parts.password or ""))

    def answer(self, challenges: Sequence[str], method: str, uri: str) -> str | None:
        """The `Authorization` for what `WWW-Authenticate` asks; Digest where it may be (RFC 7616), else Basic.

        Args:
            challenges: One for each header line.
            method: Of the request, "GET".
            uri: As in the request line.

        Returns:
            None where only something else is taken.

        >>> Credentials("Mufasa", "Circle Of Life").answer(['Basic realm="x"'], "GET", "/")
        'Basic TXVmYXNhOkNpcmNsZSBPZiBMaWZl'
        """
        kinds = {challenge.split(" ", 1)[0].lower(): challenge.partition(" ")[2] for challenge in challenges}
        if "digest" in kinds:
            asked = parse_keqv_list([item for item in parse_http_list(kinds["digest"]) if "=" in item])
            if asked.get("algorithm", "MD5").upper() == "MD5":
                return self._digest(asked, method, uri)
        if "basic" in kinds:
            return "Basic " + base64.b64encode(f"{self.user}:{self.password}".encode()).decode()
        return None

    def _digest(self, asked: dict[str, str], method: str, uri: str) -> str:
        realm, nonce = asked.get("realm", ""), asked.get("nonce", "")
        who, what = _md5(f"{self.user}:{realm}:{self.password}"), _md5(f"{method}:{uri}")
        said = {"username": self.user, "realm": realm, "nonce": nonce, "uri": uri}
        if "auth" in [word.strip() for word in asked.get("qop", "").split(",")]:
            count, own = "00000001", secrets.token_hex(8)
            said["response"] = _md5(f"{who}:{nonce}:{count}:{own}:auth:{what}")
            tail = f", qop=auth, nc={count}" + f', cnonce="{own}"'
        else:
            said["response"], tail = _md5(f"{who}:{nonce}:{what}"), ""
        if "opaque" in asked:
            said["opaque"] = asked["opaque"]
        return "Digest " + ", ".join(f'{name}="{value}"' for name, value in said.items()) + tail


def _md5(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()
