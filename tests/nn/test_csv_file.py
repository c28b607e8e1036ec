"""CSV files with a header: numbers, categories, labels, and what is wrong by line and column."""

import math

import numpy as np
import pytest

from nn.data import DataError, read_csv

TEXT = "age,colour,weight,kind\n3,red,1.5,cat\n5,blue,2,dog\n\n4,red,-1e3,dog\n"


@pytest.fixture
def file(tmp_path):
    def write(text, encoding="utf-8"):
        path = tmp_path / "t.csv"
        path.write_bytes(text.encode(encoding))
        return path

    return write


def test_numbers_categories_and_classes(file):
    table = read_csv(file(TEXT), target="kind", categorical=["colour"])
    assert table.features == ("age", "colour=blue", "colour=red", "weight")
    np.testing.assert_array_equal(
        table.x, np.array([[3, 0, 1, 1.5], [5, 1, 0, 2], [4, 0, 1, -1e3]], np.float32)
    )
    assert table.x.dtype == np.float32
    assert table.y.tolist() == [0, 1, 1]
    assert table.y.dtype == np.int64
    assert table.classes == ("cat", "dog")


def test_columns_are_chosen_and_keep_the_order_asked_for(file):
    table = read_csv(file(TEXT), target="age", columns=["weight"], dtype=np.float64)
    np.testing.assert_array_equal(table.x, [[1.5], [2], [-1000]])
    assert (table.y.tolist(), table.classes, table.features) == ([3, 5, 4], (), ("weight",))
    table = read_csv(file(TEXT), columns=["weight", "age"])
    assert table.features == ("weight", "age")
    assert table.y is None


def test_a_target_of_fractions_stays_one(file):
    table = read_csv(file("a,b\n1,0.5\n2,3\n"), target="b")
    np.testing.assert_array_equal(table.y, np.array([0.5, 3], np.float32))
    assert table.y.dtype == np.float32


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_what_other_programs_write_is_read(end, file):
    text = end.join(['\ufeff"age", colour ,kind', ' 3,"red, dark", cat ', '5,"a ""b""",dog'])
    table = read_csv(file(text), target="kind", categorical=["colour"])
    assert table.features == ("age", 'colour=a "b"', "colour=red, dark")
    assert table.classes == ("cat", "dog")
    np.testing.assert_array_equal(
        read_csv(file("a;b\n1;2\n"), delimiter=";").x, np.array([[1, 2]], np.float32)
    )


def test_missing_numbers_become_what_is_said(file):
    text = "b,a\n1,\nNA,4\n?,5\nnan,6\n"
    np.testing.assert_array_equal(
        read_csv(file(text), missing=-1).x, [[1, -1], [-1, 4], [-1, 5], [-1, 6]]
    )
    with pytest.raises(DataError, match=r"line 3, column 'b': expected a number, found 'NA'"):
        read_csv(file(text))


def test_a_second_file_gets_the_features_of_the_first(file):
    training = read_csv(file(TEXT), target="kind", categorical=["colour"])
    test = read_csv(file("kind,weight,age,colour\ndog,1,2,red\n"), like=training)
    assert test.features == training.features
    np.testing.assert_array_equal(test.x, [[2, 0, 1, 1]])
    assert test.y.tolist() == [1]
    without = read_csv(file("weight,age,colour\n1,2,blue\n"), like=training)
    assert without.y is None
    assert without.x.tolist() == [[2, 1, 0, 1]]
    with pytest.raises(DataError, match=r"line 2, column 'colour': expected one of .*found 'pink'"):
        read_csv(file("weight,age,colour\n1,2,pink\n"), like=training)
    with pytest.raises(DataError, match=r"column 'kind': expected one of .*found 'cow'"):
        read_csv(file("weight,age,colour,kind\n1,2,red,cow\n"), like=training)
    with pytest.raises(ValueError, match="Leave them out"):
        read_csv(file(TEXT), like=training, target="kind")


@pytest.mark.parametrize(
    ("text", "keywords", "words"),
    [
        ("", {}, "expected a line with the names of the columns, found nothing"),
        ("\n \n", {}, "found nothing"),
        ("a,b\n", {}, "expected rows below"),
        ("1,2\n3,4\n", {}, "line 1: expected the names of the columns, found numbers"),
        ("a,b,a\n1,2,3\n", {}, "found 'a' twice"),
        ("a,b\n1,2\n3\n", {}, "line 3: expected 2 cells, as many as columns, found 1"),
        ("a,b\n1,2,3\n", {}, "line 2: expected 2 cells.* found 3"),
        ("a;b\n1;2\n", {}, r"Write delimiter=';'"),
        ("a\tb\n1\t2\n", {}, r"Write delimiter='\\t'"),
        ("a,b\n1,2\n1,x\n", {}, r"line 3, column 'b': expected a number, found 'x'.*categorical"),
        ('a,b\n1,"3,5"\n', {}, r"column 'b': expected a number, found '3,5'. Write numbers with a"),
        ("a,b\n1,inf\n", {}, "finite"),
        ("a,b\n1,1_0\n", {}, "found '1_0'"),
        ("a,b\n1,1e300\n", {}, "found '1e300'. It is beyond the largest float32: write"),
        ("a,b\n1,\n", {"target": "b"}, "line 2, column 'b': expected a label, found nothing"),
        ('a,b\n1,"2\n', {}, "line 2: expected CSV"),
        (",a\n0,1\n", {}, r"found none at place 1.*index=False"),
        ("a,b\n1,2\n", {"target": "c"}, r"has no column 'c'. It has \['a', 'b'\]"),
        ("a,b\n1,2\n", {"columns": "a"}, r"Write columns=\['age'\]"),
        ("a,b\n1,2\n", {"columns": ["a"], "target": "a"}, "got the target 'a'"),
        ("a,b\n1,2\n", {"target": "b", "categorical": ["b"]}, "may hold names anyway"),
        ("a,b\n1,2\n", {"delimiter": ", "}, "one character"),
        ("a,b\n1,2\n", {"missing": math.nan}, "finite number"),
    ],
)
def test_what_is_wrong_is_said_with_its_place(text, keywords, words, file):
    with pytest.raises(ValueError, match=words):
        read_csv(file(text), **keywords)


def test_lines_are_counted_as_an_editor_counts_them(file):
    with pytest.raises(DataError, match="line 5, column 'b'"):
        read_csv(file('a,b\n\n"1",2\n\n3,x\n'))


def test_what_is_no_text_or_no_file_is_refused(file, tmp_path):
    with pytest.raises(DataError, match="UTF-8"):
        read_csv(file("a,b\n1,ü\n", "latin-1"))
    with pytest.raises(DataError, match="found a folder"):
        read_csv(tmp_path)
    with pytest.raises(FileNotFoundError):
        read_csv(tmp_path / "nowhere.csv")
