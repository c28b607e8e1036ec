"""Configurations in both formats: what is read, and every problem at once with its line."""

import contextlib
import dataclasses
import json
import os
import re
import time
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nn import write_idx
from nn.command_line.configuration import MOST_BYTES, ConfigurationError
from nn.command_line.course_configuration import CourseConfiguration
from nn.command_line.reading import configuration_of, read_configuration
from nn.command_line.toml_configuration import TomlConfiguration

COURSE = """\
rel_path_train_images = data/train-images.idx3-ubyte
rel_path_train_labels = data/train-labels.idx1-ubyte
rel_path_test_images = data/t10k-images.idx3-ubyte
rel_path_test_labels = data/t10k-labels.idx1-ubyte
rel_path_log_file = logs/predictions.log
num_epochs = 5
batch_size = 100
hidden_size = 500
learning_rate = 1E-3
"""
READ = CourseConfiguration(
    rel_path_train_images="data/train-images.idx3-ubyte",
    rel_path_train_labels="data/train-labels.idx1-ubyte",
    rel_path_test_images="data/t10k-images.idx3-ubyte",
    rel_path_test_labels="data/t10k-labels.idx1-ubyte",
    rel_path_log_file="logs/predictions.log",
    num_epochs=5,
    batch_size=100,
    hidden_size=500,
    learning_rate=0.001,
)


@pytest.fixture(autouse=True)
def working_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def read(text, *changes, name="my.config", check_files=False):
    with open(name, "wb") as file:  # noqa: PTH123
        file.write(text if isinstance(text, bytes) else text.encode())
    return read_configuration(name, list(changes), check_files=check_files)


def problems(text, *changes, **options):
    with pytest.raises(ConfigurationError) as caught:
        read(text, *changes, **options)
    return str(caught.value).splitlines()


# --- the course's text format ---------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        COURSE,
        COURSE.rstrip("\n"),
        "\n".join(reversed(COURSE.splitlines())),
        COURSE.replace(" = ", "="),
        COURSE.replace(" = ", "\t=   ").replace("\n", "  \n"),
        COURSE.replace("\n", "\r\n"),
        COURSE.replace("\n", "\r"),
        b"\xef\xbb\xbf" + COURSE.encode(),
        "# a comment\n// another\n\n   \n  # num_epochs = 7\n//batch_size=1\n" + COURSE,
        COURSE.replace("\n", " # so it is\n"),
        COURSE.replace("\n", "\t// so it is = it is\n"),
        COURSE.replace("= 5\n", "= 5# five\n").replace("1E-3", "1E-3//small"),
        COURSE.replace("logs/predictions.log", '"logs/predictions.log" # in quotes'),
        COURSE.replace("logs/predictions.log", "'logs/predictions.log'"),
        COURSE.replace("1E-3", "0.001"),
        COURSE.replace("1E-3", ".1e-2"),
        COURSE.replace("= 5\n", "= +05\n"),
    ],
)
def test_the_text_format_is_read_however_it_is_laid_out(text):
    assert read(text) == READ


@pytest.mark.parametrize(
    "path",
    ["a b/c d.log", "c#/x.log", "http//x.log", "//server/x.log", "a=b.log", "bücher/log", "..\\x"],
)
def test_paths_may_hold_what_files_may_be_called(path):
    written = f'"{path}"' if path.startswith("//") else path
    found = read(COURSE.replace("logs/predictions.log", written))
    assert found.rel_path_log_file == path
    assert read(found.to_text()) == found


@pytest.mark.parametrize("value", ["a # b", "  a  ", "'a' # b", '"a"', "// a"])
def test_what_is_written_is_read_again(value):
    configuration = dataclasses.replace(READ, rel_path_log_file=value, learning_rate=1.25e-7)
    assert read(configuration.to_text()) == configuration


def test_changes_replace_and_add_entries():
    text = COURSE.replace("num_epochs = 5\n", "")
    found = read(text, "num_epochs=7", "learning_rate = 0.5", "rel_path_log_file=my # log")
    assert (found.num_epochs, found.learning_rate, found.rel_path_log_file) == (7, 0.5, "my # log")


