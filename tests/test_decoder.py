"""Layer by layer with shared trunks and merged adapters: the same numbers as the model's own forward pass."""

from __future__ import annotations

import copy
from typing import Any, NamedTuple

import pytest
import tiny
import torch
from peft import PeftModel, get_peft_model_state_dict
from transformers import (
    AttentionInterface,
    AttentionMaskInterface,
    MistralConfig,
    MistralForCausalLM,
    PreTrainedModel,
    Qwen2Config,
    Qwen2ForCausalLM,
    Qwen3Config,
    Qwen3ForCausalLM,
)
from transformers.integrations.sdpa_attention import sdpa_attention_forward
from transformers.masking_utils import sdpa_mask

from tenacious_bench import logprobs
from tenacious_bench import packed as packed_layers
from tenacious_bench.adapters import LayerDeltas, fit_adapter
from tenacious_bench.decoder import hidden_states
from tenacious_bench.groups import Group
from tenacious_bench.logprobs import TILE_ROWS, TILE_WIDTH, Encoded, batch_groups, completion_logprobs, share_prompts
from tenacious_bench.models import GROUPED, grouped_attention
from tenacious_bench.packed import FEW, MANY, WHOLE, fits

TOLERANCE = 1e-4  # nat per token, float32
BFLOAT16_MEAN = 0.03  # nat per token; the mean of the differences
VOCABULARY = 400


SHAPE: dict[str, Any] = {
    "vocab_size": VOCABULARY,
    "hidden_size": 32,
    "intermediate_size": 64,
    "num_hidden_layers": 3,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "max_position_embeddings": 2048,
    "tie_word_embeddings": False,
}


def randomized(model: PreTrainedModel) -> PreTrainedModel:
    """Biases and norms that are not what they start as."""
    for name, parameter in model.named_parameters():
        if name.endswith("bias") or "norm" in name:
            torch.nn.init.normal_(parameter, mean=1.0 if "norm" in name else 0.0, std=0.1)
    return model.eval()


def llama() -> PreTrainedModel:
    return randomized(tiny.base(VOCABULARY))


def qwen() -> PreTrainedModel:
    """Its projections have biases."""
    torch.manual_seed(0)
    return randomized(Qwen2ForCausalLM(Qwen2Config(**SHAPE)))


def mistral() -> PreTrainedModel:
    """Its heads are wider than their share of the hidden state."""
    torch.manual_seed(0)
    return randomized(MistralForCausalLM(MistralConfig(**SHAPE, head_dim=24, sliding_window=None)))


def qwen3() -> PreTrainedModel:
    """Its layers norm queries and keys as well, which only transformers' own code knows of."""
    torch.manual_seed(0)
    return randomized(Qwen3ForCausalLM(Qwen3Config(**SHAPE, head_dim=8)))


def packed(model: PreTrainedModel) -> PreTrainedModel:
    """The model with its attention as :func:`load_base` sets it on a processor."""
    AttentionInterface.register(GROUPED, grouped_attention)
    AttentionMaskInterface.register(GROUPED, sdpa_mask)
    model.set_attn_implementation(GROUPED)
    return model


def random_rows(*shapes: tuple[int, int, int], seed: int = 0) -> list[Encoded]:
    """For each (prompt, completion, candidates) that many completions of one random prompt."""
    draw = torch.Generator().manual_seed(seed)

    def ids(n: int) -> tuple[int, ...]:
        return tuple(torch.randint(3, VOCABULARY, (n,), generator=draw).tolist())

    rows = []
    for prompt, completion, candidates in shapes:
        shared = ids(prompt)
        rows += [Encoded(shared, ids(completion + i)) for i in range(candidates)]
    return rows


class Both(NamedTuple):
    """A model, its adapter as deltas, and the same two as PEFT runs them."""

    model: PreTrainedModel
    deltas: LayerDeltas
    peft: PeftModel


def both(model: PreTrainedModel) -> Both:
    adapted = tiny.with_adapter(copy.deepcopy(model))
    return Both(model, fit_adapter(get_peft_model_state_dict(adapted), 8 / 4, model), adapted)


