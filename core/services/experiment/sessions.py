"""A person's session from enrolment to leaving: planned and stored whole before its first trial, read back, deleted. No torch."""

from __future__ import annotations

import secrets
import unicodedata
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final, get_args

from core.design_spec import DesignSpec
from core.domain import Study, digest
from core.errors import StaleWork, UnknownName, UsageError
from core.experiment import EXPERTISE, LANGUAGES, Demographics, Expertise, Handedness, Language, Response, Session, Trial, VisualAid
from core.psychophysics.design import SessionPlan, example_trial, example_unit
from core.psychophysics.follow_up import follow_up
from core.psychophysics.session import SessionState
from core.services.experiment.materials import unit_material
from core.services.experiment.session_plans import session_plan
from core.services.pictures import materialise
from core.store import catalogue_read
from core.store.publication import CatalogueReader
from core.store.responses import Deleted, ResponseStore
from core.store.workspace import Workspace

MAX_NAME_LENGTH: Final = 40
AGES: Final = range(1, 121)
CONSONANTS: Final = "bdfgklmnprstvz"  # none that is easily misread or misheard
VOWELS: Final = "aeiou"
INSTRUCTED: Final = "instructed"  # the kind of event that tells that the instructions were read


@dataclass(frozen=True, slots=True)
class Enrolment:
    """What is known of who takes part. `participant`: a pseudonym; "": one is made. `consent`: the text that was agreed to."""

    participant: str = ""
    expertise: Expertise | None = None
    language: Language = "en"
    demographics: Demographics = field(default_factory=Demographics)
    consent: str | None = None


def begin(
    workspace: Workspace, reader: CatalogueReader, store: ResponseStore, study: Study, design: DesignSpec, enrolment: Enrolment
) -> Session:
    """Plan a session, make sure all its images are stored, store it whole and return it. Raises NotReady, UsageError, StaleWork.

    Participants are numbered within the study and the design's name, and the expertise group where the design says so.
    """
    enrolment = checked(enrolment)
    _check_design(study, design, enrolment)
    group = enrolment.expertise if design.numbered_within_group else None
    with store.planning:
        number = store.next_number(study.key, design.name, group)
        planned = session_plan(workspace, reader, study, design, participant_number=number)
        materialise(workspace, reader, _addresses(planned))
        session = Session(
            session_id=secrets.token_urlsafe(12),
            participant=enrolment.participant or generated_code(store.participants(study.key)),
            participant_number=number,
            design=design,
            started_at=datetime.now(UTC),
            expertise=enrolment.expertise,
            language=enrolment.language,
            demographics=enrolment.demographics,
            consent=None if enrolment.consent is None else digest(enrolment.consent),
        )
        store.add_session(session, planned.trials, planned.ratings, consent_text=enrolment.consent)
    return session


def where(store: ResponseStore, session_id: str) -> SessionState:
    """Return where a session stands, with the trials that its answers call for stored. Raises UnknownName.

    Two windows that ask at once plan the same trials: those of the first are stored, and both are told of them.
    """
    session = store.session(session_id)
    trials, responses = _planned_and_answered(store, session_id)
    further = follow_up(session.design, participant_number=session.participant_number, trials=trials, responses=responses)
    if further:
        store.add_trials(session_id, further)
        trials, responses = _planned_and_answered(store, session_id)
    return SessionState(
        trials=trials,
        responses=responses,
        rating_tasks=store.rating_tasks(session_id),
        ratings=store.ratings(session_id),
        is_instructed=any(event.kind == INSTRUCTED for event in store.events(session_id)),
    )


def example(workspace: Workspace, reader: CatalogueReader, study: Study, session: Session, trials: Sequence[Trial]) -> Trial | None:
    """Return a trial to explain before the session, with its images stored: of a reserved unit that the session does not practise on, where
    there is one, else its last practice trial with references; None where the session has no such trial."""
    design, number = session.design, session.participant_number
    unit = example_unit(design, number, trials) if study.stimuli_digest == design.stimuli_digest else None
    material = None if unit is None else unit_material(reader, study, design, unit)
    if material is not None:
        found = example_trial(design, number, material, catalogue_read.crop_addresses(reader.cursor(), study))
        if found is not None:
            materialise(workspace, reader, found.addresses)
            return found
    return next((one for one in reversed(trials) if one.kind == "practice" and one.condition != "none"), None)


