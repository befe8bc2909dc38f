"""Every sentence that a participant reads, in English."""

from __future__ import annotations

from typing import Final

from dashboard.participant_text.records import (
    AnnouncementText,
    Count,
    EnrolmentText,
    InstructionText,
    LeavingText,
    ParticipantText,
    QueueText,
    RatingText,
    ReferenceText,
    SummaryText,
    TrialText,
)

REFERENCES: Final = ReferenceText(
    natural="Natural references", synthetic="Synthetic references", none="No references", method="References by {method}"
)

QUEUE: Final = QueueText(
    waiting="Answer waiting to be stored…",
    saving_title="One moment",
    saving_body="The last answers are being stored. Please leave this page open.",
    refused_title="The last answer was not stored",
    refused_body="The server declined it:",
    try_again="Try again",
    answer_again="Answer again",
    image_error_title="An image did not load",
    image_error_body="Please check the connection. Nothing you answered is lost.",
    go_on="Continue",
)

TRIAL: Final = TrialText(
    stage="Trial",
    progress="Trial {position} of {total}",
    score="{correct} of {n} correct",
    practice="Practice",
    question_many="Which of the two centre images activates the unit strongly, like the images on the right?",
    question_one="Which of the two centre images activates the unit strongly, like the image on the right?",
    question_none="Which of the two images activates the unit strongly? There are no reference images: follow your intuition.",
    min_references="Minimally activating",
    max_references="Maximally activating",
    query_top="Upper image",
    query_bottom="Lower image",
    confidence_1="guessing",
    confidence_2="fairly sure",
    confidence_3="sure",
    key="key",
    hint="Keys 1 2 3 choose the upper image, 4 5 6 the lower one, from guessing to sure. Take the time you need.",
    correct="Correct",
    incorrect="Not this one",
    explain_both=(
        "The {side} image is the right one: look for what it shares with the right side, "
        "and for what the other one shares with the left side."
    ),
    explain_max="The {side} image is the right one: look for what it shares with the right side.",
    explain_none="The {side} image is the right one. Without references nobody can know that: intuition is all that is asked for.",
    side_top="upper",
    side_bottom="lower",
    done_title="Block complete",
    done_body="All answers are stored.",
)

ANNOUNCEMENT: Final = AnnouncementText(
    block_title="Block {number} of {total}: {references}",
    practice_title="Practice: {references}",
    practice_round_title="Practice, round {round}: {references}",
    natural="The references are natural images.",
    synthetic="The references are synthetic images, made for this unit.",
    method="The references are images made by the method {method}.",
    none="There are no reference images. Pick the image that you expect to activate a unit strongly, by intuition.",
    both=Count(
        "On each side is one image: on the left one that activates the unit least, on the right one that activates it most.",
        "On each side are {n} images: on the left those that activate the unit least, on the right those that activate it most.",
    ),
    max_only=Count(
        "There is one image, on the right only: it activates the unit most. The left side stays empty.",
        "There are {n} images, on the right only: those that activate the unit most. The left side stays empty.",
    ),
    queries="The two images in the centre are always natural.",
    practice_why="These trials are for practice and do not count. After a wrong answer the page says which image was right, and why.",
    practice_silent="These trials are for practice and do not count.",
    practice_again="Not all answers were right yet: the practice trials come once more.",
    n_trials=Count("1 trial, no time limit.", "{n} trials, no time limit."),
    start="Start",
    break_title="Block complete",
    break_correct="{correct} of {n} correct",
    break_body="Time for a break, as long as you like. Everything you answered is stored.",
    go_on="Continue",
)

INSTRUCTIONS: Final = InstructionText(
    label="Instructions",
    page="{position} of {total}",
    back="Back",
    next="Next",
    begin="Begin",
    keys="Arrow keys or the buttons turn the pages.",
    task_title="What this is about",
    task_body=(
        "A network that recognises images consists of many units. Each unit responds strongly to some images and hardly at all to others.\n"
        "Your task is to find out from examples what a unit responds to. No prior knowledge is needed."
    ),
    duration="There are about {n} trials, which take some {minutes} minutes. There is no time limit, and you may take a break at any time.",
    references_title="The reference images",
    references_both=(
        "At the sides are reference images of one unit. On the right: images that activate it most. On the left: images that activate "
        "it least.\nWhat the images on the right have in common, and those on the left lack, tells what the unit responds to."
    ),
    references_max=(
        "On the right are reference images of one unit: those that activate it most.\nWhat they have in common tells what the unit "
        "responds to."
    ),
    natural="Natural references are images that the network was shown.",
    synthetic="Synthetic references were made by a computer, so that they activate the unit as much (or as little) as possible.",
    schemes="How many reference images there are, and whether on both sides or on the right only, is announced before each block.",
    none_title="Without references",
    none_body=(
        "Some blocks have no reference images.\nThere, pick the image that you expect to activate a unit strongly, by intuition. "
        "Nobody can know it."
    ),
    choice_title="Your choice",
    choice_body=(
        "In the centre are two natural images. One of them activates the unit strongly, the other does not. Pick the one that does.\n"
        "One key says which image, and how sure you are: 1 2 3 for the upper image, 4 5 6 for the lower one, from guessing to sure. "
        "The buttons below the images do the same."
    ),
    example_title="An example",
    example_both=(
        "Here the {side} image (framed) is right: it shares with the images on the right what they have in common. The other one is like "
        "the images on the left."
    ),
    example_max="Here the {side} image (framed) is right: it has what the right side shows.",
    before_title="Before you begin",
    before_body=(
        "Every answer is stored at once. You may stop at any time and come back later by your personal link.\n"
        "Please answer alone, in a quiet place, and keep this page open and visible during a trial."
    ),
    feedback_trial="After each answer a frame shows the right image.",
    feedback_block="After each block you are told how many answers were right.",
    feedback_none="You are not told which answers were right.",
    practice="A few practice trials come first.",
    ratings="Before or after the trials you are asked how intuitive you find some images.",
)

