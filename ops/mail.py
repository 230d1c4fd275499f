"""Digests by mail: text and HTML, with the verdicts and their links; a period is sent once only."""

from __future__ import annotations

import smtplib
import ssl
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.message import EmailMessage
from hashlib import sha256
from typing import Any
from urllib.parse import unquote, urlsplit

import structlog
from jinja2 import Environment, PackageLoader, StrictUndefined

from crawler.errors import Permanent, RoutewireError, Transient
from indexer.model import Hit, Kind, Subscription, Work
from indexer.record.digests import parse_digest_key
from ops.digest import MOST, SECTIONS, Digest, in_period, section, to_json
from ops.leases import owner_name
from ops.scheduler import utc_now
from ops.wiring import System

TIMEOUT_S = 30.0
log = structlog.get_logger("digest")


@dataclass(frozen=True, slots=True)
class Sent:
    """`outcome` is `sent`, or `already sent` where the period went out before."""

    subscription_id: str
    start: datetime
    end: datetime
    recipient: str
    items: int
    outcome: str


def last_period(subscription: Subscription, now: datetime) -> tuple[datetime, datetime]:
    """The last whole period before `now`: days counted from a Monday, so that weeks are weeks."""
    monday = datetime(1970, 1, 5, tzinfo=now.tzinfo)
    length = timedelta(days=subscription.every_days)
    end = monday + (now - monday) // length * length
    return end - length, end


def _subscription(system: System, subscription_id: str) -> Subscription:
    for subscription in system.record.subscriptions():
        if subscription.id == subscription_id:
            return subscription
    raise Permanent("no such subscription", subject=subscription_id, remedy="`routewire digest list` shows them")


def make(system: System, subscription: Subscription, start: datetime, end: datetime) -> Digest:
    """The digest of a period, from the index as it stands."""
    sections = []
    for kind, _ in SECTIONS:
        found = system.index.search(in_period(subscription.query, start, end), kind=kind, limit=MOST, sort="time")
        if found.hits:
            hits = [(hit, _reason(system, hit)) for hit in found.hits]
            sections.append(section(kind, hits, found.total, system.settings.public_url))
    return Digest(subscription, start, end, tuple(sections))


def _reason(system: System, hit: Hit) -> str:
    verdict = system.record.verdict(hit.id) if hit.kind is Kind.CLAIM else None
    return verdict.reasons[0] if verdict and verdict.reasons else ""


def render(digest: Digest) -> tuple[str, str]:
    """The digest as text and as HTML."""
    html = Environment(loader=PackageLoader("ops", "templates/mail"), autoescape=True, undefined=StrictUndefined)
    text = Environment(
        loader=PackageLoader("ops", "templates/mail"),
        autoescape=False,  # noqa: S701  # plain text: nothing in it is markup
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return text.get_template("digest.txt").render(digest=digest), html.get_template("digest.html").render(digest=digest)


def message(digest: Digest, sender: str) -> EmailMessage:
    """The mail. Its Message-ID depends on subscription and period alone: a second copy is recognised as one."""
    text, html = render(digest)
    mail = EmailMessage()
    mail["Subject"] = digest.subject
    mail["From"] = sender
    mail["To"] = digest.subscription.recipient
    mark = sha256(f"{digest.subscription.id} {digest.start.isoformat()} {digest.end.isoformat()}".encode()).hexdigest()[
        :32
    ]
    mail["Message-ID"] = f"<{mark}@routewire>"
    mail["Date"] = utc_now()
    mail.set_content(text)
    mail.add_alternative(html, subtype="html")
    return mail


def preview(
    system: System, subscription_id: str, period: tuple[datetime, datetime] | None
) -> tuple[dict[str, Any], str]:
    """The digest as JSON and as text; nothing is sent and nothing is marked."""
    subscription = _subscription(system, subscription_id)
    digest = make(system, subscription, *(period or last_period(subscription, utc_now())))
    return to_json(digest), render(digest)[0]


def send(system: System, subscription_id: str, period: tuple[datetime, datetime] | None) -> Sent:
    """Sends a period's digest, unless it was sent. Raises `Permanent` without a server, `Transient` if it does not
    answer.
    """
    url = system.settings.smtp_url
    if url is None:
        raise Permanent("no mail server is set", subject="ROUTEWIRE_SMTP_URL", remedy="set it to smtp://host:port")
    subscription = _subscription(system, subscription_id)
    start, end = period or last_period(subscription, utc_now())
    digest = make(system, subscription, start, end)
    if not system.record.begin_digest(subscription_id, start, end, owner_name(), utc_now()):
        return Sent(subscription_id, start, end, subscription.recipient, digest.count, "already sent")
    try:
        deliver(message(digest, system.settings.mail_from), url.get_secret_value())
    except BaseException:
        system.record.end_digest(subscription_id, start, end, sent_at=None)
        raise
    system.record.end_digest(subscription_id, start, end, sent_at=utc_now())
    log.info("sent", subscription=subscription_id, start=f"{start:%F}", end=f"{end:%F}", items=digest.count)
    return Sent(subscription_id, start, end, subscription.recipient, digest.count, "sent")


def deliver(mail: EmailMessage, url: str) -> None:
    """Hands a mail to the server at `smtp://[user:password@]host[:port]` (STARTTLS where offered) or `smtps://…`."""
    parts = urlsplit(url)
    if parts.scheme not in {"smtp", "smtps"} or not parts.hostname:
        raise Permanent("not a mail server's address", subject="ROUTEWIRE_SMTP_URL", remedy="write smtp://host:port")
    where = f"{parts.hostname}:{parts.port or ''}"
    try:
        with _connect(parts.scheme, parts.hostname, parts.port) as server:
            if parts.username:
                server.login(unquote(parts.username), unquote(parts.password or ""))
            server.send_message(mail)
    except smtplib.SMTPAuthenticationError as error:
        raise Permanent(
            "the mail server refuses the login", subject=where, remedy="correct ROUTEWIRE_SMTP_URL"
        ) from error
    except smtplib.SMTPRecipientsRefused as error:
        raise Permanent(
            "the mail server refuses the recipient", subject=str(mail["To"]), remedy="correct it"
        ) from error
    except (OSError, smtplib.SMTPException) as error:
        raise Transient("the mail server did not take the digest", subject=where, remedy="send it later") from error


def _connect(scheme: str, host: str, port: int | None) -> smtplib.SMTP:
    context = ssl.create_default_context()
    if scheme == "smtps":
        return smtplib.SMTP_SSL(host, port or 465, timeout=TIMEOUT_S, context=context)
    server = smtplib.SMTP(host, port or 25, timeout=TIMEOUT_S)
    server.ehlo()
    if server.has_extn("starttls"):
        server.starttls(context=context)
        server.ehlo()
    return server


def send_due(system: System, now: datetime) -> None:
    """Sends every period that is over and was not sent; one that fails is told, put off, and stops no other."""
    if system.settings.smtp_url is None:
        return
    for key in system.record.due(Work.DIGEST, now):
        subscription_id, start, end = parse_digest_key(key)
        try:
            send(system, subscription_id, (start, end))
        except RoutewireError as error:
            log.warning("failed", subscription=subscription_id, error=str(error))
            system.record.fail(Work.DIGEST, key, str(error), now, now + timedelta(minutes=15))