def test_every_problem_is_named_at_once_with_its_line():
    text = (
        COURSE.replace("num_epochs = 5", "num_epoch = 5")
        .replace("batch_size = 100", "batch_size = 0")
        .replace("1E-3", "fast")
        .replace("data/t10k-images.idx3-ubyte", "")
    )
    found = problems(text + "hidden_size = 10\nepochs\n = 3\n", "seed=1", "hidden_size=many", "x")
    assert [line.partition(": ")[0] for line in found] == [
        "my.config:10",
        "my.config:11",
        "my.config:12",
        "--set x",
        "my.config:3",
        "my.config:6",
        "my.config:7",
        "my.config:9",
        "--set seed=1",
        "--set hidden_size=many",
        "my.config",
    ]
    said = "\n".join(found)
    for part in (
        "hidden_size is set already in line 8",
        "rel_path_test_images expects a path, found nothing",
        "unknown key 'num_epoch'; did you mean 'num_epochs'? Known: rel_path_train_images, ",
        "batch_size expects a whole number from 1, found 0",
        "learning_rate expects a number above 0, found 'fast'",
        "hidden_size expects a whole number from 1, found 'many'",
        "expected also lines for num_epochs, found none",
    ):
        assert part in said


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("num_epochs", value)
        for value in ("", "0", "-1", "1.5", "5.0", "1e3", "five", "0x10", "1_000", "٣", "9" * 5000)
    ]
    + [("learning_rate", value) for value in ("", "0", "-1", "nan", "inf", "1e999", "1,5", "1e")],
)
def test_numbers_out_of_range_are_refused(key, value):
    lines = [line for line in COURSE.splitlines() if not line.startswith(key)]
    (problem,) = problems("\n".join([*lines, f"{key} = {value}"]))
    assert problem.startswith(f"my.config:9: {key} expects ")


def test_an_empty_file_is_told_all_that_it_lacks():
    (problem,) = problems("")
    assert all(key in problem for key in CourseConfiguration.needed)
    assert "layers" not in problem


# --- the files that the text format names ---------------------------------------------------------


@pytest.fixture
def files(working_folder):
    for key, name in dataclasses.asdict(READ).items():
        if key.startswith("rel_path_t"):
            write_idx(name, np.zeros(1, np.uint8))


def test_files_are_looked_for_when_asked(files):
    assert read(COURSE, check_files=True) == READ


def test_missing_files_are_named_with_their_lines_and_what_is_near(files, working_folder):
    text = COURSE.replace("data/train-labels", "data/train-lables").replace(
        "data/t10k-labels.idx1-ubyte", "data"
    )
    found = problems(text + "seed = 1\n", check_files=True)
    assert found[0].startswith("my.config:10: unknown key 'seed'")
    assert found[1].startswith(
        "my.config:2: rel_path_train_labels expects a file to read, found no file "
        "'data/train-lables.idx1-ubyte' (paths are relative to the working folder, "
    )
    assert found[1].endswith(f"did you mean {os.path.join('data', 'train-labels.idx1-ubyte')!r}?")  # noqa: PTH118
    assert found[2] == (
        "my.config:4: rel_path_test_labels expects a file to read, found the folder 'data'"
    )


@pytest.mark.parametrize(
    ("log", "words"),
    [
        ("data", "found the folder 'data'"),
        ("data/train-images.idx3-ubyte", "is read as data"),
        ("./data/../data/t10k-labels.idx1-ubyte", "is read as data"),
        ("data/train-images.idx3-ubyte/log", "is a file, not a folder"),
    ],
)
def test_a_log_that_can_not_be_written_is_found_before_training(files, log, words):
    (problem,) = problems(COURSE.replace("logs/predictions.log", log), check_files=True)
    assert problem.startswith("my.config:5: rel_path_log_file expects a file ")
    assert words in problem


@pytest.mark.skipif(
    not hasattr(os, "geteuid") or os.geteuid() == 0, reason="nothing is read-only for root"
)
def test_a_log_in_a_read_only_folder_is_found_before_training(files, working_folder):
    (working_folder / "locked").mkdir(mode=0o500)
    text = COURSE.replace("logs/predictions.log", "locked/log")
    assert "read-only" in problems(text, check_files=True)[0]


