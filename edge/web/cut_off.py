"""Rolls that a power cut left open in the book: their account is closed with what was known."""

from __future__ import annotations

import sqlite3

from edge.web.strips import Lost


def close_cut_off(db: sqlite3.Connection, wall_ns: int, outbox: int) -> list[int]:
    """Ends every roll that is not ended. What was in flight, and what had been lost and was not told yet, is told as
    one uninspected length at its end; what passed after the last note is in no account.

    Args:
        wall_ns: now. outbox: 0 where findings are published, else 1.

    Returns:
        The keys of those rolls; afterwards inspected + uninspected = travelled holds for each.
    """
    sql = "SELECT key, boot_id, width_mm, travelled_mm, inspected_mm FROM roll WHERE ended_ns IS NULL"
    rolls = db.execute(sql).fetchall()
    for key, boot_id, width_mm, travelled_mm, inspected_mm in rolls:
        inspected_mm = inspected_mm or 0.0
        sql = "SELECT total(length_mm), count(*) FROM finding WHERE roll = ? AND kind = 'uninspected'"
        told_mm, count = db.execute(sql, (key,)).fetchone()
        # Findings are written sooner than notes: they may reach beyond the last one.
        travelled_mm = max(travelled_mm or 0.0, inspected_mm + told_mm)
        rest_mm = travelled_mm - inspected_mm - told_mm
        db.execute(
            "INSERT INTO finding (roll, boot_id, number, kind, at_m, across_mm, length_mm, width_mm, continues, why, "
            "wall_ns, outbox) VALUES (?, ?, ?, 'uninspected', ?, 0, ?, ?, 0, ?, ?, ?)",
            (
                key, boot_id, count + 1, round((travelled_mm - rest_mm) / 1000, 6), round(rest_mm, 3), width_mm,
                Lost.CUT_OFF.value, wall_ns, outbox,
            ),
        )  # fmt: skip
        sql = "UPDATE roll SET ended_ns = ?, travelled_mm = ?, inspected_mm = ?, uninspected_mm = ? WHERE key = ?"
        db.execute(sql, (wall_ns, travelled_mm, inspected_mm, told_mm + rest_mm, key))
    return [key for key, *_ in rolls]
