"""Email through an SMTP server, stage by stage, so that it is known whether the letter was already handed over."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from email.errors import MessageError
from email.headerregistry import Address as MailAddress
from email.message import EmailMessage

import aiosmtplib
from pydantic import SecretStr

from services.notify.channels.calls import general
from services.notify.channels.channel import Accepted, Dispatch, Outcome
from shared.clock import utc_now

_SECONDS = 10.0
_PERMANENT = 500


@dataclass(frozen=True, slots=True, repr=False)
class Mail:
    """Hands letters to one server; ``tls`` is ``implicit``, ``starttls`` or ``none``."""

    host: str
    port: int
    sender: str
    user: str | None = None
    password: SecretStr | None = None
    tls: str = "implicit"
    clock: Callable[[], datetime] = utc_now
    name: str = "smtp"
    kind: str = "email"

    async def send(self, dispatch: Dispatch) -> Outcome:
        """Hand one letter over."""
        letter = letter_of(dispatch, self.sender)
        if letter is None:
            return general("bad_address", self.clock(), provider=self.name)
        client = aiosmtplib.SMTP(
            hostname=self.host, port=self.port, timeout=_SECONDS, use_tls=self.tls == "implicit", start_tls=self.tls == "starttls"
        )
        try:
            return await self._deliver(client, letter, dispatch)
        finally:
            client.close()

    async def _deliver(self, client: aiosmtplib.SMTP, letter: EmailMessage, dispatch: Dispatch) -> Outcome:
        """Until DATA nothing was sent; after it, only the server's word counts."""
        try:
            await self._log_in(client)
            await client.mail(self.sender)
            await client.rcpt(dispatch.address.value)
        except aiosmtplib.SMTPAuthenticationError:
            return general("mail_login", self.clock(), provider=self.name)
        except (aiosmtplib.SMTPSenderRefused, aiosmtplib.SMTPRecipientRefused) as error:
            return self._refused(error.code)
        except (aiosmtplib.SMTPException, OSError, TimeoutError):
            return general("not_connected", self.clock(), provider=self.name)
        return await self._hand_over(client, letter)

    async def _log_in(self, client: aiosmtplib.SMTP) -> None:
        await client.connect()
        if self.user and self.password:
            await client.login(self.user, self.password.get_secret_value())

    async def _hand_over(self, client: aiosmtplib.SMTP, letter: EmailMessage) -> Outcome:
        try:
            await client.data(letter.as_bytes())
        except aiosmtplib.SMTPResponseException as error:
            return self._refused(error.code)
        except (aiosmtplib.SMTPException, OSError, TimeoutError):
            return general("no_answer", self.clock(), provider=self.name)
        return Accepted(str(letter["Message-ID"]))

    def _refused(self, code: int) -> Outcome:
        return general("mail_refused" if code >= _PERMANENT else "mail_deferred", self.clock(), provider=self.name)


def letter_of(dispatch: Dispatch, sender: str) -> EmailMessage | None:
    """The letter, with our key in its Message-ID; None where the address is none."""
    try:
        to = MailAddress(addr_spec=dispatch.address.value)
        letter = EmailMessage()
        letter["From"], letter["To"] = sender, to
        letter["Subject"] = " ".join(dispatch.title.split())
        letter["Message-ID"] = f"<{dispatch.key.replace('#', '.')}@{sender.rpartition('@')[2].strip('>')}>"
        letter["Date"], letter["Auto-Submitted"] = dispatch.stored_at, "auto-generated"
    except (ValueError, IndexError, MessageError):
        return None
    letter.set_content(f"{dispatch.text}\n\n{dispatch.link}\n" if dispatch.link else f"{dispatch.text}\n")
    return letter if to.username and "." in to.domain else None
