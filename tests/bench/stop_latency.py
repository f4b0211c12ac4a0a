"""How long a stop takes, from the decision to the closed connection, in each phase and beside a busy main thread."""

from __future__ import annotations

import tempfile
from pathlib import Path

import trustme

from .given import Given
from .rows import Figure, Peer, Row, quantile
from .serving import Worker, worker

GROUP = "Stop: decision → connection closed, as the server sees it"
PHASES = {
    "headers": "before the headers",
    "token": "before the first token",
    "flowing": "flowing, a token every ms",
    "silent": "silent after a token",
}
THROUGH_TLS = ("headers", "token", "silent")  # the server's own TLS cannot send and receive at once
BUSY = {"idle": "main thread idle", "sleep": "in `time.sleep`", "loop": "in a Python loop"}
P50_MS, P99_MS = 1.0, 10.0
CLOSE = "httpx, response.close()"


def measure(given: Given) -> list[Row]:
    """A row for each phase and each way to be busy."""
    with worker("stopping", env=given.env) as stopper:
        stopper.ask(client="nbstream", phase="silent", busy="idle", n=3)
        rows = [row(stopper, phase, busy, given) for busy in BUSY for phase in PHASES]
        told = stopper.ask(client="nbstream, connecting", phase="", busy="idle", n=given.others)
        rows.append(other("while it connects, to a server that takes none: until `wait()` returns", told["ms"]))
    with tempfile.TemporaryDirectory(prefix="nbstream-bench-") as folder:
        own, authority = certificate(Path(folder))
        with worker("stopping", own, env=given.env | {"SSL_CERT_FILE": authority}) as stopper:
            stopper.ask(client="nbstream", phase="silent", busy="idle", n=3)
            for phase in THROUGH_TLS:
                told = stopper.ask(client="nbstream", phase=phase, busy="idle", n=given.others)
                rows.append(other(f"through TLS, {PHASES[phase]}", told["ms"]))
    return rows


def certificate(folder: Path) -> tuple[str, str]:
    """A server's own certificate, with its key, and that of the authority to trust."""
    authority = trustme.CA()
    own, trusted = str(folder / "own.pem"), str(folder / "authority.pem")
    authority.issue_cert("127.0.0.1").private_key_and_cert_chain_pem.write_to_path(own)
    authority.cert_pem.write_to_path(trusted)
    return own, trusted


def other(what: str, readings: list[float]) -> Row:
    """A way to be stopped that has no target."""
    note = f"n = {len(readings)}, p99 {quantile(readings, 0.99):.2f} ms, most {max(readings):.2f} ms"
    return Row(GROUP, f"{what}, {BUSY['idle']}", "ms", Figure.of(readings), note=note)


def row(stopper: Worker, phase: str, busy: str, given: Given) -> Row:
    readings = stopper.ask(client="nbstream", phase=phase, busy=busy, n=given.stops)["ms"]
    number = {"flowing": given.stops // 10, "silent": given.blocked}.get(phase)
    beside = [closing(stopper, phase, number)] if busy == "idle" and number else []
    late = quantile(readings, 0.99)
    return Row(
        GROUP,
        f"{PHASES[phase]}, {BUSY[busy]}",
        "ms",
        Figure.of(readings),
        beside,
        f"p50 ≤ {P50_MS:g}, p99 ≤ {P99_MS:g} ms" if busy == "idle" else "",
        (Figure.of(readings).median <= P50_MS and late <= P99_MS) if busy == "idle" else None,
        f"n = {len(readings)}, p99 {late:.2f} ms, most {max(readings):.2f} ms",
    )


def closing(stopper: Worker, phase: str, number: int) -> Peer:
    """The plain way, which hangs on a silent stream, in turn with ours."""
    pairs = []
    for _ in range(number):
        own, other = (stopper.ask(client=who, phase=phase, busy="idle", n=1)["ms"][0] for who in ("nbstream", CLOSE))
        pairs.append((own, other))
    good = [(own, other) for own, other in pairs if other]
    note = f"n = {number}, {number - len(good)} of them did nothing for 2 s"
    if not good:
        return Peer(f"sync {CLOSE} from another thread", note=note)
    ratio = Figure.of([own / other for own, other in good])
    return Peer(f"sync {CLOSE} from another thread", Figure.of([other for _, other in good]), ratio, note)