RATINGS: Final = RatingText(
    stage="Intuitiveness rating",
    progress="Rating {position} of {total}",
    title_begin="Before the trials",
    title_end="After the trials",
    intro=(
        "You see images of one unit: synthetic ones on the left, natural ones on the right. Both activate it strongly.\n"
        "Say how intuitive you find the synthetic images as an explanation of the natural ones."
    ),
    start="Start",
    question="How intuitive are the synthetic images, seen beside the natural ones?",
    synthetic="Synthetic images",
    natural="Natural images",
    slider="Intuitiveness, from -100 (not intuitive) to 100 (intuitive)",
    low="not intuitive",
    high="intuitive",
    keep_zero="0 is my answer",
    go_on="Continue",
    hint="Move the slider with the mouse, a finger or the arrow keys.",
    done_title="Ratings complete",
    done_body="All ratings are stored.",
)

ENROLMENT: Final = EnrolmentText(
    title="Self-test",
    intro=(
        "Reference images at the sides show what a unit responds to. Of two natural images in the centre, pick the one that activates "
        "the unit strongly, and say how sure you are. There is no time limit."
    ),
    how=(
        "- One key gives choice and confidence: **1 2 3** for the upper image, **4 5 6** for the lower, from guessing to sure. "
        "The mouse works too.\n"
        "- Every answer is stored at once; a reload goes on where you were.\n"
        "- Stored are your answers, their times, the screen's size and the input device under the name you give; no e-mail or IP address."
    ),
    language="Language",
    design="Design",
    design_line="{n} trials, about {minutes} min",
    quick="Quick self-test",
    experiment_1="Borowski et al. 2021, experiment I",
    experiment_2="Borowski et al. 2021, experiment II",
    imi="Zimmermann et al. 2023 (IMI)",
    missing="This study cannot have this design yet:",
    conditions="References",
    length="Trials per condition (about 8 s each)",
    with_practice="Begin with a practice trial in each condition",
    name="Your name or a pseudonym",
    name_help="Answers are stored under it. Left empty, a code is made for you.",
    expertise="How familiar are you with neural networks?",
    expertise_help="Expert: you have trained or studied networks that recognise images.",
    expert="Expert",
    lay="Lay person",
    consent="I have read this and agree to take part.",
    no_consent="Taking part needs your agreement to the text above.",
    demographics="About you (optional)",
    demographics_note="Each answer can be skipped.",
    age="Age",
    gender="Gender",
    handedness="Handedness",
    left="left",
    right="right",
    both="both",
    visual_aid="Visual aid",
    no_aid="none",
    glasses="glasses",
    contact_lenses="contact lenses",
    skip="no answer",
    start="Start the self-test",
    preparing="Preparing the trials",
    no_condition="Choose at least one kind of references.",
    too_long="{references}: {n} units can be tested, fewer than {wanted} trials; choose fewer trials or other references.",
    no_expertise="This design numbers experts and lay people apart: please say which of them you are.",
    lost="This self-test is not in the workspace any more; start a new one.",
)

LEAVING: Final = LeavingText(
    leave="Stop",
    leave_help="Stop here and come back later, or delete your answers.",
    title="Stop here?",
    kept="Everything you answered is stored. This personal link leads back to where you are:",
    link_and_deletion="Your personal link, and deleting your answers",
    stay="Go on",
    go="Leave",
    delete="Delete my answers",
    delete_why="You may withdraw: all your answers of this self-test are then deleted for good.",
    delete_sure=Count("Delete this self-test with its one answer for good?", "Delete this self-test with its {n} answers for good?"),
    delete_really="Yes, delete them",
    keep="No, keep them",
    deleted="Your answers of this self-test are deleted.",
)

SUMMARY: Final = SummaryText(
    title="Your answers",
    thanks="Thank you for taking part.",
    you="You",
    team="Everyone",
    paper="The paper",
    n_correct="{n_correct} of {n} correct",
    interval="95 % interval {low} to {high} %",
    n_trials="{n} trials of {people}",
    people=Count("1 person", "{n} people"),
    percent="{value} %",
    plus_minus="{value} ± {error} %",
    cited="Borowski et al. (2021)",
    nothing="not in the paper's headline",
    detail="Median reaction time {time_s} s, mean confidence {confidence} of 3.",
    schemes="Your correct answers by number and side of the references",
    scheme="References",
    scheme_both="{n} on each side",
    scheme_max="{n}, on the right only",
    note="Main trials only. Your answers are among those of all participants.",
    method="Intervals are Wilson's, of pooled trials; the paper's ± is two standard errors over participants. Chance is 50 %.",
    results="See the results",
    another="Another self-test",
)

ENGLISH: Final = ParticipantText(
    name="English",
    decimal_mark=".",
    references=REFERENCES,
    queue=QUEUE,
    trial=TRIAL,
    announcement=ANNOUNCEMENT,
    instructions=INSTRUCTIONS,
    ratings=RATINGS,
    enrolment=ENROLMENT,
    leaving=LEAVING,
    summary=SUMMARY,
)
