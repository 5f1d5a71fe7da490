"""The report on test pictures: what the model catches, what it misses, and how sure that is."""

from __future__ import annotations

import numpy as np
from markupsafe import Markup

from edge.bundle import Manifest
from edge.calibration import Threshold
from trainer.dataset import GOOD
from trainer.doubts import doubts
from trainer.evaluate import Measured, Scored
from trainer.judge import AtRate, Interval, PerClass, Result
from trainer.report import charts
from trainer.report.doctor import section
from trainer.report.page import Chart, Gallery, Number, Page, Table, model_facts, render
from trainer.report.pictures import best_finds, examples, worst_escapes, worst_false_rejects
from trainer.report.words import area, area_between, between, percent, pixels, plural, rate, score


def evaluation_report(measured: Measured, dataset: str) -> bytes:
    """The page, UTF-8 HTML.

    Args:
        measured: the bundle, its scored test pictures, their numbers, and what is known of the data set.
        dataset: the data set's name.

    Raises DatasetError where a picture that was scored cannot be read again.
    """
    result, scored, examined = measured.result, measured.scored, measured.examined
    manifest = measured.bundle.manifest
    facts = model_facts(manifest, f"{result.bundle_mb:.1f} MB")
    facts.append(("Evaluated on", f"“{dataset}”: {measured.origin}"))
    facts.append(("Ran on", f"{result.provider}, {result.tiles_per_second:.0f} tiles a second"))
    leakage = examined.leakage if examined else ()
    page = Page(
        flavour="Evaluation",
        model_id=result.model_id,
        about=f"on “{dataset}”: {plural(result.good, 'good picture')}, {plural(result.bad, 'bad picture')}; "
        f"{measured.origin}",
        verdict=_verdict(result),
        rests_on=_rests_on(result, manifest),
        numbers=_numbers(result),
        warnings=[*map(str, leakage), *doubts(result)],
        charts=_charts(scored, result),
        tables=[_by_kind(result), _by_rate(result)],
        galleries=_galleries(scored, result.threshold),
        details=[_metrics(result)],
        facts=facts,
        notes=_NOTES,
        doctor=section(examined.checkup, leakage, _whose(measured)) if examined else None,
    )
    return render(page)


def _whose(measured: Measured) -> str:
    """Leaks are looked for between this data set's own halves."""
    if measured.same_as_trained:
        return ""
    return "Its train/good may not be what the model learned from: the data set is another one, or it was changed."


def _verdict(result: Result) -> str:
    found, lost = 1 - result.escape_rate, result.false_reject_rate
    lost_words = "none" if lost == 0 else percent(lost)
    return f"Finds {percent(found)} of the bad parts and throws away {lost_words} of the good ones."


def _rests_on(result: Result, manifest: Manifest) -> str:
    low, high = result.escape_interval
    found, lost = (
        between(interval).replace(" to ", " and ") for interval in ((1 - high, 1 - low), result.false_reject_interval)
    )
    held_out = plural(manifest.dataset.held_out, "held-out good picture")
    return (
        f"The numbers rest on {result.bad} bad and {plural(result.good, 'good picture')}, so the true shares lie "
        f"between {found} of the bad found and between {lost} of the good thrown away (95 times in 100, for parts like "
        f"these). The threshold {score(result.threshold)} is set for {result.false_rejects_per_10000:g} false rejects "
        f"in 10,000 good parts; {held_out} set it, and as many others might have set it anywhere from "
        f"{score(result.threshold_low)} to {score(result.threshold_high)}."
    )


