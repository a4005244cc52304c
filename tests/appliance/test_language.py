"""The command line in two languages: which one is spoken, help, wrong usage, faults of a plan."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from click.testing import CliRunner, Result

from appliance.cli import main
from appliance.cli.help import cells, padded, paragraphs, translated, wrapped
from appliance.cli.language import chosen, speak
from appliance.foundation.i18n import translate
from appliance.foundation.values import Language

HOSPITAL = Path(__file__).parents[2] / "hospital"
PLAN = (HOSPITAL / "plan.toml").read_text("utf-8")


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Far from any box, and nothing said by the environment."""
    monkeypatch.chdir(tmp_path)
    for name in ("NIGHTBELL_LANGUAGE", "NIGHTBELL_SETTINGS", "LC_ALL", "LC_MESSAGES", "LANG"):
        monkeypatch.delenv(name, raising=False)
    yield
    speak("zh")


def nightbell(*arguments: str, **environment: str) -> Result:
    """What it does."""
    return CliRunner().invoke(main, arguments, env=environment, prog_name="nightbell")


def commands(command: click.Command = main, name: str = "") -> Iterator[tuple[str, click.Command]]:
    """Every verb there is, by what stands on the command line."""
    yield name, command
    if isinstance(command, click.Group):
        context = click.Context(command)
        for verb in command.list_commands(context):
            below = command.get_command(context, verb)
            assert below is not None
            yield from commands(below, f"{name} {verb}".strip())


def said_in_help() -> Iterator[tuple[str, str]]:
    """Each sentence of help, and the verb that says it."""
    for name, command in commands():
        for sentence in paragraphs(command.help or ""):
            yield name, sentence
        for option in command.params:
            if isinstance(option, click.Option) and option.help:
                yield f"{name} {option.opts[-1]}", option.help


def test_everything_help_says_has_its_chinese() -> None:
    """Columns' names and commands to copy aside."""
    speak("zh")
    found = list(said_in_help())
    assert len(found) > 120
    assert [(place, text) for place, text in found if translate(text, "zh") == text] == []


@pytest.mark.parametrize(
    ("arguments", "environment", "settings", "language"),
    [
        ([], {}, "", "zh"),
        ([], {}, 'language = "en"', "en"),
        ([], {"LANG": "C.UTF-8"}, 'language = "en"', "en"),
        ([], {"LANG": "zh_CN.UTF-8"}, 'language = "en"', "zh"),
        ([], {"LANG": "zh_CN.UTF-8", "LC_ALL": "en_US.UTF-8"}, "", "en"),
        ([], {"LANG": "en_US.UTF-8", "NIGHTBELL_LANGUAGE": "zh"}, "", "zh"),
        ([], {"NIGHTBELL_LANGUAGE": "klingon"}, 'language = "en"', "en"),
        (["--language", "en"], {"NIGHTBELL_LANGUAGE": "zh"}, "", "en"),
        (["--language=en", "status"], {}, "", "en"),
        (["--settings", "there.toml", "--language", "en"], {"LANG": "zh_CN"}, "", "en"),
        (["report", "calls", "--language", "en"], {}, "", "zh"),
        ([], {}, "language = [", "zh"),
    ],
)
def test_one_rule_says_which_language(
    arguments: list[str], environment: dict[str, str], settings: str, language: Language, tmp_path: Path
) -> None:
    """The option, the environment, the locale, the box, Chinese. A verb's own --language is of its report."""
    file = tmp_path / "box.toml"
    file.write_text(settings, "utf-8")
    assert chosen(arguments, environment, file) == language


def test_the_settings_that_are_named_decide(tmp_path: Path) -> None:
    """Not those that would be taken without."""
    (tmp_path / "en.toml").write_text('language = "en"\n', "utf-8")
    assert "Usage:" in nightbell("--settings", str(tmp_path / "en.toml"), "--help").output
    assert "用法：" in nightbell("--help").output


