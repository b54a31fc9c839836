"""A Hugging Face Hub for dataset repositories on this host: enough of its HTTP interface to publish and to load.

Contents lie under one folder, each named by its sha256; repositories are lists of commits in memory. Uploads go the
way of Git LFS, so clients need ``HF_HUB_DISABLE_XET=1``.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

TOKEN = "hf_fake_token_for_tests"
"""What a client must send for anything that writes."""


@dataclass(frozen=True)
class Commit:
    """One state of a repository: sha256 of the content by path."""

    sha: str
    summary: str
    files: dict[str, str]


@dataclass
class Repo:
    """A dataset repository, with ``main`` as its only branch."""

    private: bool
    commits: list[Commit] = field(default_factory=lambda: [Commit("0" * 40, "initial commit", {})])

    def at(self, revision: str) -> Commit | None:
        """The commit that a branch or a sha names."""
        if revision == "main":
            return self.commits[-1]
        return next((c for c in self.commits if c.sha == revision), None)


class Refused(Exception):
    """A request that is answered with an error status."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status, self.code, self.message = status, code, message


class FakeHub(ThreadingHTTPServer):
    """The server; ``requests`` holds method and path of each request in the order of arrival."""

    daemon_threads = True

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.repos: dict[str, Repo] = {}
        self.requests: list[str] = []
        self.tell_the_token = False
        """Refuse writes with a message that repeats what the client sent as its token."""
        super().__init__(("127.0.0.1", 0), _Handler)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    def store(self, content: bytes) -> str:
        name = hashlib.sha256(content).hexdigest()
        (self.folder / name).write_bytes(content)
        return name

    def content(self, name: str) -> bytes:
        return (self.folder / name).read_bytes()

    def holds(self, name: str) -> bool:
        return (self.folder / name).is_file()

    def files(self, repo_id: str) -> dict[str, bytes]:
        """What ``main`` of a repository holds, by path."""
        return {path: self.content(name) for path, name in self.repos[repo_id].commits[-1].files.items()}


