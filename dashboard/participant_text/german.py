"""Every sentence that a participant reads, in German (the paper's lay participants read German)."""

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
    natural="Natürliche Referenzbilder",
    synthetic="Synthetische Referenzbilder",
    none="Keine Referenzbilder",
    method="Referenzbilder nach {method}",
)

QUEUE: Final = QueueText(
    waiting="Antwort wird noch gespeichert…",
    saving_title="Einen Moment",
    saving_body="Die letzten Antworten werden gespeichert. Bitte lassen Sie diese Seite geöffnet.",
    refused_title="Die letzte Antwort wurde nicht gespeichert",
    refused_body="Der Server hat sie abgelehnt:",
    try_again="Noch einmal versuchen",
    answer_again="Erneut antworten",
    image_error_title="Ein Bild wurde nicht geladen",
    image_error_body="Bitte prüfen Sie die Verbindung. Keine Ihrer Antworten geht verloren.",
    go_on="Weiter",
)

TRIAL: Final = TrialText(
    stage="Durchgang",
    progress="Durchgang {position} von {total}",
    score="{correct} von {n} richtig",
    practice="Übung",
    question_many="Welches der beiden Bilder in der Mitte aktiviert die Einheit stark, wie die Bilder rechts?",
    question_one="Welches der beiden Bilder in der Mitte aktiviert die Einheit stark, wie das Bild rechts?",
    question_none="Welches der beiden Bilder aktiviert die Einheit stark? Es gibt keine Referenzbilder: Folgen Sie Ihrer Intuition.",
    min_references="Am schwächsten aktivierend",
    max_references="Am stärksten aktivierend",
    query_top="Oberes Bild",
    query_bottom="Unteres Bild",
    confidence_1="geraten",
    confidence_2="recht sicher",
    confidence_3="sicher",
    key="Taste",
    hint="Die Tasten 1 2 3 wählen das obere Bild, 4 5 6 das untere, von geraten bis sicher. Nehmen Sie sich die Zeit, die Sie brauchen.",
    correct="Richtig",
    incorrect="Nicht dieses",
    explain_both=(
        "Das {side} Bild ist das richtige: Achten Sie darauf, was es mit der rechten Seite gemeinsam hat und was das andere mit der linken."
    ),
    explain_max="Das {side} Bild ist das richtige: Achten Sie darauf, was es mit der rechten Seite gemeinsam hat.",
    explain_none="Das {side} Bild ist das richtige. Ohne Referenzbilder kann das niemand wissen: Es geht allein um Ihre Intuition.",
    side_top="obere",
    side_bottom="untere",
    done_title="Block beendet",
    done_body="Alle Antworten sind gespeichert.",
)

ANNOUNCEMENT: Final = AnnouncementText(
    block_title="Block {number} von {total}: {references}",
    practice_title="Übung: {references}",
    practice_round_title="Übung, Runde {round}: {references}",
    natural="Die Referenzbilder sind natürliche Bilder.",
    synthetic="Die Referenzbilder sind synthetisch und wurden für diese Einheit erzeugt.",
    method="Die Referenzbilder wurden mit dem Verfahren {method} erzeugt.",
    none="Es gibt keine Referenzbilder. Wählen Sie intuitiv das Bild, von dem Sie erwarten, dass es eine Einheit stark aktiviert.",
    both=Count(
        "Auf jeder Seite ist ein Bild zu sehen: links eines, das die Einheit am schwächsten aktiviert, rechts eines, das sie am stärksten "
        "aktiviert.",
        "Auf jeder Seite sind {n} Bilder zu sehen: links die, die die Einheit am schwächsten aktivieren, rechts die, die sie am stärksten "
        "aktivieren.",
    ),
    max_only=Count(
        "Nur rechts ist ein Bild zu sehen: Es aktiviert die Einheit am stärksten. Die linke Seite bleibt leer.",
        "Nur rechts sind Bilder zu sehen: die {n}, die die Einheit am stärksten aktivieren. Die linke Seite bleibt leer.",
    ),
    queries="Die beiden Bilder in der Mitte sind immer natürliche Bilder.",
    practice_why=(
        "Diese Durchgänge dienen der Übung und zählen nicht. Nach einer falschen Antwort erfahren Sie, welches Bild richtig war und warum."
    ),
    practice_silent="Diese Durchgänge dienen der Übung und zählen nicht.",
    practice_again="Noch waren nicht alle Antworten richtig: Die Übung wird wiederholt.",
    n_trials=Count("1 Durchgang ohne Zeitbegrenzung.", "{n} Durchgänge ohne Zeitbegrenzung."),
    start="Starten",
    break_title="Block beendet",
    break_correct="{correct} von {n} richtig",
    break_body="Zeit für eine Pause, so lange Sie möchten. Alle Ihre Antworten sind gespeichert.",
    go_on="Weiter",
)