PACKED = {"llama, packed": llama, "qwen2, packed": qwen, "mistral, packed": mistral}
PADDED = {"llama": llama, "qwen2": qwen, "qwen3": lambda: packed(qwen3())}


@pytest.fixture(scope="module", params=[*PACKED, *PADDED])
def models(request):
    """Each form of layer by the processor's own way, and by the layers of transformers."""
    name = request.param
    model = packed(PACKED[name]()) if name in PACKED else PADDED[name]()
    assert fits(model) == (name in PACKED)
    return both(model)


def plain(model, row: Encoded) -> torch.Tensor:
    """log p by full logits of one unpadded sequence, adapters in whatever state they are."""
    ids = torch.tensor([row.prompt + row.completion])
    with torch.no_grad():
        logps = torch.log_softmax(model(input_ids=ids).logits[0, :-1].float(), -1)
    return logps.gather(1, ids[0, 1:, None])[len(row.prompt) - 1 :, 0]


def same(found, wanted, tolerance: float = TOLERANCE) -> None:
    for one, other in zip(found, wanted, strict=True):
        torch.testing.assert_close(one, other, atol=tolerance, rtol=0)


MIXED = random_rows((30, 12, 4), (7, 1, 3), (18, 20, 1), (30, 5, 1), (3, TILE_ROWS + 40, 1))


def test_completions_of_one_prompt_score_as_if_each_stood_alone(models):
    same(completion_logprobs(models.model, MIXED), [plain(models.model, row) for row in MIXED])


def test_a_merged_layer_scores_as_the_adapter_beside_it(models):
    without = completion_logprobs(models.model, MIXED)
    found = completion_logprobs(models.model, MIXED, models.deltas)
    same(found, [plain(models.peft, row) for row in MIXED])
    assert any((a - b).abs().max() > 0.01 for a, b in zip(found, without, strict=True))


@pytest.mark.parametrize("limits", [{"max_rows": 1}, {"max_rows": 3}, {"max_tokens": 64}, {"max_tokens": 10**6}])
def test_scores_do_not_depend_on_how_rows_are_batched(models, limits):
    wanted = completion_logprobs(models.model, MIXED, models.deltas)
    same(completion_logprobs(models.model, MIXED, models.deltas, **limits), wanted)


def test_scores_do_not_depend_on_the_order_of_rows(models):
    order = torch.randperm(len(MIXED), generator=torch.Generator().manual_seed(1)).tolist()
    shuffled = completion_logprobs(models.model, [MIXED[i] for i in order])
    wanted = completion_logprobs(models.model, MIXED)
    same(shuffled, [wanted[i] for i in order])


@pytest.mark.parametrize("place", [packed, lambda model: model])
def test_bfloat16_stays_near_float32(place):
    model, deltas, _ = both(place(llama()))
    wanted = torch.cat(completion_logprobs(model, MIXED, deltas))
    found = torch.cat(completion_logprobs(model.bfloat16(), MIXED, deltas))
    assert found.dtype == torch.float32
    assert (found - wanted).abs().mean() < BFLOAT16_MEAN
    assert not torch.equal(found, wanted)


def test_what_is_nearly_certain_in_bfloat16_is_so_and_never_more_than_certain():
    head = torch.nn.Linear(64, 3 * TILE_WIDTH, bias=False).requires_grad_(False)
    torch.nn.init.normal_(head.weight, std=0.1)
    states = torch.randn(50, 64, generator=torch.Generator().manual_seed(0))
    targets = torch.arange(50)
    head.weight.data[targets] = states * torch.linspace(0.1, 0.5, 50)[:, None]
    states, head = states.bfloat16(), head.bfloat16()
    found = logprobs._Head(head).logprobs(states, targets)
    exact = torch.log_softmax(states.double() @ head.weight.double().T, -1)
    wanted = exact[torch.arange(50), targets]
    assert wanted.max() > -0.01 and wanted.min() < -1
    assert found.max() <= 1e-6
    assert (found - wanted).abs()[wanted > -0.1].max() < 1e-3
    assert (found - wanted).abs().max() < 0.02


