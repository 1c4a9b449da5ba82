"""The manual over real HTTP: complete in both languages, true to the tables, and its code runs."""

from __future__ import annotations

import html
import json
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

import httpx
import pytest

from seedbed.app import create_app
from seedbed.console.docs.facts import KEPT, LIMITS, MONEY
from seedbed.console.docs.manual import HOME, PAGES
from seedbed.contract.errors import ALL_ERRORS
from seedbed.contract.models import MODELS
from seedbed.service.answers import COMPLETED, PARTIAL_FAILED, PARTIAL_SUCCEEDED, SHOWN_STATES
from seedbed.settings import PREFIX, Settings
from seedbed.tasks.deliverer import signed_headers
from seedbed.tasks.deliveries import DeliveryState
from seedbed.tasks.drills import DRILLS
from tests.acceptance.server import Server

LANGUAGES = ("en", "zh")
ALL = (HOME, *PAGES)
CHANGED = {
    "rate_limit": "1234",
    "poll_limit": "4321",
    "max_unfinished_tasks": "77",
    "login_limit": "55",
    "max_request_bytes": str(48 * 2**20),
    "input_timeout": "7",
    "wait_timeout": "66",
    "keep_alive": "3",
    "task_timeout": "540",
    "max_attempts": "9",
    "url_ttl": "3600",
    "task_retention": str(11 * 86_400),
    "picture_retention": str(12 * 86_400),
    "price": "1.25",
    "prices": '{"doubao-seedream-4.5": "2.5"}',
    "quota": "321",
    "grant": "4567",
    "callback_retries": "[11, 222]",
}
SHOWN = (
    "1,234", "4,321", "77", "55", "50,331,648 (48 MiB)", "7 s", "66 (1 min 6 s)", "3 s",
    "540 (9 min)", "9", "3,600 (1 h)", "950,400 (11 days)", "1,036,800 (12 days)", "1.25", "321",
    "4567",
)  # fmt: skip

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
OTHER_SECRET = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD"
BODY = '{"success":true,"data":[{"prompt":"停在街上的红色跑车 🦊"}]}'


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    server = Server(tmp_path_factory.mktemp("docs") / "data", {"workers": "1"} | CHANGED).start()
    yield server
    assert server.stop() == 0
    assert "Traceback" not in server.log


@pytest.fixture(scope="module")
def read(server: Server) -> Callable[[str, str], str]:
    """Give a page of the manual as HTML, in a language."""

    @cache
    def page(name: str, language: str) -> str:
        path = "/docs" if name == HOME else f"/docs/{name}"
        answer = httpx.get(server.url + path, headers=_asking(language))
        assert answer.status_code == 200, answer.text
        assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
        assert "unsafe" not in answer.headers["Content-Security-Policy"]
        return answer.text

    return page


def _asking(language: str) -> dict[str, str]:
    return {"Accept": "text/html", "Accept-Language": language}


def _words(page: str) -> str:
    """The text of a page, as people read it."""
    return html.unescape(re.sub(r"<[^>]+>", "", page)).replace("\N{NO-BREAK SPACE}", " ")


def _codes(page: str) -> list[str]:
    return [_words(one) for one in re.findall(r"<pre[^>]*>(.*?)</pre>", page, re.DOTALL)]


def _tabs(page: str) -> dict[str, str]:
    """The code of the last tabs of a page, by their titles."""
    tabs = re.findall(r"<label[^>]*>([^<]+)</label>\n.*?<pre[^>]*>(.*?)</pre>", page, re.DOTALL)
    return {title: _words(code) for title, code in tabs}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", ALL)
def test_a_page_is_there_for_anybody(
    read: Callable[[str, str], str], name: str, language: str
) -> None:
    page = read(name, language)
    assert f'lang="{"zh-CN" if language == "zh" else "en"}"' in page
    assert page.count("<h1>") == 1
    path = "/docs" if name == HOME else f"/docs/{name}"
    assert f'<a href="{path}" aria-current="page">' in page
    assert "style=" not in page
    assert not re.search(r"<script(?![^>]* src=)", page)
    assert re.search(r"[\u4e00-\u9fff]", _words(page)) or language == "en"
    assert "{{" not in page
    assert "{%" not in page


@pytest.mark.parametrize("name", ALL)
def test_both_languages_say_the_same(read: Callable[[str, str], str], name: str) -> None:
    english, chinese = (read(name, language) for language in LANGUAGES)
    for pattern in (r' id="([^"]+)"', r"<(h[123]|table|tr|td|pre|label|li|p)[ >]"):
        assert re.findall(pattern, english) == re.findall(pattern, chinese)
    links = r' href="([^"]+)"'
    assert sorted(re.findall(links, english)) == sorted(re.findall(links, chinese))


