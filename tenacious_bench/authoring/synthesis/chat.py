"""Two ways to reach a chat model: any OpenAI-compatible endpoint, or a local transformers model."""

from __future__ import annotations

import os
import re
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

Role = Literal["writer", "judge", "drafter"]
Message = Mapping[str, str]
Schema = Mapping[str, Any]

MAX_RETRIES = 8
"""Of one request after 429, 5xx or a lost connection; the client backs off and honours Retry-After."""
TIMEOUT_SECONDS = 180.0
LOCAL = "local:"
"""A model named ``local:NAME`` is loaded with transformers instead of called over HTTP."""

_FAMILIES = (
    "claude", "gpt", "gemini", "gemma", "llama", "mistral", "mixtral", "qwen", "deepseek", "phi", "smollm", "command",
    "grok", "kimi", "glm", "olmo", "granite", "nova",
)  # fmt: skip
_SAME = {"gemma": "gemini", "mixtral": "mistral"}


class EndpointError(RuntimeError):
    """An endpoint did not answer; the message never shows the key."""


class RefusedError(EndpointError):
    """The endpoint refused this one request for what it says (400, 413, 422): asking again does not help."""


@dataclass(frozen=True)
class Reply:
    """What a model answered and what it cost."""

    text: str
    prompt_tokens: int
    completion_tokens: int


_ONE_AT_A_TIME = threading.Lock()


class Chat(Protocol):
    """A model that answers a conversation."""

    model: str
    family: str

    def complete(self, messages: Sequence[Message], schema: Schema | None, seed: int, max_tokens: int = 1200) -> Reply:
        """Answer; ``schema`` is the JSON schema that the text must obey, None for free text."""


@dataclass(frozen=True)
class ChatSettings:
    """Where one model is and what it is.

    Attributes:
        model: the endpoint's model name, or ``local:NAME`` for a transformers model (folder, Hub id, or
            ``smollm2-135m``).
        family: vendor lineage, such as ``qwen``; writer and judge must differ in it.
        base_url: of the endpoint; None for a local model.
        api_key: never printed or logged.
    """

    model: str
    family: str
    base_url: str | None = None
    api_key: str = field(default="", repr=False)

    @classmethod
    def from_env(cls, role: Role, env: Mapping[str, str] = os.environ) -> ChatSettings:
        """Read ``TENACIOUS_<ROLE>_MODEL``, ``_BASE_URL``, ``_API_KEY`` and ``_FAMILY``.

        Raises:
            ValueError: model, endpoint, or the family of a model we do not know, is not set.
        """
        prefix = f"TENACIOUS_{role.upper()}_"
        model = env.get(prefix + "MODEL", "")
        if not model:
            raise ValueError(f"{prefix}MODEL is not set: name the {role} model")
        family = env.get(prefix + "FAMILY", "") or family_of(model)
        if not family:
            raise ValueError(f"{prefix}FAMILY is not set and the family of {model!r} is not known: name it")
        base_url = env.get(prefix + "BASE_URL") or None
        if base_url is None and not model.startswith(LOCAL):
            raise ValueError(f"{prefix}BASE_URL is not set: name the endpoint of {model!r}, or use a {LOCAL}NAME model")
        return cls(model, family.lower(), base_url, env.get(prefix + "API_KEY", ""))


def family_of(model: str) -> str:
    """The family that a model's name gives away, or ``""``."""
    words = re.findall(r"[a-z]+", model.lower())
    found = next((f for f in _FAMILIES for w in words if w.startswith(f)), "")
    return _SAME.get(found, found)


def require_two_families(writer: ChatSettings, judge: ChatSettings) -> None:
    """A model does not judge its own kind.

    Raises:
        ValueError: both are of one family, by what is declared or by what the model names say.
    """
    if judge.family == writer.family or (family_of(judge.model) and family_of(judge.model) == family_of(writer.model)):
        raise ValueError(
            f"writer {writer.model!r} and judge {judge.model!r} are both of the family "
            f"{family_of(judge.model) or judge.family!r}: choose a judge of another family"
        )


def open_chat(settings: ChatSettings) -> Chat:
    """The chat that the settings name."""
    return LocalChat(settings) if settings.model.startswith(LOCAL) else EndpointChat(settings)


class EndpointChat:
    """An OpenAI-compatible ``/chat/completions``; JSON is asked for with ``response_format``.

    Args:
        settings: model, base URL and key.
        max_retries: of one request.
    """

    def __init__(self, settings: ChatSettings, max_retries: int = MAX_RETRIES) -> None:
        from openai import OpenAI

        self.model, self.family = settings.model, settings.family
        self._client = OpenAI(
            base_url=settings.base_url,
            api_key=settings.api_key or "none",
            max_retries=max_retries,
            timeout=TIMEOUT_SECONDS,
        )

    def complete(self, messages: Sequence[Message], schema: Schema | None, seed: int, max_tokens: int = 1200) -> Reply:
        """One completion.

        Raises:
            RefusedError: the endpoint refuses this request.
            EndpointError: it did not answer after all retries.
        """
        import openai

        create: Any = self._client.chat.completions.create  # typed per role; ours are plain mappings
        form: dict[str, Any] = {}
        if schema is not None:
            answer_schema = {"name": "answer", "schema": dict(schema), "strict": True}
            form["response_format"] = {"type": "json_schema", "json_schema": answer_schema}
        try:
            answer = create(
                model=self.model, messages=[dict(m) for m in messages], seed=seed, max_tokens=max_tokens, **form
            )
        except openai.OpenAIError as error:
            kind = RefusedError if getattr(error, "status_code", None) in (400, 413, 422) else EndpointError
            found = f"{type(error).__name__}: {error}"[:500]
            secret = self._client.api_key
            raise kind(f"{self.model}: {found.replace(secret, '<key>') if len(secret) > 4 else found}") from None
        used = answer.usage
        text = answer.choices[0].message.content if answer.choices else None
        return Reply(text or "", used.prompt_tokens if used else 0, used.completion_tokens if used else 0)


class LocalChat:
    """A transformers model in this process; the schema is shown in the prompt, the caller validates.

    Args:
        settings: ``model`` is ``local:NAME``.
    """

    def __init__(self, settings: ChatSettings) -> None:
        from tenacious_bench.models import load_base

        self.model, self.family = settings.model, settings.family
        self._model, self._tokenizer = load_base(settings.model.removeprefix(LOCAL))

    def complete(self, messages: Sequence[Message], schema: Schema | None, seed: int, max_tokens: int = 1200) -> Reply:
        """One sampled answer; the same seed gives the same text."""
        import torch

        rows: Any = self._tokenizer.apply_chat_template(
            [dict(m) for m in messages], add_generation_prompt=True, return_tensors="pt", return_dict=True
        )
        generate: Any = self._model.generate
        with _ONE_AT_A_TIME, torch.inference_mode():  # the sampling seed is the whole process's
            torch.manual_seed(seed)
            out = generate(**rows, max_new_tokens=max_tokens, do_sample=True, temperature=0.8)
        length = rows["input_ids"].shape[1]
        new = out[0, length:]
        return Reply(str(self._tokenizer.decode(new, skip_special_tokens=True)), length, len(new))