def test_help_is_whole_in_chinese() -> None:
    """Headings, verbs, options and their defaults."""
    said = nightbell("--language", "zh", "simulate", "press", "--help").output
    for part in ("用法：", "选项:", "按下 BED 床的呼叫按钮", "默认：ward-a", "显示本帮助并退出。"):
        assert part in said
    for part in ("Usage", "Options", "default", "Show this"):
        assert part not in said


def test_help_is_whole_in_english() -> None:
    """Also after somebody asked in Chinese."""
    nightbell("--language", "zh", "simulate", "press", "--help")
    said = nightbell("--language", "en", "simulate", "press", "--help").output
    for part in ("Usage:", "Options:", "Press the button at BED", "[default: ward-a]", "Show this message and exit."):
        assert part in said
    assert not re.search("[\u4e00-\u9fff]", said)


@pytest.mark.parametrize(
    ("arguments", "chinese", "english"),
    [
        (
            ["plan", "lod"],
            "错误：没有命令“lod”。 是否想写 'load'？",
            "Error: No such command 'lod'. Did you mean 'load'?",
        ),
        (["simulate", "press"], "缺少参数 'BED'", "Missing argument 'BED'."),
        (["check", "nowhere.toml"], "“nowhere.toml”不存在", "File 'nowhere.toml' does not exist."),
        (["check", "--jsn", "x"], "没有选项“--jsn”", "No such option '--jsn'."),
        (["--tongue"], "没有选项“--tongue”", "No such option '--tongue'."),
        (["demo", "--shift"], "选项“--shift”需要一个值", "Option '--shift' requires an argument."),
        (["demo", "--shift", "x"], "“x”不是数字", "'x' is not a valid integer range."),
        (["demo", "--shift", "-1"], "-1 不在范围 0<=x<=40000 内", "-1 is not in the range 0<=x<=40000."),
        (["simulate", "carrier", "odd"], "“odd”不在可选范围内：'normal'", "'odd' is not one of 'normal'"),
        (["report", "calls"], "缺少选项 '-o' / '--out'", "Missing option '-o' / '--out'."),
        (["status", "now"], "多余的参数（now）", "Got unexpected extra argument (now)"),
        (["decode", "tap", "--check", "xor"], "--check 对 tap 没有意义", "--check means nothing for tap"),
    ],
)
def test_wrong_usage_is_told_in_both(arguments: list[str], chinese: str, english: str) -> None:
    """With exit code 2."""
    for language, sentence in (("zh", chinese), ("en", english)):
        done = nightbell("--language", language, *arguments)
        assert done.exit_code == 2
        assert sentence in done.output


def test_wrong_usage_names_the_help() -> None:
    """As it is called."""
    assert "用“nightbell plan --help”查看帮助。" in nightbell("--language", "zh", "plan", "lod").output
    assert "Try 'nightbell plan --help' for help." in nightbell("--language", "en", "plan", "lod").output


def test_a_box_without_settings_is_told_in_both() -> None:
    """The first thing that goes wrong for somebody new."""
    assert "没有设置文件：请先运行 'make run'" in nightbell("status", LANG="zh_CN.UTF-8").output
    assert "There are no settings at var/nightbell.toml: run 'make run' first" in nightbell("status", LANG="en").output


def spoilt(old: str, new: str) -> str:
    """The sample plan with one fault."""
    assert old in PLAN
    return PLAN.replace(old, new, 1)


