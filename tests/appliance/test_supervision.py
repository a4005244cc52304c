"""supervisord's configuration, as supervisord itself reads it."""

from __future__ import annotations

from pathlib import Path

from supervisor.options import ServerOptions

from appliance.supervision import Program, configuration, programs_of


def test_supervisord_reads_what_we_wrote(tmp_path: Path) -> None:
    """Arguments with blanks and percent signs arrive whole; small order starts first."""
    file = tmp_path / "supervisord.conf"
    late = Program("daemon", ["/bin/echo", "100 %", "a'b"], 40, tmp_path, {"NAME": "50 %"})
    early = Program("asterisk", ["/bin/true"], 10, tmp_path)
    file.write_text(configuration([late, early], tmp_path, tmp_path))
    options = ServerOptions()
    options.realize(["-c", str(file)])
    options.process_config(do_usage=False)
    groups = sorted(options.process_group_configs)
    configs = {group.name: group.process_configs[0] for group in groups}
    assert [group.name for group in groups] == ["asterisk", "daemon"]
    assert configs["daemon"].command == "/bin/echo '100 %' 'a'\"'\"'b'"
    assert configs["daemon"].environment == {"NAME": "50 %"}
    assert configs["daemon"].autorestart
    assert options.umask == 0o077


def test_no_supervisord_has_no_programs(tmp_path: Path) -> None:
    """A box that does not run is no error."""
    assert programs_of(tmp_path / "nobody.sock") == []
