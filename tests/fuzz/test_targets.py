"""Damaged input of every kind: nothing comes out of us but what is documented, and soon."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.cases import cases
from tests.fuzz.mutations import mutate
from tests.fuzz.probe import Broken, Probe
from tests.fuzz.samples import samples

QUICK = (
    *("claude-code", "codex", "cursor", "cursor-txt", "state", "config", "side", "skill"),
    *("reply", "tombstones"),
)
SLOW = ("ingest", "rows", "project", "request", "answer")
FEW = 20
CORPUS = Path(__file__).parent / "corpus"
KEPT = sorted(file for file in CORPUS.rglob("*") if file.is_file())
each_quick = pytest.mark.parametrize("target", QUICK)
each_slow = pytest.mark.parametrize("target", SLOW)
each = settings(suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
some = settings(each, max_examples=cases(FEW))


@pytest.fixture(name="probe", scope="module")
def _probe() -> Iterator[Probe]:
    with Probe() as probe:
        yield probe


@each_quick
@each
@given(data=st.data())
def test_what_was_sound_may_be_damaged(probe: Probe, target: str, data: st.DataObject) -> None:
    """Fields that are gone, of another type, deep, huge or twice, and bytes that are not text."""
    _damage(probe, target, data)


@each_slow
@some
@given(data=st.data())
def test_what_takes_longer_may_be_damaged(probe: Probe, target: str, data: st.DataObject) -> None:
    """The whole way of a transcript, folders of a project, both ends of the control socket."""
    _damage(probe, target, data)


def _damage(probe: Probe, target: str, data: st.DataObject) -> None:
    sound = data.draw(st.sampled_from(samples(target)))
    rng = data.draw(st.randoms(use_true_random=False))
    probe.check(target, mutate(sound, rng))


@each_quick
@each
@given(data=st.binary(max_size=300))
def test_any_bytes_may_come(probe: Probe, target: str, data: bytes) -> None:
    """Also such as nobody ever wrote."""
    probe.check(target, data)


@each_slow
@some
@given(data=st.binary(max_size=300))
def test_any_bytes_may_come_to_what_takes_longer(probe: Probe, target: str, data: bytes) -> None:
    """Also such as nobody ever wrote."""
    probe.check(target, data)


@pytest.mark.parametrize("target", [*QUICK, *SLOW])
def test_what_is_sound_is_taken(probe: Probe, target: str) -> None:
    """The samples themselves, or what is damaged would tell nothing."""
    for sound in samples(target):
        probe.check(target, sound)


@pytest.mark.parametrize("file", KEPT, ids=lambda file: f"{file.parent.name}/{file.name}")
def test_what_broke_something_once_does_so_no_more(probe: Probe, file: Path) -> None:
    """Every case under corpus/, which is named after its target and what it did."""
    probe.check(file.parent.name, file.read_bytes())


@pytest.mark.parametrize("harm", ["raise", "spin", "swell", "die"])
def test_harm_is_seen(probe: Probe, harm: str) -> None:
    """An exception, a hang, too much memory or a crash of a target is told, and the next runs."""
    with pytest.raises(Broken, match=f"harm|{harm}"):
        probe.check("harm", harm.encode())
    probe.check("harm", b"none")