def delete(store: ResponseStore, session_id: str) -> Deleted:
    """Take a participant's own session out of the store for good, with all its answers, and return how many. Raises UnknownName.

    That a session was deleted is counted, without saying whose; its number is not given again.
    """
    return store.delete_session(session_id)


def checked(enrolment: Enrolment) -> Enrolment:
    """Return the enrolment with its texts trimmed. Raises UsageError where something cannot be."""
    if enrolment.expertise not in (None, *EXPERTISE):
        raise UsageError(f"Expertise is {' or '.join(EXPERTISE)}, or not told; {enrolment.expertise!r:.40} came.")
    if enrolment.language not in LANGUAGES:
        raise UsageError(f"A session is in one of the languages {', '.join(LANGUAGES)}; {enrolment.language!r:.40} came.")
    if enrolment.consent is not None and not enrolment.consent.strip():
        raise UsageError("There is no text to consent to; write it into the settings, or ask for no consent.")
    return Enrolment(
        participant=_pseudonym(enrolment.participant),
        expertise=enrolment.expertise,
        language=enrolment.language,
        demographics=_demographics(enrolment.demographics),
        consent=enrolment.consent,
    )


def generated_code(taken: Collection[str] = ()) -> str:
    """Return a short code that can be read out and remembered (two syllables, two digits: "tilo-47") and is not taken."""
    while True:
        letters = "".join(secrets.choice(kind) for kind in (CONSONANTS, VOWELS, CONSONANTS, VOWELS))
        code = f"{letters}-{secrets.randbelow(90) + 10}"
        if code not in taken:
            return code


def _planned_and_answered(store: ResponseStore, session_id: str) -> tuple[tuple[Trial, ...], tuple[Response, ...]]:
    """Return a session's trials and answers. Answers are read first: another window may add trials and answer them meanwhile."""
    responses = store.responses(session_id)
    trials = store.trials(session_id)
    if not trials:  # deleted meanwhile
        raise UnknownName("self-test session", session_id, [])
    return trials, responses


def _check_design(study: Study, design: DesignSpec, enrolment: Enrolment) -> None:
    if design.study != study.key:
        raise UsageError(f"The design {design.name} is of the study {design.study}, not of {study.key}; choose one of this study.")
    if design.stimuli_digest != study.stimuli_digest:
        raise StaleWork(
            f"The design {design.name} was made for {study.key} as it was mined before; make it again (`exemplary design`), so that "
            "answers to different images are not pooled."
        )
    if design.numbered_within_group and enrolment.expertise is None:
        raise UsageError(f"The design {design.name} numbers experts and lay people apart; say which of them you are.")


def _addresses(planned: SessionPlan) -> list[str]:
    """Return the addresses of all images of a session."""
    shown = [trial.addresses for trial in planned.trials]
    rated = [(*task.synthetic, *task.natural) for task in planned.ratings]
    return [address for images in (*shown, *rated) for address in images]


def _pseudonym(participant: str) -> str:
    """Return the name as it is kept; "" stays empty."""
    return _short(participant, "The name", instead="use a pseudonym, or leave it empty for a code")


def _demographics(given: Demographics) -> Demographics:
    if given.age is not None and (type(given.age) is not int or given.age not in AGES):
        raise UsageError(f"An age is a whole number from {AGES[0]} to {AGES[-1]}, or not told; {given.age!r:.40} came.")
    _check_choice("Handedness", given.handedness, get_args(Handedness))
    _check_choice("A visual aid", given.visual_aid, get_args(VisualAid))
    gender = _short(given.gender or "", "The gender", instead="leave it out, or write something else") or None
    return Demographics(given.age, gender, given.handedness, given.visual_aid)


def _check_choice(what: str, value: Any, allowed: Iterable[str]) -> None:
    if value is not None and value not in allowed:
        raise UsageError(f"{what} is {', '.join(allowed)}, or not told; {value!r:.40} came.")


def _short(value: str, what: str, *, instead: str) -> str:
    """Return a text with single spaces and without characters that are not seen. Raises UsageError for a long one or an e-mail address."""
    text = " ".join(filter(None, ("".join(filter(str.isprintable, word)) for word in value.split())))
    if "@" in unicodedata.normalize("NFKC", text):
        raise UsageError(f"{what} looks like an e-mail address, which is never stored; {instead}.")
    if len(text) > MAX_NAME_LENGTH:
        raise UsageError(f"{what} has {len(text)} characters; use at most {MAX_NAME_LENGTH}.")
    return text