INSTRUCTIONS: Final = InstructionText(
    label="Anleitung",
    page="{position} von {total}",
    back="Zurück",
    next="Weiter",
    begin="Beginnen",
    keys="Blättern Sie mit den Pfeiltasten oder den Schaltflächen.",
    task_title="Worum es geht",
    task_body=(
        "Ein Netzwerk, das Bilder erkennt, besteht aus vielen Einheiten. Jede Einheit reagiert auf manche Bilder stark, auf andere kaum.\n"
        "Ihre Aufgabe ist es, anhand von Beispielen herauszufinden, worauf eine Einheit reagiert. Vorwissen brauchen Sie nicht."
    ),
    duration=(
        "Es gibt etwa {n} Durchgänge, die ungefähr {minutes} Minuten dauern. Es gibt keine Zeitbegrenzung, und Sie können jederzeit eine "
        "Pause machen."
    ),
    references_title="Die Referenzbilder",
    references_both=(
        "An den Seiten sehen Sie Referenzbilder einer Einheit. Rechts: Bilder, die sie am stärksten aktivieren. Links: Bilder, die sie am "
        "schwächsten aktivieren.\nWas die Bilder rechts gemeinsam haben und was denen links fehlt, verrät, worauf die Einheit reagiert."
    ),
    references_max=(
        "Rechts sehen Sie Referenzbilder einer Einheit: solche, die sie am stärksten aktivieren.\nWas sie gemeinsam haben, verrät, "
        "worauf die Einheit reagiert."
    ),
    natural="Natürliche Referenzbilder sind Bilder, die dem Netzwerk gezeigt wurden.",
    synthetic=(
        "Synthetische Referenzbilder hat ein Computer so erzeugt, dass sie die Einheit möglichst stark (oder möglichst schwach) aktivieren."
    ),
    schemes="Wie viele Referenzbilder es gibt, und ob auf beiden Seiten oder nur rechts, wird vor jedem Block angekündigt.",
    none_title="Ohne Referenzbilder",
    none_body=(
        "In manchen Blöcken gibt es keine Referenzbilder.\nWählen Sie dort intuitiv das Bild, von dem Sie erwarten, dass es eine Einheit "
        "stark aktiviert. Wissen kann das niemand."
    ),
    choice_title="Ihre Wahl",
    choice_body=(
        "In der Mitte sehen Sie zwei natürliche Bilder. Eines aktiviert die Einheit stark, das andere nicht. Wählen Sie das, das sie stark "
        "aktiviert.\nEine Taste sagt, welches Bild es ist und wie sicher Sie sind: 1 2 3 für das obere Bild, 4 5 6 für das untere, von "
        "geraten bis sicher. Mit den Schaltflächen unter den Bildern geht es ebenso."
    ),
    example_title="Ein Beispiel",
    example_both=(
        "Hier ist das {side} Bild (mit Rahmen) richtig: Es teilt mit den Bildern rechts, was diese gemeinsam haben. Das andere gleicht "
        "den Bildern links."
    ),
    example_max="Hier ist das {side} Bild (mit Rahmen) richtig: Es hat, was rechts zu sehen ist.",
    before_title="Bevor Sie beginnen",
    before_body=(
        "Jede Antwort wird sofort gespeichert. Sie können jederzeit aufhören und später über Ihren persönlichen Link zurückkommen.\n"
        "Bitte antworten Sie allein und in Ruhe, und lassen Sie diese Seite während eines Durchgangs geöffnet und sichtbar."
    ),
    feedback_trial="Nach jeder Antwort zeigt ein Rahmen das richtige Bild.",
    feedback_block="Nach jedem Block erfahren Sie, wie viele Antworten richtig waren.",
    feedback_none="Sie erfahren nicht, welche Antworten richtig waren.",
    practice="Zuerst kommen einige Durchgänge zur Übung.",
    ratings="Vor oder nach den Durchgängen werden Sie gefragt, wie intuitiv Sie einige Bilder finden.",
)

