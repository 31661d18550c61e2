"""And, or, not over three answers: yes, no, and unknown (None)."""

from services.grading.domain.language.environment import Condition, Environment


def constantly(value: object) -> Condition:
    """The same value for everybody."""
    return lambda _: value


def surely(value: Condition) -> Condition:
    """Unknown counts as no."""
    return lambda env: value(env) is True


def negated(value: Condition) -> Condition:
    """The opposite; unknown stays unknown."""

    def answer(env: Environment) -> bool | None:
        found = value(env)
        return None if found is None else not found

    return answer


def all_of(parts: list[Condition]) -> Condition:
    """No where one part is no; unknown where one is unknown."""
    return _both(*parts) if len(parts) == 2 else _every(parts)  # noqa: PLR2004 - two is the commonest by far


def any_of(parts: list[Condition]) -> Condition:
    """Yes where one part is yes; unknown where one is unknown."""
    return _either(*parts) if len(parts) == 2 else _some(parts)  # noqa: PLR2004


def _both(first: Condition, second: Condition) -> Condition:
    def answer(env: Environment) -> bool | None:
        left = first(env)
        if left is False:
            return False
        right = second(env)
        return False if right is False else True if left and right else None

    return answer


def _either(first: Condition, second: Condition) -> Condition:
    def answer(env: Environment) -> bool | None:
        left = first(env)
        if left is True:
            return True
        right = second(env)
        return True if right is True else False if left is False and right is False else None

    return answer


def _every(parts: list[Condition]) -> Condition:
    def answer(env: Environment) -> bool | None:
        so_far: bool | None = True
        for part in parts:
            found = part(env)
            if found is False:
                return False
            if found is None:
                so_far = None
        return so_far

    return answer


def _some(parts: list[Condition]) -> Condition:
    def answer(env: Environment) -> bool | None:
        so_far: bool | None = False
        for part in parts:
            found = part(env)
            if found is True:
                return True
            if found is None:
                so_far = None
        return so_far

    return answer