# --- which format ---------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["a.config", "a.txt", "a.CFG", "a.conf", "mnist", "a.data"])
def test_the_text_format_is_known_by_its_ending_or_its_keys(name):
    assert read(COURSE, name=name) == READ


@pytest.mark.parametrize("name", ["a.toml", "a.TOML", "a", "a.yaml"])
def test_toml_is_known_by_its_ending_or_the_absence_of_those_keys(name):
    assert read('data = "digits"', name=name) == TomlConfiguration(data="digits")


def test_a_file_in_the_format_of_another_ending_is_told_so():
    assert "name such a file *.toml" in problems("dtype = float32\n" + COURSE)[0]
    text = 'rel_path_train_images = "x"\n'
    assert "name such a file *.config" in problems(text, name="my.toml")[0]


# --- TOML -----------------------------------------------------------------------------------------


def test_toml_is_read_with_defaults_for_what_it_leaves_out():
    text = b"\xef\xbb\xbf# mine\r\nlearning_rate = 1\r\nvalidation_share = 0\r\n\r\nseed = 7"
    found = read(text, name="my.toml")
    assert found == TomlConfiguration(learning_rate=1.0, validation_share=0.0, seed=7)
    assert type(found.learning_rate) is type(found.validation_share) is float


@pytest.mark.parametrize(
    "configuration",
    [
        TomlConfiguration(),
        TomlConfiguration(data="mnist", data_path='C:\\mine "é"\t', download=True),
    ],
)
def test_toml_that_is_written_is_read_again(configuration):
    assert read(configuration.to_text(), name="my.toml") == configuration


def test_every_problem_in_toml_is_named_at_once_with_its_line():
    found = problems(
        "hiden_size = 3\nnum_epochs 5\nseed = 1\nseed = 2\nbatch_size = 0\ndata = mnist\n"
        "validation_share = 1\n",
        "dtype=int8",
        name="my.toml",
    )
    assert [line.partition(": ")[0] for line in found] == [
        "my.toml:2",
        "my.toml:4",
        "my.toml:6",
        "my.toml:1",
        "my.toml:5",
        "my.toml:7",
        "--set dtype=int8",
    ]
    said = "\n".join(found)
    assert "expected a line like: hidden_size = 128" in said
    assert "seed is set already in line 3" in said
    assert "did you mean 'hidden_size'?" in said
    assert "validation_share expects a number from 0 to below 1, found 1" in said


@pytest.mark.parametrize(
    "text",
    [
        "a = [1\n",
        "[hidden_size]\nx = 1\n",
        "hidden_size = " + "9" * 5000,
        "hidden_size = " + "[" * 5000,
        'data = """\nmnist\n',
        "\x00",
        "hidden_size.x = 3",
    ],
)
def test_broken_toml_is_one_clear_error(text):
    assert all(line.startswith("my.toml") for line in problems(text, name="my.toml"))


@pytest.mark.parametrize(
    "change",
    [
        "seed=-1",
        "seed=1.5",
        "batch_size=true",
        "dtype=int8",
        "a=1",
        "data=nist",
        "download=1",
        "download=yes",
        "learning_rate=nan",
        "learning_rate=inf",
        "validation_share=-0.1",
        "data=[1]",
        "hidden_size=",
        "hidden_size=1\nseed=2",
    ],
)
def test_changes_out_of_range_are_refused(change):
    with pytest.raises(ConfigurationError) as caught:
        read_configuration(None, [change])
    assert str(caught.value).startswith(f"--set {change}: ")


@pytest.mark.parametrize(
    ("key", "meant"), [("HIDDEN_SIZE", "hidden_size"), ("epochs", "num_epochs"), ("Seed", "seed")]
)
def test_an_unknown_key_is_told_the_nearest(key, meant):
    with pytest.raises(ConfigurationError, match=f"unknown key '{key}'; did you mean '{meant}'"):
        read_configuration(None, [f"{key}=3"])