def _numbers(result: Result) -> list[Number]:
    found, lost = 1 - result.escape_rate, result.false_reject_rate
    low, high = 1 - result.escape_interval[1], 1 - result.escape_interval[0]
    allowed = result.false_rejects_per_10000 / 10_000
    top = next((t for t in (0.02, 0.05, 0.1, 0.2, 0.5) if max(result.false_reject_interval[1], allowed) <= t), 1.0)
    n_found, n_lost = round(found * result.bad), round(lost * result.good)
    numbers = [
        Number(
            "Bad parts found",
            percent(found),
            between((low, high)),
            f"{n_found} of {result.bad}",
            found,
            (low, high),
            ("0 %", "100 %"),
        ),
        Number(
            "Good parts thrown away",
            percent(lost),
            between(result.false_reject_interval),
            f"{n_lost} of {result.good}; the tick is what was allowed",
            lost / top,
            (result.false_reject_interval[0] / top, result.false_reject_interval[1] / top),
            ("0 %", f"{100 * top:.0f} %"),
            allowed / top,
        ),
    ]
    note = "image AUROC, at any threshold; 0.5 is a coin"
    numbers.append(_area("Good and bad told apart", result.image_auroc, result.image_auroc_interval, 0.5, note))
    if result.aupro is not None:
        note = f"AUPRO to 30 %; the map is highest at the defect in {percent(result.pointed_at or 0)}"
        numbers.append(_area("Points at the defect", result.aupro, result.aupro_interval, 0.0, note))
    return numbers


def _area(name: str, value: float, interval: Interval | None, worst: float, note: str) -> Number:
    at, low, high = ((max(v, worst) - worst) / (1 - worst) for v in (value, *(interval or (value, value))))
    return Number(name, area(value), area_between(interval), note, at, (low, high), (f"{worst:g}", "1"))


def _charts(scored: Scored, result: Result) -> list[Chart]:
    bad = np.array([sample.bad for sample in scored.samples])
    low, high = result.threshold_low, result.threshold_high
    threshold = Threshold(
        result.threshold, low, high, "tail" if result.threshold_how == "tail" else "empirical", result.threshold_warning
    )
    scores = scored.scores
    missed = [float((scores[bad] <= value).mean()) for value in (low, high)]
    found = 1 - result.escape_rate
    escapes = result.escape_interval
    drawn = [
        Chart(
            "Scores",
            charts.histogram(scores[~bad], scores[bad], threshold),
            "What lies right of the threshold is thrown away. The band is where the threshold might as well have been. "
            "Bars far to the right are gathered in the last one.",
        ),
        Chart(
            "What a threshold costs",
            charts.costs(scores, bad, threshold),
            f"Solid: good parts thrown away. Dashed: bad parts that escape. Within the band escapes go from "
            f"{percent(missed[0])} to {percent(missed[1])}.",
        ),
        Chart(
            "ROC",
            charts.roc(
                result.roc_curve,
                (result.false_reject_rate, found),
                result.false_reject_interval,
                (1 - escapes[1], 1 - escapes[0]),
            ),
            "The dot is this threshold, the whiskers its 95 % intervals. Drawn up to 25 %.",
        ),
    ]
    if result.pro_curve and result.pro_at_threshold is not None and result.pixel_false_positive_rate is not None:
        here = (result.pixel_false_positive_rate, result.pro_at_threshold)
        drawn.append(
            Chart(
                "Per-region overlap (PRO)",
                charts.pro_chart(result.pro_curve, here),
                "How much of each defect the heat map marks, small defects counting as much as large ones, against "
                "how much sound surface it marks with it. The dot is this threshold.",
            )
        )
    return drawn


def _by_kind(result: Result) -> Table:
    rows = [_kind_row(kind, value) for kind, value in sorted(result.per_class.items(), key=_worst_first)]
    head = [
        "",
        "pictures",
        "rejected (95 % interval)",
        "AUROC",
        "AUPRO",
        "points at it",
        "smallest found",
        "largest missed",
    ]
    if all(value.aupro is None for value in result.per_class.values()):
        head, rows = head[:4], [row[:4] for row in rows]
    return Table(
        "By kind of defect",
        "The most missed kind first. Sizes are all pixels of a picture's mask, and the square of the same area.",
        head,
        rows,
    )


def _worst_first(item: tuple[str, PerClass]) -> tuple[bool, float]:
    return item[0] == GOOD, item[1].rejected


def _kind_row(kind: str, value: PerClass) -> list[str | Markup]:
    bar = Markup('<i class="share {}"><b style="width:{:.1f}%"></b></i> {}').format(
        "bad" if kind == GOOD else "found", 100 * value.rejected, _with(value.rejected, value.rejected_interval)
    )
    sizes = (value.smallest_found_px, value.largest_missed_px)
    return [
        kind,
        f"{value.n}",
        bar,
        "" if value.image_auroc is None else area(value.image_auroc),
        "" if value.aupro is None else area(value.aupro),
        "" if value.pointed_at is None else percent(value.pointed_at),
        *map(pixels, sizes),
    ]