def test_a_vocabulary_tile_that_is_ruled_out_changes_nothing_else(monkeypatch):
    monkeypatch.setattr(logprobs, "TILE_WIDTH", 100)
    head = torch.nn.Linear(8, 300)
    head.bias.data[100:200] = -torch.inf
    states, targets = torch.randn(5, 8), torch.tensor([1, 2, 210, 250, 299])
    wanted = torch.log_softmax(head(states), -1)[torch.arange(5), targets]
    with torch.inference_mode():
        torch.testing.assert_close(logprobs._Head(head).logprobs(states, targets), wanted.detach())


def test_the_weights_are_untouched_afterwards_even_after_an_error(models, monkeypatch):
    before = {name: p.clone() for name, p in models.model.named_parameters()}
    completion_logprobs(models.model, MIXED, models.deltas)

    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("out of memory")

    last = models.model.get_decoder().layers[-1]
    monkeypatch.setattr(*((packed_layers, "_norm") if fits(models.model) else (last, "forward")), broken)
    with pytest.raises(RuntimeError, match="out of memory"):
        completion_logprobs(models.model, MIXED, models.deltas)
    assert all(torch.equal(p, before[name]) for name, p in models.model.named_parameters())


def test_hidden_states_have_a_row_for_each_token_of_trunk_and_branches(models):
    groups = [Group((5, 6, 7), ((8,), (9, 10))), Group((5, 6))]
    (((trunk, branches), (other, none)),) = hidden_states(models.model, [groups])
    assert [len(states) for states in (trunk, *branches, other)] == [3, 1, 2, 2]
    assert none == ()
    assert {states.shape[1] for states in (trunk, *branches, other)} == {32}


def test_prompts_that_begin_alike_stay_apart_where_that_is_less_to_compute():
    (one,) = random_rows((100, 9, 1))
    other = (*one.prompt[:80], *range(3, 23))
    for drafts, groups in ((1, 1), (5, 2)):
        rows = [Encoded(prompt, one.completion) for prompt in (one.prompt, other)] * drafts
        shared = share_prompts(rows, max_rows=64)
        assert len(shared) == groups
        tokens = sum(len(s.group.trunk) + sum(map(len, s.group.branches)) for s in shared)
        assert tokens <= 200 + 2 * drafts * 8


def test_a_row_that_overflows_spoils_no_other(monkeypatch):
    model = packed(llama())
    rows = random_rows((21, 5, 1), (18, 7, 1), (17, 6, 2), seed=4)
    wanted = completion_logprobs(model, rows)
    token = rows[1].prompt[0]
    assert not any(token in row.prompt + row.completion for i, row in enumerate(rows) if i != 1)
    embed = model.get_decoder().embed_tokens
    monkeypatch.setattr(
        embed, "forward", lambda ids: embed.weight[ids].masked_fill((ids == token)[..., None], torch.inf)
    )
    found = completion_logprobs(model, rows)
    assert found[1].isnan().any()
    same([found[i] for i in (0, 2, 3)], [wanted[i] for i in (0, 2, 3)])


def test_prompts_that_begin_alike_share_a_trunk_and_score_as_if_each_stood_alone(models):
    (long,) = random_rows((40, 9, 1))
    ends = (long.prompt, long.prompt[:36], (*long.prompt[:36], 7, 7, 7), (*long.prompt, 9), long.prompt[:12])
    rows = [Encoded(prompt, long.completion[:n]) for prompt in ends for n in (9, 1)]
    groups = [shared.group for shared in share_prompts(rows, max_rows=8)]
    assert {len(group.trunk) for group in groups if group.branches} == {12, 36}
    found = completion_logprobs(models.model, rows, models.deltas)
    same(found, [plain(models.peft, row) for row in rows])
    same(completion_logprobs(models.model, rows[::-1], models.deltas, max_rows=3)[::-1], found)


@pytest.mark.parametrize("prompt", [1, WHOLE - 1, WHOLE, WHOLE + 1])
@pytest.mark.parametrize("completion", [1, 2, WHOLE, WHOLE + 1])
def test_lengths_around_the_rounding_of_keys_score_as_if_alone(prompt, completion):
    rows = random_rows((prompt, completion, 3), (completion, prompt, 1))
    model = packed(qwen())
    same(completion_logprobs(model, rows), [plain(model, row) for row in rows])