def test_an_unknown_page_is_an_error_as_any_other(server: Server) -> None:
    told = httpx.get(f"{server.url}/docs/nothing")
    assert told.status_code == 404
    assert told.json()["error"]["code"] == "not_found"
    assert told.json()["success"] is False
    shown = httpx.get(f"{server.url}/docs/nothing", headers={"Accept": "text/html"})
    assert shown.status_code == 404
    assert "/docs" in shown.text
    lost = httpx.get(f"{server.url}/nothing").json()["error"]["message"]
    (path,) = re.findall(r"; (/\S+) lists them all", lost)
    assert httpx.get(server.url + path).status_code == 200


def test_every_link_and_every_anchor_leads_somewhere(
    server: Server, read: Callable[[str, str], str]
) -> None:
    pages = {("/docs" if name == HOME else f"/docs/{name}"): name for name in ALL}
    answered: dict[str, bool] = {}
    for language in LANGUAGES:
        for here, name in pages.items():
            page = read(name, language)
            ids = re.findall(r' id="([^"]+)"', page)
            assert len(ids) == len(set(ids)), name
            for link in set(re.findall(r' (?:href|src)="([^"]+)"', page)):
                if link.startswith("https://"):
                    continue
                path, _, anchor = html.unescape(link).partition("#")
                path = path or here
                if path in pages:
                    assert not anchor or f' id="{anchor}"' in read(pages[path], language), link
                    continue
                if link not in answered:
                    found = httpx.get(server.url + path, headers=_asking(language))
                    answered[link] = found.status_code in (200, 303) and (
                        not anchor or f' id="{anchor}"' in found.text
                    )
                assert answered[link], (name, link)


def test_every_error_model_and_path_is_told(read: Callable[[str, str], str]) -> None:
    document = create_app(Settings()).openapi()
    for language in LANGUAGES:
        errors = read("errors", language)
        for error in ALL_ERRORS:
            assert f' id="{error.code}"' in errors
            assert str(error.status) in _words(errors)
        models = _words(read("models", language))
        for model in MODELS:
            assert all(name in models for name in (model.id, *model.aliases))
            assert all(
                str(size) in models
                for sizes in model.size.presets.values()
                for size in sizes.values()
            )
        endpoints = _words(read("endpoints", language))
        for path, operations in document["paths"].items():
            assert all(f"{method.upper()} {path}" in endpoints for method in operations)
        for name in document["components"]["schemas"]["ImageRequest"]["properties"]:
            assert name in endpoints
        words = " ".join(_words(read(name, language)) for name in ALL)
        events = (PARTIAL_SUCCEEDED, PARTIAL_FAILED, COMPLETED)
        for word in (*events, *SHOWN_STATES.values(), *map(str, DeliveryState), *DRILLS):
            assert word in words, word


def test_what_is_set_is_what_is_told(read: Callable[[str, str], str]) -> None:
    limits = read("limits", "en")
    values = [_words(one) for one in re.findall(r"<strong>([^<]+)</strong>", limits)]
    assert values == list(SHOWN)
    for name in (*LIMITS, *KEPT, *MONEY):
        assert PREFIX + name.upper() in limits
    assert re.search(r"Seedream 4\.5</a></td>\s*<td>2\.5<", limits)
    callbacks = _words(read("callbacks", "en"))
    assert "3 attempts within 3 min 53 s: at once, then after 11 s, 3 min 42 s," in callbacks
    assert "1 小时" in _words(read("quick-start", "zh"))


def test_code_names_this_server(server: Server, read: Callable[[str, str], str]) -> None:
    for name in ("home", "quick-start", "moving", "streaming"):
        assert any(server.url in code for code in _codes(read(name, "en")))
    elsewhere = httpx.get(f"{server.url}/docs/quick-start", headers={"Host": "draw.example"})
    assert "http://draw.example/seedream/images" in elsewhere.text


def test_a_hostile_host_is_only_text(server: Server) -> None:
    host = 'x"><script>alert(1)</script>'
    page = httpx.get(f"{server.url}/docs/moving", headers={"Host": host})
    assert page.status_code == 200
    assert "<script>alert" not in page.text