@pytest.mark.parametrize("change", ["hidden_size", "=3", "", " = 3"])
def test_a_change_has_a_key_and_a_value(change):
    with pytest.raises(ConfigurationError, match="expected key=value"):
        read_configuration(None, [change])


def test_the_last_change_of_a_key_counts():
    assert read_configuration(None, ["seed=1", "seed=2"]).seed == 2


@pytest.mark.parametrize("change", ["data_path=here", "download=true"])
def test_data_that_ship_are_neither_looked_for_nor_downloaded(change):
    with pytest.raises(ConfigurationError, match=f'--set {change}: .*"digits" comes with'):
        read_configuration(None, ["data=digits", change])
    assert read_configuration(None, ["data=mnist", change]).data == "mnist"


@pytest.mark.parametrize("name", ["missing.toml", "missing.config", "missing", "folder", "utf16"])
def test_what_is_no_configuration_file_is_said(name, working_folder):
    (working_folder / "folder").mkdir()
    (working_folder / "utf16").write_bytes(COURSE.encode("utf-16"))
    words = {"folder": "a folder", "utf16": "not UTF-8"}.get(name, "no such file")
    with pytest.raises(ConfigurationError, match=rf"{name}: expected .*{words}.*python -m nn"):
        read_configuration(name, [])


