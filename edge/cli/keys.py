"""`ringlight keys`: make keys on the desk, trust and revoke them on the box."""

from __future__ import annotations

import argparse
from pathlib import Path

from edge.cli.command import Command


def _arguments(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    new = actions.add_parser("new", help="on the desk: make a pair of keys")
    new.add_argument("--out", type=Path, default=Path(), metavar="DIR", help="where both files go (default: here)")
    new.add_argument("--name", default="ringlight", help="NAME.pem signs, NAME.pub is trusted (default: ringlight)")
    shown = actions.add_parser("list", help="on the box: whom it trusts")
    trust = actions.add_parser("trust", help="on the box: trust the key in a file")
    trust.add_argument("file", type=Path, metavar="FILE", help="NAME.pub of `ringlight keys new`")
    revoke = actions.add_parser("revoke", help="on the box: trust a key no more")
    revoke.add_argument("id", metavar="ID", help="the key's id, as `ringlight keys list` prints it")
    for box in (shown, trust, revoke):
        place = box.add_mutually_exclusive_group()
        place.add_argument("--config", type=Path, metavar="FILE", help="the box's configuration, for its trust.folder")
        place.add_argument("--folder", type=Path, metavar="DIR", help="the trust folder itself")


def _run(arguments: argparse.Namespace) -> int:
    if arguments.action == "new":
        return _new(arguments)
    from edge.trust.folder import TrustFolder

    folder = TrustFolder(_folder(arguments))
    if arguments.action == "trust":
        key = folder.trust(arguments.file)
        print(f"{folder.path}: trusts the key {key.id} from the next start of the box on")
    elif arguments.action == "revoke":
        folder.revoke(arguments.id)
        print(
            f"{folder.path}: trusts the key {arguments.id} no more; the box refuses its models from the next start on"
        )
    else:
        for word, ids in (("trusted", folder.trusted()), ("revoked", folder.revoked())):
            for key_id in sorted(ids):
                print(f"{word} {key_id}")
        for file in folder.damaged():
            print(f"damaged {file}: holds no key")
        if not folder.trusted():
            print(f"{folder.path}: trusts nobody. Copy a NAME.pub here and call: ringlight keys trust NAME.pub")
    return 0


def _new(arguments: argparse.Namespace) -> int:
    from edge.trust.keys import make_keys

    private, public, key = make_keys(arguments.out, arguments.name)
    print(f"{private}: signs, and stays on this desk: ringlight export RUN --out FILE --key {private}")
    print(f"{public}: the key {key.id}. Copy it to each box and call there: ringlight keys trust {public.name}")
    return 0


def _folder(arguments: argparse.Namespace) -> Path:
    from edge.config import TrustConfig, load_config

    if arguments.folder:
        return arguments.folder
    return load_config(arguments.config).trust.folder if arguments.config else TrustConfig().folder


command = Command("make keys that sign models; trust and revoke them on the box", _arguments, _run)