RATINGS: Final = RatingText(
    stage="Einschätzung der Intuitivität",
    progress="Einschätzung {position} von {total}",
    title_begin="Vor den Durchgängen",
    title_end="Nach den Durchgängen",
    intro=(
        "Sie sehen Bilder zu einer Einheit: links synthetische, rechts natürliche. Beide aktivieren sie stark.\n"
        "Sagen Sie, wie intuitiv Sie die synthetischen Bilder als Erklärung für die natürlichen finden."
    ),
    start="Starten",
    question="Wie intuitiv sind die synthetischen Bilder, neben den natürlichen gesehen?",
    synthetic="Synthetische Bilder",
    natural="Natürliche Bilder",
    slider="Intuitivität, von -100 (nicht intuitiv) bis 100 (intuitiv)",
    low="nicht intuitiv",
    high="intuitiv",
    keep_zero="0 ist meine Antwort",
    go_on="Weiter",
    hint="Bewegen Sie den Regler mit der Maus, dem Finger oder den Pfeiltasten.",
    done_title="Einschätzungen beendet",
    done_body="Alle Einschätzungen sind gespeichert.",
)

ENROLMENT: Final = EnrolmentText(
    title="Selbsttest",
    intro=(
        "Referenzbilder an den Seiten zeigen, worauf eine Einheit reagiert. Wählen Sie von zwei natürlichen Bildern in der Mitte das, das "
        "die Einheit stark aktiviert, und sagen Sie, wie sicher Sie sind. Es gibt keine Zeitbegrenzung."
    ),
    how=(
        "- Eine Taste gibt Wahl und Sicherheit an: **1 2 3** für das obere Bild, **4 5 6** für das untere, von geraten bis sicher. "
        "Mit der Maus geht es auch.\n"
        "- Jede Antwort wird sofort gespeichert; nach einem Neuladen geht es weiter, wo Sie waren.\n"
        "- Gespeichert werden Ihre Antworten, deren Zeiten, die Bildschirmgröße und das Eingabegerät unter dem Namen, den Sie angeben; "
        "keine E-Mail- oder IP-Adresse."
    ),
    language="Sprache",
    design="Versuchsplan",
    design_line="{n} Durchgänge, etwa {minutes} min",
    quick="Kurzer Selbsttest",
    experiment_1="Borowski et al. 2021, Experiment I",
    experiment_2="Borowski et al. 2021, Experiment II",
    imi="Zimmermann et al. 2023 (IMI)",
    missing="Diese Studie kann diesen Versuchsplan noch nicht anbieten:",
    conditions="Referenzbilder",
    length="Durchgänge je Bedingung (je etwa 8 s)",
    with_practice="Mit einem Übungsdurchgang in jeder Bedingung beginnen",
    name="Ihr Name oder ein Pseudonym",
    name_help="Ihre Antworten werden darunter gespeichert. Bleibt das Feld leer, wird ein Code für Sie erzeugt.",
    expertise="Wie vertraut sind Sie mit neuronalen Netzwerken?",
    expertise_help="Fachkundig: Sie haben Netzwerke, die Bilder erkennen, trainiert oder untersucht.",
    expert="Fachkundig",
    lay="Laie",
    consent="Ich habe dies gelesen und bin mit der Teilnahme einverstanden.",
    no_consent="Die Teilnahme setzt Ihr Einverständnis mit dem obigen Text voraus.",
    demographics="Über Sie (freiwillig)",
    demographics_note="Jede Angabe kann ausgelassen werden.",
    age="Alter",
    gender="Geschlecht",
    handedness="Händigkeit",
    left="links",
    right="rechts",
    both="beidhändig",
    visual_aid="Sehhilfe",
    no_aid="keine",
    glasses="Brille",
    contact_lenses="Kontaktlinsen",
    skip="keine Angabe",
    start="Selbsttest starten",
    preparing="Die Durchgänge werden vorbereitet",
    no_condition="Wählen Sie mindestens eine Art von Referenzbildern.",
    too_long="{references}: Es gibt {n} Einheiten, weniger als {wanted} Durchgänge; wählen Sie weniger Durchgänge oder andere Bilder.",
    no_expertise="Dieser Versuchsplan zählt Fachkundige und Laien getrennt: Bitte geben Sie an, was für Sie gilt.",
    lost="Diesen Selbsttest gibt es hier nicht mehr; beginnen Sie einen neuen.",
)