@contextmanager
def running_hub(folder: Path) -> Iterator[FakeHub]:
    """A hub that serves until the block ends and keeps contents in ``folder``."""
    with FakeHub(folder) as hub:
        thread = Thread(target=hub.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield hub
        finally:
            hub.shutdown()
            thread.join()


def _is_large(path: str) -> bool:
    return path.endswith(".parquet")


def _oid(path: str, content: bytes) -> str:
    """How the Hub names a file's content: sha256 for large files, that of a Git blob for others."""
    if _is_large(path):
        return hashlib.sha256(content).hexdigest()
    return hashlib.sha1(b"blob %d\x00%b" % (len(content), content)).hexdigest()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: FakeHub

    def log_message(self, format: str, *args: Any) -> None:
        """Quiet."""

    def handle_one(self) -> None:
        url = urlsplit(self.path)
        path = unquote(url.path)
        self.server.requests.append(f"{self.command} {path}")
        self.query, self.body = parse_qs(url.query), self._read()
        try:
            for methods, pattern, answer in _ROUTES:
                if self.command in methods and (match := re.fullmatch(pattern, path)):
                    answer(self, **match.groupdict())
                    return
            raise Refused(404, "", f"no such route: {self.command} {path}")
        except Refused as error:
            headers = {"X-Error-Code": error.code, "X-Error-Message": error.message}
            self._send(error.status, {"error": error.message}, {k: v for k, v in headers.items() if v})

    do_GET = do_HEAD = do_POST = do_PUT = handle_one

    def _read(self) -> bytes:
        if self.headers.get("Transfer-Encoding") != "chunked":
            return self.rfile.read(int(self.headers.get("Content-Length", 0)))
        parts = []
        while size := int(self.rfile.readline(), 16):
            parts.append(self.rfile.read(size))
            self.rfile.readline()
        self.rfile.readline()
        return b"".join(parts)

    def _send(self, status: int, answer: Any, headers: dict[str, str] | None = None) -> None:
        content = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
        self.send_response(status)
        kind = "application/octet-stream" if isinstance(answer, bytes) else "application/json"
        for name, value in {"Content-Type": kind, "Content-Length": str(len(content)), **(headers or {})}.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)

    def _must_write(self) -> None:
        sent = self.headers.get("Authorization", "").removeprefix("Bearer ")
        if self.server.tell_the_token:
            raise Refused(403, "", f"the token {sent} may not write here")
        if sent != TOKEN:
            raise Refused(401, "", "Invalid credentials in Authorization header")

    def _repo(self, repo_id: str) -> Repo:
        if repo_id not in self.server.repos:
            raise Refused(404, "RepoNotFound", "Repository not found")
        return self.server.repos[repo_id]

    def _commit(self, repo_id: str, revision: str) -> Commit:
        commit = self._repo(repo_id).at(revision)
        if commit is None:
            raise Refused(404, "RevisionNotFound", f"Invalid rev id: {revision}")
        return commit

    # reading

    def info(self, repo_id: str, revision: str | None = None) -> None:
        commit = self._commit(repo_id, revision or "main")
        answer = {
            "_id": "1",
            "id": repo_id,
            "author": repo_id.split("/")[0],
            "sha": commit.sha,
            "private": self._repo(repo_id).private,
            "gated": False,
            "disabled": False,
            "tags": [],
            "downloads": 0,
            "likes": 0,
            "lastModified": "2026-01-01T00:00:00.000Z",
            "createdAt": "2026-01-01T00:00:00.000Z",
            "siblings": [{"rfilename": path} for path in sorted(commit.files)],
        }
        self._send(200, answer)

    def _entry(self, commit: Commit, path: str) -> dict[str, Any]:
        if path not in commit.files:
            return {"type": "directory", "path": path, "oid": hashlib.sha1(path.encode()).hexdigest(), "size": 0}
        content = self.server.content(commit.files[path])
        entry: dict[str, Any] = {"type": "file", "path": path, "oid": _oid(path, content), "size": len(content)}
        if _is_large(path):
            entry["lfs"] = {"oid": entry["oid"], "size": len(content), "pointerSize": 130}
        return entry

    @staticmethod
    def _folders(commit: Commit) -> set[str]:
        return {parent.as_posix() for path in commit.files for parent in Path(path).parents if parent.name}

    def tree(self, repo_id: str, revision: str, folder: str | None = None) -> None:
        commit = self._commit(repo_id, revision)
        start = f"{folder}/" if folder else ""
        below = {p for p in commit.files.keys() | self._folders(commit) if p.startswith(start)}
        if folder and not below:
            raise Refused(404, "EntryNotFound", f"no folder {folder}")
        if self.query.get("recursive", [""])[0].lower() != "true":
            below = {p for p in below if "/" not in p.removeprefix(start)}
        self._send(200, [self._entry(commit, p) for p in sorted(below)])

    def paths_info(self, repo_id: str, revision: str) -> None:
        commit = self._commit(repo_id, revision)
        is_json = self.headers.get("Content-Type", "").startswith("application/json")
        asked = json.loads(self.body)["paths"] if is_json else parse_qs(self.body.decode()).get("paths", [])
        known = commit.files.keys() | self._folders(commit)
        self._send(200, [self._entry(commit, p) for p in asked if p in known])

    def resolve(self, repo_id: str, revision: str, path: str) -> None:
        commit = self._commit(repo_id, revision)
        if path not in commit.files:
            raise Refused(404, "EntryNotFound", f"no file {path}")
        content = self.server.content(commit.files[path])
        headers = {"ETag": f'"{_oid(path, content)}"', "X-Repo-Commit": commit.sha, "Accept-Ranges": "bytes"}
        asked = re.fullmatch(r"bytes=(\d*)-(\d*)", self.headers.get("Range", ""))
        if not asked:
            self._send(200, content, headers)
            return
        first, last = asked.groups()
        start = int(first) if first else len(content) - int(last)
        end = min(int(last), len(content) - 1) if first and last else len(content) - 1
        headers["Content-Range"] = f"bytes {start}-{end}/{len(content)}"
        self._send(206, content[start : end + 1], headers)

    # writing

    def create(self) -> None:
        self._must_write()
        asked = json.loads(self.body)
        repo_id = f"{asked['organization'] or 'me'}/{asked['name']}"
        url = f"{self.server.url}/datasets/{repo_id}"
        if repo_id in self.server.repos:
            self._send(409, {"error": "You already created this dataset repo", "url": url})
            return
        self.server.repos[repo_id] = Repo(private=asked.get("visibility") == "private")
        self._send(200, {"id": repo_id, "name": repo_id, "url": url})

    def validate_card(self) -> None:
        self._send(200, {"errors": [], "warnings": []})

    def preupload(self, repo_id: str, revision: str) -> None:
        self._must_write()
        here = self._commit(repo_id, revision).files
        answer = []
        for file in json.loads(self.body)["files"]:
            path = file["path"]
            oid = _oid(path, self.server.content(here[path])) if path in here else None
            mode = "lfs" if _is_large(path) else "regular"
            answer.append({"path": path, "uploadMode": mode, "shouldIgnore": False, "oid": oid})
        self._send(200, {"files": answer})

    def large_files(self, repo_id: str) -> None:
        self._must_write()
        objects = []
        for wanted in json.loads(self.body)["objects"]:
            upload = {"upload": {"href": f"{self.server.url}/objects/{wanted['oid']}", "header": {}}}
            objects.append(wanted if self.server.holds(wanted["oid"]) else {**wanted, "actions": upload})
        self._send(200, {"transfer": "basic", "objects": objects})

    def large_file(self, name: str) -> None:
        if self.server.store(self.body) != name:
            raise Refused(400, "", "the content does not have this sha256")
        self._send(200, {})

    def commit(self, repo_id: str, revision: str) -> None:
        self._must_write()
        before = self._commit(repo_id, revision)
        files, summary = dict(before.files), ""
        for line in self.body.splitlines():
            step = json.loads(line)
            value = step["value"]
            match step["key"]:
                case "header":
                    summary = value["summary"]
                case "file":
                    files[value["path"]] = self.server.store(base64.b64decode(value["content"]))
                case "lfsFile" if self.server.holds(value["oid"]):
                    files[value["path"]] = value["oid"]
                case "deletedFile":
                    del files[value["path"]]
                case other:
                    raise Refused(400, "", f"cannot do {other}: {value['path']}")
        sha = hashlib.sha1(json.dumps([before.sha, summary, files], sort_keys=True).encode()).hexdigest()
        self._repo(repo_id).commits.append(Commit(sha, summary, files))
        url = f"{self.server.url}/datasets/{repo_id}/commit/{sha}"
        self._send(200, {"success": True, "commitOid": sha, "commitUrl": url})