FAULTS = [
    (spoilt("patience = 60", "patience = 0"), "patience：应大于 0", "patience: should be greater than 0"),
    (spoilt("patience = 60", 'patience = "x"'), "patience：应为整数", "patience: should be a valid integer"),
    (spoilt("patience = 60", "patienc = 60"), "patienc：不允许：此处没有这个键", "patienc: is not permitted"),
    (spoilt("patience = 60", "beds = 60"), "不是有效的 TOML：", "is not TOML: "),
    (spoilt('timezone = "Asia/Shanghai"', 'timezone = "Mars"'), "没有时区“Mars”", "there is no time zone 'Mars'"),
    (spoilt('country = "CN"', 'country = "China"'), "country：不符合格式 ^[A-Z]{2}$", "does not match the pattern"),
    (spoilt('role = "control"', 'role = "chief"'), "role：“chief”不在可选范围内：", "'chief' is none of 'station'"),
    (spoilt('protocol = "modbus"', 'protocol = "morse"'), "protocol：“morse”不在", "protocol: 'morse' is none of"),
    (spoilt('beds = ["1-40"]', 'beds = ["1-40", "7"]'), "beds：床位 7 列了两次", "beds: bed 7 is listed twice"),
    (spoilt('beds = ["1-40"]', 'beds = ["!"]'), "beds：“!”不是床位号", "beds: '!' is no bed label"),
    (spoilt('beds = ["1-40"]', "beds = []"), "beds：至少 1 项，现有 0 项", "should have at least 1 item(s), not 0"),
    (spoilt('language = "zh"', "language = 7"), "language：“7”不在", "language: 7 is none of 'zh', 'en'"),
    (PLAN + "\n[[nursecall.rounds]]\nward = \"w9\"\nminutes = { 0 = 30 }\n", "没有病区“w9”", "there is no ward 'w9'"),
    (PLAN + "\n[[nursecall.rounds]]\nward = \"w9\"\n", "minutes：必填，但没有填写", "minutes: is required and missing"),
    (PLAN + '\n[[nursecall.escalations]]\nid = "t"\n', "failsafe：没有填写：请指明", "failsafe: is missing: say who"),
    (spoilt("pinyin = {}", 'pinyin = { "单" = "x9" }'), "“x9”不是每字一个音节", "'x9' is not one syllable a character"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "chinese", "english"), FAULTS, ids=[english for _, _, english in FAULTS])
def test_each_class_of_fault_is_told_in_both(text: str, chinese: str, english: str, tmp_path: Path) -> None:
    """With path and line in both, and the same for programs whatever the language."""
    file = tmp_path / "plan.toml"
    file.write_text(text, "utf-8")
    done = nightbell("--language", "zh", "check", "plan.toml")
    assert done.exit_code == 1
    assert chinese in done.output
    assert re.search(r"plan\.toml：第 \d+ 行：", done.output)
    done = nightbell("--language", "en", "check", "plan.toml")
    assert english in done.output
    assert re.search(r"plan\.toml: line \d+: ", done.output)
    assert not re.search("[\u4e00-\u9fff](?<!单)", done.output)
    plain = [nightbell("--language", language, "check", "--json", "plan.toml").output for language in ("zh", "en")]
    assert plain[0] == plain[1]
    assert json.loads(plain[0].splitlines()[0]).keys() == {"file", "path", "line", "message"}


def test_a_paragraph_is_translated_as_one_and_examples_stay() -> None:
    """What people copy is copied as it stands; what is said of it is translated."""
    speak("zh")
    text = "Who lies in which\nbed.\n\n\b\n  nightbell status    what is up and what is not\n  a,b,c"
    assert translated(text) == "哪位患者在哪张床。\n\n\b\n  nightbell status    哪些部件正常，哪些不正常\n  a,b,c"
    assert paragraphs(text) == ["Who lies in which bed.", "what is up and what is not"]


@pytest.mark.parametrize("width", [20, 33, 78])
def test_no_line_is_wider_than_the_terminal(width: int) -> None:
    """Chinese characters are two cells, and no stop begins a line."""
    text = "护士呼叫、电话交换，600 计费（含 nightbell status）；短信与语音，集于一机。" * 3
    lines = wrapped(text, width)
    assert all(cells(line) <= width + 2 for line in lines)
    assert all(not unicodedata.category(line[0]).startswith("Pe") and line[0] not in "，。；、" for line in lines)
    assert "".join("".join(lines).split()) == "".join(text.split())


def test_columns_stand_below_one_another_in_both() -> None:
    """As wide as they are shown."""
    assert [cells(padded(word, -10)) for word in ("up", "正常")] == [10, 10]
    assert padded("正常", 6) == "  正常"
