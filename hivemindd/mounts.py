"""Which file systems are somebody else's: a log that is mapped into memory breaks on them."""

import re
from pathlib import Path

MOUNTS = Path("/proc/self/mountinfo")
# Not 9p: containers have it as their own root.
_NETWORK = re.compile(
    r"nfs\d?|cifs|smb\d?|smbfs|afs|ceph|lustre|gpfs|beegfs|glusterfs|ncpfs|coda"
    r"|fuse\.(?:sshfs|glusterfs|ceph.*|davfs2?|rclone|s3fs|gcsfuse|gvfsd-fuse|curlftpfs)|davfs"
)
_ESCAPED = re.compile(r"\\([0-7]{3})")


def find_network(folder: Path, mounts: Path = MOUNTS) -> str:
    """Return the type of the network file system that a folder is on, empty where it is on none.

    Also empty where the system does not tell (its format is that of proc_pid_mountinfo(5)).
    """
    try:
        lines = mounts.read_text("utf-8", "surrogateescape").splitlines()
    except OSError:
        return ""
    folder, best, kind = folder.resolve(), -1, ""
    for line in lines:
        fields, _, rest = line.partition(" - ")
        point = _ESCAPED.sub(lambda match: chr(int(match[1], 8)), fields.split(" ")[4])
        # Of two on one point the later covers the earlier.
        if folder.is_relative_to(point) and len(Path(point).parts) >= best:
            best, kind = len(Path(point).parts), rest.split(" ")[0]
    return kind if _NETWORK.fullmatch(kind) else ""
