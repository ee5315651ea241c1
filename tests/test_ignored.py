"""Patterns of folders that are left alone."""

from pathlib import Path

import pytest

from hivemindd.ignored import check_pattern, find_pattern

HOME = Path("/nowhere/home")


@pytest.mark.parametrize(
    ("pattern", "folder", "fits"),
    [
        ("~/clients/**", "/nowhere/home/clients/acme/src", True),
        ("~/clients/**", "/nowhere/home/clients", True),
        ("~/clients/", "/nowhere/home/clients/acme", True),
        ("~/clients", "/nowhere/home/clients-not", False),
        ("~/clients", "/nowhere/else/clients", False),
        ("~/clients/*", "/nowhere/home/clients", False),
        ("~/clients/*", "/nowhere/home/clients/acme/src", True),
        ("~/*/secret", "/nowhere/home/a/secret", True),
        ("~/*/secret", "/nowhere/home/a/b/secret", False),
        ("~/**/secret", "/nowhere/home/a/b/secret/c", True),
        ("~/**/secret", "/nowhere/home/secret", True),
        ("**/acme-*", "/srv/git/acme-shop/src", True),
        ("**/acme-*", "/srv/git/shop/acme", False),
        ("**/[ab]cme", "/srv/bcme", True),
        ("/srv/git", "/srv/git/shop", True),
        ("/srv/a.b", "/srv/aXb", False),
        ("~", "/nowhere/home/anything", True),
        ("~/**", "/nowhere", False),
    ],
)
def test_a_pattern_names_folders(pattern: str, folder: str, *, fits: bool) -> None:
    """And all that is below them."""
    check_pattern(pattern)

    assert find_pattern([Path(folder)], [pattern], home=HOME) == (pattern if fits else "")


def test_the_first_pattern_that_fits_is_named() -> None:
    """For any of several folders."""
    folders = [Path("/srv/a"), Path("/srv/b")]

    assert find_pattern(folders, ["/x", "/srv/b", "/srv"], home=HOME) == "/srv/b"
    assert find_pattern(folders, [], home=HOME) == ""


def test_a_link_in_a_pattern_is_followed(tmp_path: Path) -> None:
    """Sessions tell where they really are."""
    (tmp_path / "disk" / "acme").mkdir(parents=True)
    (tmp_path / "clients").symlink_to(tmp_path / "disk")

    folders = [tmp_path.resolve() / "disk" / "acme"]
    assert find_pattern(folders, ["~/clients/*"], home=tmp_path) == "~/clients/*"


def test_a_pattern_of_many_gaps_is_soon_tried() -> None:
    """There are more ways to fill them than anybody could wait for."""
    folder = Path("/" + "a/" * 60)

    assert find_pattern([folder], ["**/a/" * 20 + "b"], home=HOME) == ""
    assert find_pattern([folder / "b"], ["**/a/" * 20 + "b"], home=HOME) != ""


@pytest.mark.parametrize("pattern", ["", "clients", "./clients", "*", "/", "/**", "**/*", "~me/a"])
def test_a_pattern_that_begins_nowhere_is_refused(pattern: str) -> None:
    """The sentence says how to write it."""
    with pytest.raises(ValueError, match=r'name a folder as "~/clients"'):
        check_pattern(pattern)