@pytest.mark.parametrize("page", ["home", "quick-start"])
def test_the_first_curl_draws_a_picture(
    server: Server, read: Callable[[str, str], str], page: str
) -> None:
    (command,) = (code for code in _codes(read(page, "en")) if code.startswith("curl"))
    said = command.replace("YOUR_KEY", server.key)
    ran = subprocess.run(["bash", "-c", said], capture_output=True, text=True, timeout=60)
    answer = json.loads(ran.stdout)
    assert answer["success"] is True
    assert httpx.get(answer["data"][0]["image_url"]).status_code == 200


def test_the_first_node_program_draws_a_picture(
    server: Server, read: Callable[[str, str], str], tmp_path: Path
) -> None:
    code = _tabs(read("quick-start", "en"))["Node.js"].replace("YOUR_KEY", server.key)
    ran = _run(_needs("node"), _file(tmp_path, "draw.mjs", code))
    assert ran.returncode == 0, ran.stderr
    assert ran.stdout.startswith(f"{server.url}/files/")


# The code that checks signatures, in each language, run against messages that were truly signed.

TITLES = ("Python", "Node.js", "Go", "PHP", "Ruby", "Java")
DRIVERS = {
    "Python": (
        "main.py",
        "import json, sys\nfrom verify import verify\n"
        "for line in sys.stdin:\n"
        "    body, headers, secret = json.loads(line)\n"
        "    try:\n"
        "        verify(body.encode(), headers, secret)\n"
        "        print('taken')\n"
        "    except ValueError as error:\n"
        "        print('refused:', error)\n",
    ),
    "Node.js": (
        "main.mjs",
        'import { readFileSync } from "node:fs";\nimport { verify } from "./verify.mjs";\n'
        'for (const line of readFileSync(0, "utf8").trim().split("\\n")) {\n'
        "  const [body, headers, secret] = JSON.parse(line);\n"
        '  try { verify(Buffer.from(body), headers, secret); console.log("taken"); }\n'
        '  catch (error) { console.log("refused:", error.message); }\n}\n',
    ),
    "Go": (
        "main.go",
        'package main\n\nimport (\n"bufio"\n"encoding/json"\n"fmt"\n"net/http"\n"os"\n)\n\n'
        "func main() {\n in := bufio.NewScanner(os.Stdin)\n for in.Scan() {\n"
        "  var said []json.RawMessage\n  var body, secret string\n"
        "  var given map[string]string\n  json.Unmarshal(in.Bytes(), &said)\n"
        "  json.Unmarshal(said[0], &body)\n  json.Unmarshal(said[1], &given)\n"
        "  json.Unmarshal(said[2], &secret)\n  headers := http.Header{}\n"
        "  for name, value := range given {\n   headers.Set(name, value)\n  }\n"
        "  if err := Verify([]byte(body), headers, secret); err != nil {\n"
        '   fmt.Println("refused:", err)\n  } else {\n   fmt.Println("taken")\n  }\n }\n}\n',
    ),
    "PHP": (
        "main.php",
        "<?php\nrequire __DIR__ . '/verify.php';\n"
        "foreach (file('php://stdin') as $line) {\n"
        "    [$body, $headers, $secret] = json_decode($line, true);\n"
        "    try { verify($body, $headers, $secret); echo \"taken\\n\"; }\n"
        "    catch (UnexpectedValueException $error) {"
        ' echo "refused: {$error->getMessage()}\\n"; }\n}\n',
    ),
    "Ruby": (
        "main.rb",
        'require "json"\nrequire_relative "verify"\n'
        "STDIN.each_line do |line|\n  body, headers, secret = JSON.parse(line)\n"
        "  begin\n    verify(body, headers, secret)\n    puts 'taken'\n"
        '  rescue ArgumentError => error\n    puts "refused: #{error.message}"\n  end\nend\n',
    ),
}  # fmt: skip
PROGRAMS = {
    "Python": ("verify.py", [sys.executable, "main.py"]),
    "Node.js": ("verify.mjs", ["node", "main.mjs"]),
    "Go": ("verify.go", ["go", "run", "main.go", "verify.go"]),
    "PHP": ("verify.php", ["php", "main.php"]),
    "Ruby": ("verify.rb", ["ruby", "main.rb"]),
}