_REPO = r"(?P<repo_id>[^/]+/[^/]+?)"
_REVISION = r"(?P<revision>[^/]+|refs/[^/]+/[^/]+)"
_API = f"/api/datasets/{_REPO}"
_ROUTES: list[tuple[set[str], str, Callable[..., None]]] = [
    ({"GET"}, f"{_API}(/revision/{_REVISION})?", _Handler.info),
    ({"GET"}, f"{_API}/tree/{_REVISION}(/(?P<folder>.+))?", _Handler.tree),
    ({"POST"}, f"{_API}/paths-info/{_REVISION}", _Handler.paths_info),
    ({"GET", "HEAD"}, f"/datasets/{_REPO}/resolve/{_REVISION}/(?P<path>.+)", _Handler.resolve),
    ({"POST"}, "/api/repos/create", _Handler.create),
    ({"POST"}, "/api/validate-yaml", _Handler.validate_card),
    ({"POST"}, f"{_API}/preupload/{_REVISION}", _Handler.preupload),
    ({"POST"}, rf"/datasets/{_REPO}\.git/info/lfs/objects/batch", _Handler.large_files),
    ({"PUT"}, "/objects/(?P<name>[0-9a-f]{64})", _Handler.large_file),
    ({"POST"}, f"{_API}/commit/{_REVISION}", _Handler.commit),
]