LEAVING: Final = LeavingText(
    leave="Unterbrechen",
    leave_help="Hier aufhören und später weitermachen, oder Ihre Antworten löschen.",
    title="Hier unterbrechen?",
    kept="Alle Ihre Antworten sind gespeichert. Dieser persönliche Link führt an diese Stelle zurück:",
    link_and_deletion="Ihr persönlicher Link, und Ihre Antworten löschen",
    stay="Weitermachen",
    go="Verlassen",
    delete="Meine Antworten löschen",
    delete_why="Sie können die Teilnahme zurückziehen: Alle Ihre Antworten aus diesem Selbsttest werden dann endgültig gelöscht.",
    delete_sure=Count("Diesen Selbsttest mit einer Antwort endgültig löschen?", "Diesen Selbsttest mit {n} Antworten endgültig löschen?"),
    delete_really="Ja, löschen",
    keep="Nein, behalten",
    deleted="Ihre Antworten aus diesem Selbsttest sind gelöscht.",
)

SUMMARY: Final = SummaryText(
    title="Ihre Antworten",
    thanks="Vielen Dank für Ihre Teilnahme.",
    you="Sie",
    team="Alle",
    paper="Das Paper",
    n_correct="{n_correct} von {n} richtig",
    interval="95-%-Intervall {low} bis {high} %",
    n_trials="{n} Durchgänge von {people}",
    people=Count("1 Person", "{n} Personen"),
    percent="{value} %",
    plus_minus="{value} ± {error} %",
    cited="Borowski et al. (2021)",
    nothing="dort nicht genannt",
    detail="Mediane Reaktionszeit {time_s} s, mittlere Sicherheit {confidence} von 3.",
    schemes="Ihre richtigen Antworten nach Zahl und Seite der Referenzbilder",
    scheme="Referenzbilder",
    scheme_both="{n} auf jeder Seite",
    scheme_max="{n}, nur rechts",
    note="Nur Hauptdurchgänge. Ihre Antworten sind unter denen aller Teilnehmenden.",
    method=(
        "Die Intervalle sind die von Wilson über alle Durchgänge; das ± des Papers sind zwei Standardfehler über Personen. "
        "Raten ergibt 50 %."
    ),
    results="Zu den Ergebnissen",
    another="Neuer Selbsttest",
)

GERMAN: Final = ParticipantText(
    name="Deutsch",
    decimal_mark=",",
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