def _messages() -> list[tuple[bool, str, dict[str, str], str]]:
    """Bodies with headers and a secret, and whether they are to be taken."""
    now = time.time()
    good = signed_headers("msg_1", BODY, [SECRET], now)
    both = signed_headers("msg_1", BODY, [OTHER_SECRET, SECRET], now)
    cut = {**good, "webhook-signature": good["webhook-signature"][:-2]}
    other_version = {**good, "webhook-signature": "v2" + good["webhook-signature"][2:]}
    return [
        (True, BODY, good, SECRET),
        (True, BODY, both, SECRET),
        (True, BODY, signed_headers("msg_1", BODY, [SECRET], now - 200), SECRET),
        (False, BODY.replace("true", "TRUE"), good, SECRET),
        (False, BODY, {**good, "webhook-id": "msg_2"}, SECRET),
        (False, BODY, {**good, "webhook-timestamp": str(int(now) + 1)}, SECRET),
        (False, BODY, signed_headers("msg_1", BODY, [SECRET], now - 400), SECRET),
        (False, BODY, signed_headers("msg_1", BODY, [SECRET], now + 400), SECRET),
        (False, BODY, good, OTHER_SECRET),
        (False, BODY, cut, SECRET),
        (False, BODY, other_version, SECRET),
        (False, BODY, {**good, "webhook-signature": ""}, SECRET),
        (False, BODY, {"webhook-id": "msg_1"}, SECRET),
        (False, BODY, {**good, "webhook-timestamp": "soon"}, SECRET),
    ]


def _needs(program: str) -> str:
    found = shutil.which(program)
    if found is None:
        pytest.skip(f"{program} is not installed")
    return found


def _file(folder: Path, name: str, text: str) -> Path:
    file = folder / name
    file.write_text(text, encoding="utf-8")
    return file


def _run(
    *command: object, said: str = "", folder: Path | None = None
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(part) for part in command],
        input=said,
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=120,
    )


def _verdicts(said: str) -> list[bool]:
    lines = said.splitlines()
    assert all(line == "taken" or line.startswith("refused: ") for line in lines), said
    return [line == "taken" for line in lines]


@pytest.mark.parametrize("language", LANGUAGES)
def test_signatures_are_checked_in_six_languages(
    read: Callable[[str, str], str], language: str
) -> None:
    assert list(_tabs(read("callbacks", language))) == list(TITLES)


@pytest.mark.parametrize("title", DRIVERS)
def test_the_code_takes_what_is_signed_and_nothing_else(
    read: Callable[[str, str], str], tmp_path: Path, title: str
) -> None:
    name, command = PROGRAMS[title]
    program = _needs(command[0])
    code = _tabs(read("callbacks", "en"))[title].replace("package hooks", "package main")
    _file(tmp_path, name, code)
    _file(tmp_path, *DRIVERS[title])
    messages = _messages()
    said = "".join(json.dumps(message[1:]) + "\n" for message in messages)
    ran = _run(program, *command[1:], said=said, folder=tmp_path)
    assert ran.returncode == 0, ran.stderr
    assert _verdicts(ran.stdout) == [message[0] for message in messages]


def test_the_java_code_takes_what_is_signed_and_nothing_else(
    read: Callable[[str, str], str], tmp_path: Path
) -> None:
    compiler, java = _needs("javac"), _needs("java")
    _file(tmp_path, "Callbacks.java", _tabs(read("callbacks", "en"))["Java"])
    messages = _messages()
    calls = "".join(
        "  t(b({}), java.util.Map.of({}), {});\n".format(
            json.dumps(body.encode().hex()),
            ", ".join(json.dumps(text) for pair in headers.items() for text in pair),
            json.dumps(secret),
        )
        for _, body, headers, secret in messages
    )
    driver = (
        "public class Main {\n"
        " static byte[] b(String hex) { return java.util.HexFormat.of().parseHex(hex); }\n"
        " static void t(byte[] body, java.util.Map<String, String> headers, String secret) {\n"
        '  try { Callbacks.verify(body, headers, secret); System.out.println("taken"); }\n'
        '  catch (Exception error) { System.out.println("refused: " + error.getMessage()); }\n }\n'
        f" public static void main(String[] given) {{\n{calls} }}\n}}\n"
    )
    _file(tmp_path, "Main.java", driver)
    compiled = _run(compiler, "Callbacks.java", "Main.java", folder=tmp_path)
    assert compiled.returncode == 0, compiled.stderr
    ran = _run(java, "-cp", tmp_path, "Main", folder=tmp_path)
    assert _verdicts(ran.stdout) == [message[0] for message in messages]


def test_the_go_code_is_formatted(read: Callable[[str, str], str], tmp_path: Path) -> None:
    file = _file(tmp_path, "verify.go", _tabs(read("callbacks", "en"))["Go"])
    checked = _run(_needs("gofmt"), "-e", "-l", file)
    assert (checked.returncode, checked.stdout, checked.stderr) == (0, "", "")