@pytest.mark.parametrize("tokens", [1, FEW, FEW + 1, MANY // 2 - 1, MANY // 2, MANY, MANY + 1, 3 * MANY])
def test_chunks_hold_every_token_once_and_avoid_slow_sizes(tokens):
    chunks = packed_layers._chunks(tokens)
    assert [i for part in chunks for i in range(part.start, part.stop)] == list(range(tokens))
    first, last = (part.stop - part.start for part in (chunks[0], chunks[-1]))
    assert first <= FEW if tokens < MANY // 2 else MANY // 2 <= first <= MANY
    assert first - len(chunks) < last <= first


def test_scores_do_not_depend_on_the_size_of_chunks_and_tiles(models, monkeypatch):
    wanted = completion_logprobs(models.model, MIXED, models.deltas)
    monkeypatch.setattr(packed_layers, "FEW", 7)
    monkeypatch.setattr(packed_layers, "MANY", 50)
    for name, size in (("TILE_ROWS", 11), ("TILE_WIDTH", 37), ("SUM_ROWS", 3)):
        monkeypatch.setattr(logprobs, name, size)
    same(completion_logprobs(models.model, MIXED, models.deltas), wanted)


def test_a_model_with_other_linears_or_another_activation_is_left_to_transformers():
    quantized, gelu = packed(llama()), packed(llama())
    quantized.get_decoder().layers[1].mlp.up_proj.__class__ = type("Linear4bit", (torch.nn.Linear,), {})
    gelu.config.hidden_act = "gelu"
    assert fits(packed(llama())) and not fits(quantized) and not fits(gelu)


def test_layers_with_a_sliding_window_are_refused():
    model = qwen()
    model.config.layer_types = ["full_attention", "sliding_attention", "full_attention"]
    with pytest.raises(ValueError, match="do not all attend"):
        hidden_states(model, [[Group((5,))]])


def test_a_sequence_longer_than_the_window_is_refused():
    model = mistral()
    model.config.sliding_window = 4
    hidden_states(model, [[Group((5, 6), ((7, 8), (9,)))]])
    with pytest.raises(ValueError, match="window of 4 tokens"):
        hidden_states(model, [[Group((5, 6), ((7,), (7, 8, 9)))]])


def test_attention_that_needs_a_mask_to_be_causal_is_refused():
    model = qwen()
    model.set_attn_implementation("eager")
    with pytest.raises(ValueError, match="attention eager"):
        hidden_states(model, [[Group((5,))]])


@pytest.mark.parametrize("masked", [True, False])
def test_grouped_attention_is_that_of_transformers(masked):
    draw = torch.Generator().manual_seed(0)
    query = torch.randn(2, 6, 5, 8, generator=draw)
    key, value = torch.randn(2, 2, 2, 5, 8, generator=draw)
    mask = torch.zeros(2, 1, 5, 5).masked_fill(torch.rand(2, 1, 5, 5, generator=draw) < 0.3, -1e9) if masked else None
    module = torch.nn.Module()
    module.num_key_value_groups, module.is_causal = 3, True
    wanted, _ = sdpa_attention_forward(module, query, key, value, mask, scaling=0.3)
    found, _ = grouped_attention(module, query, key, value, mask, scaling=0.3)
    torch.testing.assert_close(found, wanted)


def test_every_row_is_in_one_group_and_no_batch_is_over_its_limits():
    rows = random_rows((40, 6, 9), (12, 3, 1), (25, 8, 2), (25, 8, 1), seed=3)
    batches = batch_groups(share_prompts(rows, max_rows=4), max_tokens=120, max_rows=4)
    found = [i for batch in batches for shared in batch for i in shared.rows]
    assert sorted(found) == list(range(len(rows)))
    for batch in batches:
        assert sum(len(shared.rows) for shared in batch) <= 4
        trunk, branch = (max(shared.shape[i] for shared in batch) for i in (0, 2))
        padded = len(batch) * trunk + sum(shared.shape[1] for shared in batch) * branch
        assert len(batch) == 1 or padded <= 120
    shared = next(s for batch in batches for s in batch if s.group.branches)
    assert all(rows[i].prompt == shared.group.trunk for i in shared.rows)
