"""What the fixture `ask` makes: judges over the API that ask a server of the test."""

from collections.abc import Callable

from hivemindd.lessons.judge_api import ApiJudge

KEY = "sk-ant-not-a-real-key"
Ask = Callable[..., ApiJudge]