def _by_rate(result: Result) -> Table:
    return Table(
        "If another rate were allowed",
        "The threshold follows from the held-out good pictures alone; what it does is counted on these test pictures.",
        ["false rejects allowed", "threshold (90 % range)", "bad found (95 %)", "good thrown away (95 %)"],
        [_rate_row(row) for row in result.rates],
    )


def _rate_row(row: AtRate) -> list[str | Markup]:
    low, high = row.escape_interval
    return [
        rate(row.false_rejects_per_10000),
        Markup("{} <small>{} to {}</small>").format(score(row.threshold), score(row.low), score(row.high)),
        _with(1 - row.escape_rate, (1 - high, 1 - low)),
        _with(row.false_reject_rate, row.false_reject_interval),
    ]


def _with(share: float, interval: Interval) -> Markup:
    return Markup("{} <small>{}</small>").format(percent(share), between(interval))


def _metrics(result: Result) -> Table:
    rows: list[list[str | Markup]] = [
        [
            "Image AUROC",
            area(result.image_auroc),
            area_between(result.image_auroc_interval),
            "chance that a bad part scores above a good one; stratified bootstrap",
        ],
        [
            "… by DeLong",
            area(result.image_auroc),
            area_between(result.image_auroc_delong),
            "the same, interval by another method",
        ],
        [
            "Average precision",
            area(result.average_precision),
            area_between(result.average_precision_interval),
            "depends on the share of bad pictures; stratified bootstrap",
        ],
        [
            "F1-max",
            area(result.f1_max),
            "",
            f"at threshold {score(result.f1_max_threshold)}, the best on these very pictures: it flatters",
        ],
        ["Balanced accuracy", area(result.balanced_accuracy), "", "mean of bad found and good kept, at the threshold"],
    ]
    if result.aupro is not None:
        rows += [
            [
                "AUPRO to 30 %",
                area(result.aupro),
                area_between(result.aupro_interval),
                "per-region overlap; pictures drawn again by bootstrap",
            ],
            [
                "PRO at the threshold",
                area(result.pro_at_threshold),
                "",
                f"marking {percent(result.pixel_false_positive_rate or 0)} of sound surface",
            ],
            [
                "Points at it",
                area(result.pointed_at),
                "",
                "share of defects where the map is highest on the mask or within 1/16 of the side (pointing game)",
            ],
            [
                "Pixel AUROC",
                area(result.pixel_auroc),
                "",
                "large defects outweigh small ones; pixels of one picture are no independent trials, so no interval",
            ],
        ]
    return Table("All metrics", "", ["", "value", "95 % interval", "what it is"], rows)


def _galleries(scored: Scored, threshold: float) -> list[Gallery]:
    legend = "Left the photograph, right what the model sees; frames: where the box would point; cyan: the mask."
    return [
        Gallery(
            "Worst escapes",
            f"Bad parts that pass with the lowest scores. {legend}",
            examples(scored, worst_escapes(scored, threshold), threshold),
            "No bad part escapes.",
            "wrong",
        ),
        Gallery(
            "Worst false rejects",
            "Good parts that are thrown away with the highest scores. Look closely: are they really good?",
            examples(scored, worst_false_rejects(scored, threshold), threshold),
            "No good part is thrown away.",
            "wrong",
        ),
        Gallery(
            "Best finds",
            "Of each kind the smallest defect that is found, and pointed at.",
            examples(scored, best_finds(scored, threshold), threshold),
            "No bad part is found.",
            "right",
        ),
    ]


_NOTES = (
    "Scores, maps and speed come from the box's own runtime, with the cutting and resizing that the box uses.",
    "A part is rejected when its score is above the threshold.",
    "Intervals of shares: Wilson 1927. They speak of parts like the pictured ones; another lot, lamp or camera is "
    "another matter.",
    "AUPRO: Bergmann et al. 2021, exact, up to 30 % false-positive pixels. Maps are compared at the mask's size, at "
    "most 512 pixels long.",
)
