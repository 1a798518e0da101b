# Phases of a long check: each has its own limit, results are written after every phase, and a table is printed even if the run ends early.
# SPDX-License-Identifier: MIT

import contextlib
import json
import os
import pathlib
import signal
import subprocess
import time


class Failed(Exception):
    """A phase failed.  The text gives the reason in one line."""


class Skipped(Exception):
    """A phase cannot run here.  The text gives the reason in one line."""


class Stopped(BaseException):
    """SIGTERM, SIGINT or SIGHUP."""


def last_line(text):
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return lines[-1][:300] if lines else "no message"


class Phases:
    """Runs phases, `limit` seconds in all.  Results: out/results.json; output of the commands: out/NAME.log."""

    def __init__(self, out, limit, facts):
        self.out, self.limit, self.facts = pathlib.Path(out), limit, facts
        self.out.mkdir(parents=True, exist_ok=True)
        self.start, self.results, self.deadline, self.log = time.monotonic(), [], 0.0, None
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, self._stop)

    def _stop(self, number, _):
        raise Stopped(signal.Signals(number).name)

    def plan(self, names):
        self.results = [{"name": name, "state": "not reached", "why": "", "seconds": 0, "data": {}} for name in names]
        self.write()

    def run(self, name, limit, work):
        """Runs work(), which returns the phase's data or raises.  Data that a failing phase has put into self.data is kept."""
        result = next(r for r in self.results if r["name"] == name)
        begin = time.monotonic()
        self.deadline = min(begin + limit, self.start + self.limit)
        if self.deadline - begin < 1:
            result["why"] = f"the limit of {self.limit} s is reached"
            return
        result |= {"state": "running", "limit": limit}
        self.data = result["data"]
        self.log = open(self.out / f"{name}.log", "w", encoding="utf-8")
        print(f"== {name} (at most {int(self.deadline - begin)} s)", flush=True)
        self.write()
        try:
            result |= {"state": "ok", "why": work() or ""}
        except Skipped as e:
            result |= {"state": "skipped", "why": str(e)}
        except Failed as e:
            result |= {"state": "FAILED", "why": str(e)}
        except subprocess.TimeoutExpired:
            result |= {"state": "TIMEOUT", "why": f"not done after {time.monotonic() - begin:.0f} s"}
        except Stopped as e:
            result |= {"state": "STOPPED", "why": str(e)}
            raise
        except Exception as e:  # a broken phase must not end the others
            result |= {"state": "FAILED", "why": f"{type(e).__name__}: {last_line(str(e))}"}
        finally:
            result["seconds"] = round(time.monotonic() - begin, 1)
            self.log.close()
            self.write()
            print(f"   {result['state']} in {result['seconds']} s {result['why']}", flush=True)

    def command(self, *arguments, env=None, check=True, cwd=None):
        """Returns the exit code and the standard output.  With check, raises Failed with the last line if the command fails.  At the phase's deadline the
        command and all its child processes are killed."""
        return self.commands([arguments], 1, env, check, cwd)[0]

    def commands(self, many, jobs, env=None, check=True, cwd=None):
        """Same as command, for several commands, `jobs` at a time; results are in order."""
        done, running, waiting = {}, {}, list(enumerate(many))
        try:
            while waiting or running:
                while waiting and len(running) < jobs:
                    i, arguments = waiting.pop(0)
                    out = open(self.out / f".{i}.out", "w+", encoding="utf-8", errors="replace")
                    err = open(self.out / f".{i}.err", "w+", encoding="utf-8", errors="replace")
                    running[i] = (self._popen(arguments, out, err, env, cwd), out, err)
                for i in [i for i, (process, _, _) in running.items() if process.poll() is not None]:
                    done[i] = self._finish(many[i], *running.pop(i), check)
                if running and time.monotonic() > self.deadline:
                    raise subprocess.TimeoutExpired(many[min(running)], self.deadline)
                time.sleep(0.02)
        finally:
            for i, (process, out, err) in running.items():
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGKILL)
                process.wait()
                self._finish(many[i], process, out, err, False)
        return [done[i] for i in range(len(many))]

    def _popen(self, arguments, out, err, env, cwd):
        try:
            return subprocess.Popen([str(a) for a in arguments], stdin=subprocess.DEVNULL, stdout=out, stderr=err, cwd=cwd,
                                    env=os.environ | (env or {}), start_new_session=True)
        except OSError as e:
            raise Failed(f"{arguments[0]}: {e.strerror}") from e

    def _finish(self, arguments, process, out, err, check):
        texts = []
        for file in (out, err):
            file.seek(0)
            texts.append(file.read())
            file.close()
            os.unlink(file.name)
        self.log.write(f"$ {' '.join(map(str, arguments))}\n{''.join(texts)}exit {process.returncode}\n\n")
        self.log.flush()
        if check and process.returncode != 0:
            raise Failed(f"{pathlib.Path(str(arguments[0])).name}: {last_line(texts[1] or texts[0])}")
        return process.returncode, texts[0]

    def left(self):
        return self.deadline - time.monotonic()

    def write(self):
        whole = self.facts | {"seconds": round(time.monotonic() - self.start, 1), "phases": self.results}
        part = self.out / "results.json.part"
        part.write_text(json.dumps(whole, indent=1) + "\n", encoding="utf-8")
        part.replace(self.out / "results.json")

    def data_of(self, name):
        return next((r["data"] for r in self.results if r["name"] == name), {})

    def table(self):
        width = max(len(r["name"]) for r in self.results)
        return [f"{r['name']:<{width}}  {r['state']:<11}  {r['seconds']:>6.1f} s  {r['why']}".rstrip() for r in self.results]
