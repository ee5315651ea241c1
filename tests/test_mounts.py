"""Which folders lie on somebody else's machine."""

from pathlib import Path

import pytest

from hivemindd.mounts import find_network

_MOUNTS = """\
22 1 254:1 / / rw,relatime shared:1 - ext4 /dev/root rw
30 22 0:25 / /net/home rw,relatime shared:9 - nfs4 server:/home rw,vers=4.2
31 30 254:2 / /net/home/me/local rw - xfs /dev/sdb rw
32 22 0:40 / /mnt/my\\040drive rw - cifs //server/share rw
33 22 0:41 / /mnt/keys rw - fuse.sshfs me@host: rw
34 22 0:42 / /mnt/disk rw - fuse.ntfs-3g /dev/sdc rw
35 22 0:43 / /twice rw - nfs server:/a rw
36 22 0:44 / /twice rw - tmpfs tmpfs rw
"""


@pytest.mark.parametrize(
    ("folder", "kind"),
    [
        ("/home/me", ""),
        ("/net/home/me", "nfs4"),
        ("/net/homes", ""),
        ("/net/home/me/local/state", ""),
        ("/mnt/my drive/state", "cifs"),
        ("/mnt/keys", "fuse.sshfs"),
        ("/mnt/disk", ""),
        ("/twice/x", ""),
    ],
)
def test_the_nearest_mount_decides(tmp_path: Path, folder: str, kind: str) -> None:
    """A local disk below a network folder is local, and the last of two mounts counts."""
    mounts = tmp_path / "mountinfo"
    mounts.write_text(_MOUNTS)

    assert find_network(Path(folder), mounts) == kind


def test_a_link_is_followed_to_where_it_leads(tmp_path: Path) -> None:
    """A home may be a link into the network."""
    real, link = tmp_path / "real", tmp_path / "link"
    real.mkdir()
    link.symlink_to(real)
    mounts = tmp_path / "mountinfo"
    mounts.write_text(f"30 1 0:25 / {real.resolve()} rw - nfs server:/ rw\n")

    assert find_network(link, mounts) == "nfs"


def test_where_the_system_does_not_tell_nothing_is_said(tmp_path: Path) -> None:
    """As on macOS; and the machine that this runs on has an answer for its own root."""
    assert find_network(tmp_path, tmp_path / "none") == ""
    assert find_network(Path("/")) == ""
