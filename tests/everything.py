"""`make test`: the quick tests on SQLite and on PostgreSQL, then the browser and the killed processes."""

import os
import shutil
import subprocess
import sys
import time

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
MARKS = "not browser and not crash"
Run = tuple[str, dict[str, str], list[str]]


def main() -> int:
    left_out = _find_browser()
    runs = [
        ("the suite on SQLite", {"TEST_DATABASE": "sqlite"}, ["-m", MARKS]),
        ("the suite on PostgreSQL", {"TEST_DATABASE": "postgres"}, ["-m", MARKS]),
        ("killed processes", {"TEST_DATABASE": "sqlite"}, ["-m", "crash"]),
    ]
    if not left_out:
        runs.append(("journeys in a browser", {"TEST_DATABASE": "sqlite"}, ["-m", "browser and not crash"]))
    failed = _together(runs[:2]) + [
        name for name, environ, options in runs[2:] if _run(name, environ, options)
    ]
    if left_out:
        print(f"\nLEFT OUT: journeys in a browser. {left_out}")
    if failed:
        print(f"\nFAILED: {', '.join(failed)}")
    return 1 if failed or (left_out and os.environ.get("CI")) else 0


def _together(runs: list[Run]) -> list[str]:
    """Both databases at once: they share nothing, and most machines have two cores."""
    print(f"\n== {' and '.join(name for name, *_rest in runs)}, side by side", flush=True)
    started = time.monotonic()
    running = [
        subprocess.Popen(
            _command(options),
            env=os.environ | environ,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        for _name, environ, options in runs
    ]
    failed = []
    for (name, *_rest), process in zip(runs, running, strict=True):
        output, _nothing = process.communicate()
        print(f"\n-- {name}\n{output}", flush=True)
        failed += [name] if process.returncode else []
    print(f"   {time.monotonic() - started:.0f} s", flush=True)
    return failed


def _command(options: list[str]) -> list[str]:
    return [sys.executable, "-m", "pytest", *options, *sys.argv[1:]]


def _run(name: str, environ: dict[str, str], options: list[str]) -> int:
    print(f"\n== {name}", flush=True)
    started = time.monotonic()
    code = subprocess.run(_command(options), env=os.environ | environ, check=False).returncode
    print(f"   {time.monotonic() - started:.0f} s", flush=True)
    return code


def _find_browser() -> str:
    """Why there is no browser; empty when there is one. Debian's is installed when that is allowed."""
    if any(map(shutil.which, BROWSERS)):
        return ""
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        return "There is no Chromium, and installing Debian's needs root: apt-get install chromium fonts-noto-cjk"
    print("Installing Debian's chromium (once)…", flush=True)
    environ = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    for command in (
        ["apt-get", "update", "-qq"],
        ["apt-get", "install", "-y", "-qq", "chromium", "fonts-noto-cjk"],
    ):
        done = subprocess.run(command, env=environ, capture_output=True, text=True, check=False)
        if done.returncode:
            return f"{' '.join(command)} failed: {done.stderr.strip()[-300:]}"
    return ""


if __name__ == "__main__":
    sys.exit(main())
