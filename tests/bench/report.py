"""What was measured, as a table for people and as JSON for docs/bench.json."""

import dataclasses
import statistics


@dataclasses.dataclass
class Line:
    """One line of the table. `ours` and `reference` hold one number a run, in run order."""
    row: str
    what: str
    unit: str
    ours: list
    reference: list = dataclasses.field(default_factory=list)
    judged: str = ""  # "ratio" or "ours": what the target speaks of; empty: for the reader only
    least: float = None
    most: float = None
    note: str = ""

    def ratio(self):
        """Of what ran next to each other: the load of the machine then hits both."""
        pairs = [mine / other for mine, other in zip(self.ours, self.reference) if other]
        return statistics.median(pairs) if pairs else None

    def met(self):
        value = self.ratio() if self.judged == "ratio" else statistics.median(self.ours)
        if not self.judged or value is None:
            return None
        return not ((self.least is not None and value < self.least)
                    or (self.most is not None and value > self.most))

    def target(self):
        if not self.judged:
            return ""
        times = " x" if self.judged == "ratio" else f" {self.unit}"
        bound, sign = (self.least, ">=") if self.least is not None else (self.most, "<=")
        return f"{sign} {bound:g}{times}"

    def as_json(self):
        return {"row": self.row, "what": self.what, "unit": self.unit,
                "ours": statistics.median(self.ours),
                "reference": statistics.median(self.reference) if self.reference else None,
                "ratio": self.ratio(), "target": self.target() or None, "met": self.met(),
                "note": self.note or None,
                "runs": {"ours": self.ours, "reference": self.reference}}


def shown(value):
    if value is None:
        return ""
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}"


def table(lines, judge):
    head = ["what", "ours", "reference", "ratio", "target", "met"]
    rows = [head, ["---"] * len(head)]
    for line in lines:
        data = line.as_json()
        met = {True: "yes", False: "NO", None: ""}[data["met"] if judge else None]
        rows.append([f"{line.what}, {line.unit}" + (f" ({line.note})" if line.note else ""),
                     shown(data["ours"]), shown(data["reference"]), shown(data["ratio"]),
                     line.target(), met])
    return "\n".join("| " + " | ".join(row) + " |" for row in rows)