WORDS = st.sampled_from(
    [*COURSE.split(), "\n", "\n", "=", "#", "//", '"', "'", "[", "]", "\r", "\t", "data", "seed"]
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(words=st.lists(WORDS | st.text(max_size=3), max_size=20), name=st.sampled_from("ab"))
def test_any_text_is_a_configuration_or_a_configuration_error(words, name):
    name = {"a": "my.config", "b": "my.toml"}[name]
    try:
        found = read(" ".join(words).encode("utf-8", "replace"), name=name)
    except ConfigurationError as error:
        assert all(line.startswith(name) for line in str(error).splitlines())
    else:
        assert found.batch_size >= 1


# --- hostile files --------------------------------------------------------------------------------

SIZE = MOST_BYTES - 100
LINES = {
    "blanks": " " * SIZE,
    "blanks in a line": "seed" + " " * SIZE + "= 1",
    "blanks behind a quote": 'data = "' + " " * SIZE + "x",
    "empty lines": "\n" * SIZE,
    "old Mac's empty lines": "\r" * SIZE,
    "20,000 unknown keys": "".join(f"k{number}=1\n" for number in range(20_000)),
    "one key again and again": "seed = 1\n" * (SIZE // 9),
    "quotes": "a = " + '"' * SIZE,
    "quotes and blanks": "a = " + '" ' * (SIZE // 2) + "x",
    "equal signs": "=" * SIZE,
    "comments": "a #" * (SIZE // 3),
    "digits": "learning_rate = 1." + "1" * SIZE + "x",
    "brackets": "a = " + "[" * SIZE,
    "a key of many parts": ".".join("a" * (SIZE // 2)),
    "many keys of many parts": (".".join("a" * 2000) + " = 1\n") * (SIZE // 4005),
    "tables": "[[t]]\n" * (SIZE // 6),
    "a long list": "seed = [" + "1,\n" * (SIZE // 4) + "]",
    "a long name": "rel_path_" + "w" * SIZE,
    "zeros": "\0" * SIZE,
}


@pytest.mark.parametrize("ending", [".toml", ".config", ""])
@pytest.mark.parametrize("text", LINES.values(), ids=LINES)
def test_no_file_takes_long(text, ending):
    start = time.process_time()
    with contextlib.suppress(ConfigurationError):
        read(text, name=f"any{ending}")
    assert time.process_time() - start < 2


def test_many_problems_are_told_in_a_page():
    found = problems("".join(f"key{number} = 1\n" for number in range(2000)), name="my.toml")
    assert found[-1] == "and 1950 more"
    assert len(found) == 51


def test_a_large_file_is_not_read(working_folder):
    assert "more than 262144 bytes" in problems("#" * (MOST_BYTES + 1))[0]


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes with names")
@pytest.mark.parametrize("name", ["pipe", "pipe.toml", "/dev/zero"])
def test_what_is_no_file_is_neither_waited_for_nor_read(name):
    if "/" not in name:
        os.mkfifo(name)
    with pytest.raises(ConfigurationError, match=r"Found: a (pipe|device)"):
        read_configuration(name, [])


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("learning_rate = " + "1" * 400, "learning_rate expects a number above 0 to 1e+308, found"),
        ("learning_rate = 1e999", "learning_rate expects a number above 0 to 1e+308, found"),
        ("hidden_size = 1" + "0" * 30, "expects a whole number from 1 to 1000000000000, found"),
        ("num_epochs = 1" + "0" * 30, "expects a whole number from 1 to 1000000000, found"),
        ("batch_size = " + "9" * 400, "expects a whole number from 1 to 1000000000, found"),
        ("batch_size = 0", "batch_size expects a whole number from 1, found 0"),
    ],
)
@pytest.mark.parametrize("format_of", ["my.toml", "my.config"])
def test_numbers_too_wide_are_named_with_their_bounds(line, words, format_of):
    key = line.partition(" ")[0]
    course = "".join(each for each in COURSE.splitlines(True) if not each.startswith(key))
    (problem,) = problems((course if "config" in format_of else "") + line, name=format_of)
    assert words in problem
    assert len(problem) < 300
    with pytest.raises(ConfigurationError, match=re.escape(words)):
        read_configuration(None, [line])


@pytest.mark.parametrize("change", ["seed=" + "9" * 30, "seed=0x" + "f" * 9000, "seed=-1"])
def test_seeds_too_wide_are_refused(change):
    with pytest.raises(ConfigurationError, match="seed expects a whole number from 0"):
        read_configuration(None, [change])


@pytest.mark.parametrize("folder", [r"C:\Users\me", r"C:\temp\new", r"C:\mnist"])
def test_a_backslash_in_toml_is_named(folder):
    text = f'data = "mnist"\ndata_path = "{folder}"\n'
    (problem,) = problems(text, name="my.toml")
    assert problem.startswith("my.toml:2: ")
    assert """"..." a backslash begins an escape""" in problem
    assert "'...'" in problem
    for written in (f"'{folder}'", json.dumps(folder)):
        found = read(f'data = "mnist"\ndata_path = {written}\n', name="my.toml")
        assert found.data_path == folder


@pytest.mark.parametrize("name", ["a.toml", "a.config"])
def test_letters_that_move_the_cursor_are_written_out(name):
    said = problems("\x1b[2J = 1\nseed \x1b[2J\n'\x1b' = 2\n'\x1b' = 2\n", name=name)
    assert not any("\x1b" in line for line in said)
    assert any("\\x1b[2J" in line for line in said)


def test_home_is_meant_by_a_tilde_in_every_path(working_folder, monkeypatch):
    monkeypatch.setenv("HOME", str(working_folder))
    monkeypatch.setenv("USERPROFILE", str(working_folder))
    (working_folder / "runs").mkdir()
    (working_folder / "runs" / "configuration.toml").write_text("seed = 3")
    assert read_configuration("~/runs/configuration.toml", []).seed == 3
    assert configuration_of(Path("~/runs")).seed == 3
    found = read(COURSE.replace(" = data", " = ~/data").replace(" = logs", " = ~/logs"))
    assert found.log_path(working_folder / "run") == working_folder / "logs" / "predictions.log"
    for line in problems(found.to_text(), check_files=True):
        assert repr(str(working_folder / "data")).strip("'") in line


@pytest.mark.parametrize("value", ['"a" b" # c', "'a' 'b'", '"a', '"" # x', "'a'//b", '"a"b'])
def test_quotes_are_read_as_ever(value):
    found = read(COURSE.replace("logs/predictions.log", f"x{value}"))
    assert found.rel_path_log_file == f"x{value}".partition(" #")[0].strip()
    inner = re.fullmatch(r"""(["'])(.*?)\1\s*((#|//).*)?""", value)
    if inner is not None and inner[2]:
        assert read(COURSE.replace("logs/predictions.log", value)).rel_path_log_file == inner[2]
