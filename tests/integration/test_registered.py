"""Every file of tests here is run by ctest, and waits for events instead of sleeping."""

from pathlib import Path

FOLDER = Path(__file__).parent


def test_each_test_file_is_registered_with_ctest():
    files = {str(path.relative_to(FOLDER)) for path in FOLDER.rglob("test_*.py")}
    listed = {line.removeprefix("avow_integration_test(").removesuffix(")")
              for line in (FOLDER / "CMakeLists.txt").read_text().splitlines()
              if line.startswith("avow_integration_test(")}

    assert files == listed


def test_no_test_sleeps():
    sleeping = "time." + "sleep("

    assert [path for path in FOLDER.rglob("*.py") if sleeping in path.read_text()] == []
