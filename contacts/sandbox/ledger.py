"""The customer's own files while they are made, and the truth about each grant."""

import random
from collections.abc import Sequence
from datetime import date, timedelta

from contacts.sandbox.rows import Grant, Restriction

GRANTED_BY = ("migration-2019", "front office", "enrolment form", "parent portal", "")


class Ledger:
    """Grants and orders as a customer's product holds them.

    Everything random comes from the one generator that the rest is made with.
    """

    def __init__(self, rng: random.Random, *, today: date) -> None:
        self.rng = rng
        self.today = today
        self.grants: list[Grant] = []
        self.restrictions: list[Restriction] = []
        self.truth: dict[str, str] = {}
        self._past_moments = self._moments_before_today(1000)

    def _moments_before_today(self, count: int) -> list[str]:
        """Times of day, two months to four years ago, for the grants to share."""
        days = (
            self.today - timedelta(days=self.rng.randint(60, 1500))
            for _ in range(count)
        )
        return [f"{day}T14:{self.rng.randrange(60):02d}:00Z" for day in days]

    def one_of(self, choices: Sequence[str]) -> str:
        """Choose as `choice` does, in a third of the time: grants are many."""
        return choices[int(self.rng.random() * len(choices))]

    def file_grant(
        self,
        contact_id: str,
        privilege: str,
        rule: str,
        *,
        bases: Sequence[str],
        student_id: str = "",
        list_id: str = "",
        basis_label: tuple[str, str] = ("", ""),
        expires_at: str = "",
    ) -> str:
        """Write a grant down with the rule it must get; gives its id.

        `bases` are the words for its basis that mean the same: one is taken.
        """
        grant_id = f"g-{len(self.grants) + 1:07d}"
        self.grants.append(
            Grant(
                grant_id=grant_id,
                contact_id=contact_id,
                student_id=student_id,
                list_id=list_id,
                privilege=privilege,
                granted_at=self.one_of(self._past_moments),
                granted_by=self.one_of(GRANTED_BY),
                basis=bases[0] if len(bases) == 1 else self.one_of(bases),
                basis_relationship=basis_label[0],
                basis_type=basis_label[1],
                expires_at=expires_at or self._far_expiry(),
            )
        )
        self.truth[grant_id] = rule
        return grant_id

    def _far_expiry(self) -> str:
        if self.rng.random() < 0.95:
            return ""
        return str(self.today + timedelta(days=self.rng.randint(200, 900)))

    def days_ago(self, days: int) -> str:
        return str(self.today - timedelta(days=days))

    def add_restriction(
        self,
        contact_id: str,
        student_id: str,
        *,
        kind: str,
        classes: str = "",
        starts: int = -100,
        ends: int | None = None,
    ) -> None:
        """Write an order down; its days count from today."""
        number = len(self.restrictions) + 1
        self.restrictions.append(
            Restriction(
                restriction_id=f"r-{number:05d}",
                contact_id=contact_id,
                student_id=student_id,
                kind=kind,
                privilege_classes=classes,
                starts_on=str(self.today + timedelta(days=starts)),
                ends_on="" if ends is None else str(self.today + timedelta(days=ends)),
                reference=f"FC-{self.rng.randrange(10**5):05d}",
                note="",
            )
        )
