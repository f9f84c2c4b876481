"""The command line: enroll, run, status, doctor."""

import logging
import signal
import sys
from typing import Any, Final

import click

from agent import VERSION, doctor, enrolling, status
from agent.client import Address, RefusalError, UnreachableError
from agent.console import Out, Session, session_of, told
from agent.enrolling import Asked
from agent.lock import HeldFile, held
from agent.pauses import Pauses
from agent.prompt import prompt_of
from agent.runner import RevokedError, Runner, Tools
from agent.settings import Language, PromptKind
from agent.state import Enrolment
from portal.domain.agent_tasks import AgentState

_ASK_EVERY: Final = 30.0
_SAID: Final = {
    AgentState.ACCEPTED: "enrolled",
    AgentState.WAITING: "enrol_waits",
    AgentState.DENIED: "enrol_denied",
    AgentState.REVOKED: "enrol_revoked",
}


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(VERSION, prog_name="klyuchnik-agent")
@click.option("--config", metavar="FILE", help="Settings (TOML) instead of the usual file.")
@click.option("--state-dir", metavar="FOLDER", help="Where key, certificate and journal are kept.")
@click.option("--module", "modules", multiple=True, metavar="FILE", help="A PKCS#11 library; may be given again.")
@click.option("--prompt", type=click.Choice([kind.value for kind in PromptKind]), help="How the person is asked.")
@click.option("--language", type=click.Choice([one.value for one in Language]), help="What the person is spoken to in.")
@click.option("--proxy", metavar="URL", help="A proxy on the way to the portal; none unless named.")
@click.option("-v", "--verbose", is_flag=True, help="Say more about what is done.")
@click.pass_context
def main(context: click.Context, /, *, verbose: bool, **flags: Any) -> None:
    """Keep the tokens of this workstation in step with the portal."""
    logging.basicConfig(level=logging.INFO if verbose else logging.WARNING, format="%(levelname)s %(message)s")
    for chatty in ("httpx", "httpcore"):
        logging.getLogger(chatty).setLevel(logging.WARNING)
    context.obj = session_of(flags)


@main.command()
@click.argument("url")
@click.option("--code", default="", help="The one-time code an administrator gave you.")
@click.option("--fingerprint", default="", help="The agent authority's fingerprint, when there is no code.")
@click.option("--ca-file", default="", help="Who certifies the portal's TLS: a PEM file, or 'system'.")
@click.option("--anew", is_flag=True, help="Forget the portal this workstation belongs to.")
@click.pass_obj
def enroll(session: Session, /, url: str, *, code: str, fingerprint: str, ca_file: str, anew: bool) -> None:
    """Let this workstation in at the portal with this address, once."""
    state = session.state()
    known = state.enrolment()
    if known is not None and known.agent and not anew:
        raise Out(session.words("already_enrolled", url=known.url))
    if anew:
        state.begin_anew()
    asked = Asked(Address(url, session.settings.proxy), code, fingerprint, ca_file)
    with told(session.words):
        became = enrolling.enrol(state, asked)
    click.echo(session.words(_SAID[became], url=url))
    if became in {AgentState.DENIED, AgentState.REVOKED}:
        raise Out("")


@main.command()
@click.option("--once", is_flag=True, help="End when there is nothing more to do.")
@click.pass_obj
def run(session: Session, /, *, once: bool) -> None:
    """Watch the tokens, ask the person, do the work."""
    state = session.state()
    instance = HeldFile(state.instance)
    if not instance.take():
        raise Out(session.words("second_instance"))
    enrolment = _let_in(session)
    prompt = prompt_of(session.settings.prompt, session.words)
    runner = Runner(Tools(session.settings, state, enrolment, prompt, session.words))
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda _number, _frame: runner.stop())
    prompt.tell(session.words("running", url=enrolment.url))
    try:
        runner.run(once=once)
    except RevokedError:
        raise Out(session.words("enrol_revoked"), status.REVOKED) from None
    finally:
        instance.release()
    prompt.tell(session.words("stopped"))


@main.command(name="status")
@click.pass_obj
def show_status(session: Session, /) -> None:
    """What this workstation knows of itself; asks nobody."""
    lines, code = status.told(session.state(), session.words)
    click.echo("\n".join(lines))
    sys.exit(code)


@main.command()
@click.pass_obj
def resume(session: Session, /) -> None:
    """Have the running agent ask now for a PIN that was left for later."""
    state = session.state()
    if not held(state.instance):
        raise Out(session.words("not_running"), status.NOT_RUNNING)
    state.wish()
    click.echo(session.words("resumed"))


@main.command(name="doctor")
@click.pass_obj
def ask_doctor(session: Session, /) -> None:
    """Look at libraries, readers, tokens, portal and clock, and say what to do."""
    findings = doctor.examined(session.settings, session.state())
    click.echo("\n".join(finding.line for finding in findings))
    sys.exit(max(finding.grade for finding in findings))


def _let_in(session: Session) -> Enrolment:
    """The enrolment, as soon as it is one: an administrator may still have to decide."""
    state, words = session.state(), session.words
    pauses = Pauses(_ASK_EVERY)
    waited = False
    while True:
        enrolment = state.enrolment()
        if enrolment is None:
            raise Out(words("not_enrolled"), status.NOT_ENROLLED)
        if enrolment.agent:
            return enrolment
        if not waited:
            click.echo(words("enrol_waits"))
        waited = True
        try:
            became = enrolling.ask_again(state, enrolment, session.settings.proxy)
        except UnreachableError:
            became = AgentState.WAITING
        except RefusalError as refusal:
            if not refusal.later:
                raise Out(words("refused", words=refusal)) from None
            became = AgentState.WAITING
        if became is AgentState.WAITING:
            session.rest(pauses.next())
        elif became is not AgentState.ACCEPTED:
            raise Out(words(_SAID[became]))
