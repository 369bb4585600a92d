import stat

from config import environment


def test_complete_writes_fresh_keys_that_only_the_owner_reads(tmp_path):
    path = tmp_path / ".env"

    added = environment.complete(path)

    assert added == ["SECRET_KEY", "FIELD_KEYS", "ALLOWED_HOSTS", "LOG_FORMAT"]
    assert "ALLOWED_HOSTS=127.0.0.1,localhost\n" in path.read_text()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_complete_makes_other_keys_each_time(tmp_path):
    environment.complete(tmp_path / "here")
    environment.complete(tmp_path / "there")

    here = (tmp_path / "here").read_text().splitlines()
    there = (tmp_path / "there").read_text().splitlines()

    assert here[0] != there[0]
    assert here[1] != there[1]


def test_complete_keeps_what_stands_there(tmp_path):
    path = tmp_path / ".env"
    path.write_text("# mine\nFIELD_KEYS=kept\nDATABASE_URL=postgres:///x")

    added = environment.complete(path)

    assert "FIELD_KEYS" not in added
    assert path.read_text().startswith(
        "# mine\nFIELD_KEYS=kept\nDATABASE_URL=postgres:///x\nSECRET_KEY="
    )


def test_complete_changes_nothing_the_second_time(tmp_path):
    path = tmp_path / ".env"
    environment.complete(path)
    before = path.read_bytes()

    added = environment.complete(path)

    assert added == []
    assert path.read_bytes() == before
