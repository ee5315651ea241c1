"""Skills of a project under version control."""

import pytest

from hivemindd.errors import HivemindError
from tests.codify.library import NAME, Library
from tests.codify.repositories import git


class TestBranches:
    """What git takes away and brings back is nobody's decision."""

    @pytest.fixture(autouse=True)
    def committed(self, library: Library) -> bytes:
        """Have the first version committed on `old`, the second on `main`; return the first."""
        first = library.file(NAME).read_bytes()
        git(library.root, "init", "-q")
        (library.root / "app.py").write_text("one\n")
        git(library.root, "add", "app.py")
        git(library.root, "commit", "-qm", "first")
        git(library.root, "branch", "bare")
        git(library.root, "add", "--all")
        git(library.root, "commit", "-qm", "skills")
        git(library.root, "branch", "old")
        library.teach("exact")
        library.publish()
        git(library.root, "commit", "-qam", "more skills")
        return first

    def switch(self, library: Library, branch: str) -> None:
        """Switch to a branch, and let the daemon do its work."""
        git(library.root, "switch", "-q", branch)
        library.publish()

    def test_an_older_version_is_pinned_only_there(
        self, library: Library, committed: bytes
    ) -> None:
        """It is not written over, and grows again where the newest is."""
        self.switch(library, "old")
        library.teach("pnpm")
        library.say("pnpm", relation="refines", rule="", not_when=["publishing the SDK"])
        assert library.publish() == []
        assert library.skills[NAME].state == "pinned"
        assert library.file(NAME).read_bytes() == committed

        git(library.root, "switch", "-q", "main")
        assert library.publish() == [str(library.file(NAME))]
        assert library.skills[NAME].state == "active"
        assert b"publishing the SDK" in library.file(NAME).read_bytes()

    def test_what_is_away_is_not_proposed_nor_written(self, library: Library) -> None:
        """With review or without; when it is back it goes on."""
        for review in (True, False):
            library.wire(review=review)
            self.switch(library, "bare")
            library.say("pnpm", relation="refines", rule="", not_when=["publishing the SDK"])
            assert library.publish() == []
            assert (library.skills[NAME].state, library.skills[NAME].proposal) == ("absent", None)
            assert not library.file(NAME).exists()
            git(library.root, "switch", "-q", "main")
        assert library.publish() == [str(library.file(NAME))]

    def test_a_proposal_is_not_written_where_there_is_no_file(self, library: Library) -> None:
        """A branch without the skill is not the place for it, and its edit stays theirs."""
        library.file(NAME).write_bytes(b"mine\n")
        git(library.root, "commit", "-qam", "mine")
        library.say("pnpm", relation="refines", rule="", not_when=["publishing the SDK"])
        library.publish()
        self.switch(library, "bare")
        before = library.skills[NAME]
        assert (before.state, before.proposal is None) == ("user-owned", False)

        with pytest.raises(HivemindError, match="is not there: what is missing is not written"):
            library.decide("approve", NAME)
        assert not library.file(NAME).exists()
        git(library.root, "switch", "-q", "main")
        library.publish()
        assert library.skills[NAME] == before
        assert library.decide("approve", NAME).state == "active"

    def test_what_was_pinned_stays_pinned(self, library: Library) -> None:
        """Also while a branch does not have it; it cannot be released there."""
        library.decide("pin", NAME)
        self.switch(library, "bare")
        assert library.skills[NAME].state == "pinned"
        with pytest.raises(HivemindError, match="there is nothing to release"):
            library.decide("release", NAME)

        self.switch(library, "main")
        assert library.skills[NAME].state == "pinned"
        assert library.decide("release", NAME).state == "active"

    def test_what_is_absent_cannot_be_pinned(self, library: Library) -> None:
        """One sentence says why not."""
        self.switch(library, "bare")

        with pytest.raises(HivemindError, match="is not there just now"):
            library.decide("pin", NAME)

    def test_what_is_ignored_by_now_goes_and_comes_with_older_commits(
        self, library: Library
    ) -> None:
        """Git takes away what an older commit has, also where a newer one leaves it alone."""
        (library.root / ".gitignore").write_text(".claude\n")
        git(library.root, "rm", "-rq", "--cached", ".claude")
        git(library.root, "add", ".gitignore")
        git(library.root, "commit", "-qm", "skills are everybody's own")
        library.publish()
        assert library.skills[NAME].state == "active"
        git(library.root, "switch", "-q", "--detach", "main~1")
        self.switch(library, "main")
        assert not library.file(NAME).exists()
        assert library.skills[NAME].state == "absent"

        git(library.root, "restore", "--source", "main~1", "--worktree", ".claude")
        library.publish()
        assert library.skills[NAME].state == "active"

    def test_what_was_deleted_stays_deleted(self, library: Library) -> None:
        """Only a deletion is one."""
        git(library.root, "rm", "-qr", ".claude")
        git(library.root, "commit", "-qm", "no skills")
        library.publish()

        assert library.skills[NAME].state == "deleted"

    def test_line_ends_of_git_are_no_edit(self, library: Library) -> None:
        """Some repositories have it check out every file as Windows writes it."""
        (library.root / ".gitattributes").write_text("* text=auto eol=crlf\n")
        git(library.root, "add", "--all")
        git(library.root, "commit", "-qm", "line ends")
        self.switch(library, "bare")
        self.switch(library, "main")
        assert b"\r\n" in library.file(NAME).read_bytes()
        assert library.skills[NAME].state == "active"

        library.say("pnpm", relation="refines", rule="", not_when=["publishing the SDK"])
        assert library.publish() == [str(library.file(NAME))]
        assert b"publishing the SDK" in library.file(NAME).read_bytes()
