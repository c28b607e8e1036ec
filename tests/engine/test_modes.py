"""no_grad and scope around what pauses: generators, coroutines, threads, exits out of order."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import inspect
import threading
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context

import pytest

from autograd_core import Node, grad, no_grad, scope
from autograd_core.modes import in_scope

X = Node(3.0)


def records():
    return (X * X).requires_grad


def scope_here():
    return str((X * X).scope)


# --- decorators -----------------------------------------------------------------------------------


@no_grad
def numbers():
    received = []
    try:
        while True:
            received.append(records())
            try:
                sent = yield records()
            except KeyError:
                sent = "caught"
            received.append(sent)
            if sent == "stop":
                return received
    finally:
        received.append(records())
        FINISHED.append(records())


FINISHED: list[bool] = []


def test_a_decorated_generator_function_enters_with_every_resumption():
    assert inspect.isgeneratorfunction(numbers)
    assert numbers.__name__ == "numbers"
    generator = numbers()
    assert records()
    assert (next(generator), records()) == (False, True)
    assert (generator.send("a"), records()) == (False, True)
    assert (generator.throw(KeyError), records()) == (False, True)
    with pytest.raises(StopIteration) as stop:
        generator.send("stop")
    assert stop.value.value == [False, "a", False, "caught", False, "stop", False]
    assert records()


def test_a_decorated_generator_is_closed_in_its_mode():
    FINISHED.clear()
    generator = numbers()
    next(generator)
    generator.close()
    assert (FINISHED, records()) == ([False], True)


def test_an_error_passes_through_a_decorated_generator():
    generator = numbers()
    next(generator)
    with pytest.raises(ZeroDivisionError):
        generator.throw(ZeroDivisionError)
    assert records()


def test_a_decorated_generator_that_never_ran():
    numbers().close()
    assert records()


def test_delegation_to_a_decorated_generator():
    def outer():
        yield records()
        yield (yield from numbers())

    generator = outer()
    assert [next(generator), next(generator), generator.send("stop")[0]] == [True, False, False]


@scope("steps")
def scoped():
    yield (X * X).scope
    yield (X * X).scope


def test_a_call_of_a_scoped_generator_is_one_box():
    first, second = scoped()
    assert first is second
    assert str(first) == "steps"
    assert next(scoped()) is not first
    with scope("around"):
        assert str(next(scoped())) == "around/steps"


@no_grad
async def coroutine():
    before = records()
    await asyncio.sleep(0)
    return before, records()


def run(main):
    """Run in a thread of its own: a browser of other tests leaves a loop running in this one."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(asyncio.run, main).result()


def test_a_decorated_coroutine_function():
    assert inspect.iscoroutinefunction(coroutine)

    async def main():
        beside = asyncio.create_task(asyncio.sleep(0, records()))
        return await asyncio.gather(coroutine(), coroutine()), records(), await beside

    assert run(main()) == ([(False, False)] * 2, True, True)


def test_a_decorated_coroutine_driven_by_hand():
    driven = coroutine()
    driven.send(None)
    assert records()
    with pytest.raises(StopIteration) as stop:
        driven.send(None)
    assert stop.value.value == (False, False)


@no_grad()
async def asynchronous():
    try:
        while True:
            try:
                sent = yield records()
            except KeyError:
                sent = "caught"
            await asyncio.sleep(0)
            if sent == "stop":
                return
    finally:
        FINISHED.append(records())


def test_a_decorated_asynchronous_generator_function():
    assert inspect.isasyncgenfunction(asynchronous)

    async def main():
        FINISHED.clear()
        found = []
        generator = asynchronous()
        found += [await anext(generator), records()]
        found += [await generator.asend("a"), records()]
        found += [await generator.athrow(KeyError), records()]
        with pytest.raises(StopAsyncIteration):
            await generator.asend("stop")
        async for value in (other := asynchronous()):
            found += [value, records()]
            break
        await other.aclose()
        return [*found, records()]

    assert run(main()) == [False, True] * 4 + [True]
    assert FINISHED == [False, False]


class Network:
    @no_grad()
    def method(self):
        yield records()

    @no_grad()
    @staticmethod
    def static():
        return records()

    @no_grad()
    @classmethod
    def of_class(cls):
        return records()


def test_methods():
    assert [*Network().method(), Network.static(), Network.of_class()] == [False] * 3


@pytest.mark.parametrize("wrong", [3, False, "name"])
def test_what_is_no_function_is_refused(wrong):
    with pytest.raises(TypeError, match="expects a function"):
        no_grad(wrong)
    with pytest.raises(TypeError, match="expects a function"):
        scope("s")(wrong)


# --- managers in generators -----------------------------------------------------------------------


def inside():
    with no_grad():
        yield records()
        with scope("deep"):
            yield records(), scope_here()
        yield records()
    yield records()


def test_a_suspended_generator_leaves_the_caller_in_its_own_mode():
    assert [(value, records(), scope_here()) for value in inside()] == [
        (False, True, "None"),
        ((False, "deep"), True, "None"),
        (False, True, "None"),
        (True, True, "None"),
    ]
    assert records()


def scoped_inside():
    with scope("own"):
        yield scope_here()
        yield in_scope("layer", None, scope_here)
        yield scope_here()


def test_the_caller_may_open_other_modes_meanwhile():
    generator = scoped_inside()
    with scope("a"):
        assert next(generator) == "a/own"
        assert scope_here() == "a"
    with scope("b"), no_grad():
        assert next(generator) == "a/own/layer"
        assert not records()
        assert in_scope("c", None, scope_here) == "b/c"
    assert in_scope("d", None, lambda: (next(generator), scope_here())) == ("a/own", "d")
    assert scope_here() == "None"
    with pytest.raises(StopIteration):
        next(generator)
    assert (records(), scope_here()) == (True, "None")


def test_a_generator_records_again_where_its_own_caller_asks_for_it():
    generator = inside()
    next(generator)
    # grad records even inside no_grad, and the generator's no_grad is inside of grad.
    assert grad(lambda x: x * x if next(generator) else 0.0 * x)(1.0) == 2.0
    assert records()


def test_generators_that_end_out_of_order():
    first, second = inside(), inside()
    assert [next(first), next(second)] == [False, False]
    first.close()
    assert records()
    assert next(second) == (False, "deep")
    second.close()
    assert (records(), scope_here()) == (True, "None")


def test_a_generator_that_is_forgotten():
    next(inside())
    gc.collect()
    assert records()
    with no_grad():
        assert not records()
    assert records()


def in_thread(function):
    found = []
    thread = threading.Thread(target=lambda: found.extend([function(), records()]))
    thread.start()
    thread.join()
    return found


def test_a_generator_closed_in_another_thread():
    generator = inside()
    next(generator)
    assert in_thread(generator.close) == [None, True]
    assert records()


def test_a_generator_that_goes_on_in_another_thread():
    generator = inside()
    next(generator)
    # Its own mode is of the thread that entered; there is none in the other one to leave.
    assert in_thread(lambda: next(generator))[1] is True
    assert in_thread(generator.close) == [None, True]
    assert records()


def test_a_generator_closed_in_another_context():
    generator = inside()
    copy_context().run(next, generator)
    assert records()
    generator.close()
    assert records()


async def asynchronous_inside():
    with no_grad():
        yield records()
        await asyncio.sleep(0)
        yield records()


def test_an_asynchronous_generator_leaves_the_caller_in_its_own_mode():
    async def main():
        return [(value, records()) async for value in asynchronous_inside()] + [records()]

    assert run(main()) == [(False, True), (False, True), True]


def test_a_coroutine_and_the_tasks_that_it_starts():
    async def other():
        await asyncio.sleep(0)
        return records()

    async def main():
        outside = asyncio.create_task(other())
        with no_grad():
            started = asyncio.create_task(other())
            return await outside, await started, records()

    assert run(main()) == (True, False, False)


@contextlib.contextmanager
def quiet():
    with no_grad(), scope("quiet"):
        yield


@contextlib.contextmanager
def delegating():
    def inner():
        with no_grad():
            yield

    yield from inner()


@contextlib.asynccontextmanager
async def asynchronously_quiet():
    with no_grad():
        yield


@pytest.fixture
def quiet_fixture():
    with no_grad():
        yield


def test_a_generator_that_is_a_context_manager_leaves_its_mode_open():
    with quiet():
        assert (records(), str((X * X).scope)) == (False, "quiet")
    with delegating():
        assert not records()
    with contextlib.ExitStack() as stack:
        stack.enter_context(quiet())
        assert not records()
    assert (records(), scope_here()) == (True, "None")

    async def main():
        async with asynchronously_quiet():
            inside = records()
        return inside, records()

    assert run(main()) == (False, True)


def test_a_fixture_leaves_its_mode_open(quiet_fixture):
    assert not records()


# --- entering and leaving by hand -----------------------------------------------------------------


def test_managers_left_out_of_order():
    a, b, c = no_grad(), scope("b"), scope("c")
    for manager in (a, b, c):
        manager.__enter__()
    assert (records(), scope_here()) == (False, "b/c")
    a.__exit__(None, None, None)
    assert (records(), scope_here()) == (True, "b/c")
    b.__exit__(None, None, None)
    assert scope_here() == "b/c"
    c.__exit__(None, None, None)
    assert (records(), scope_here()) == (True, "None")


def test_one_manager_entered_twice():
    manager = no_grad()
    with manager, manager:
        assert not records()
    assert records()


@pytest.mark.parametrize("manager", [no_grad(), scope("s")], ids=["no_grad", "scope"])
def test_leaving_in_another_thread_is_an_error_and_changes_nothing_there(manager):
    manager.__enter__()

    def leave():
        with pytest.raises(RuntimeError, match="another thread"):
            manager.__exit__(None, None, None)
        return scope_here()

    assert in_thread(leave) == ["None", True]
    manager.__exit__(None, None, None)
    assert (records(), scope_here()) == (True, "None")


def test_leaving_what_was_not_entered_is_an_error():
    with pytest.raises(RuntimeError, match="with statement"):
        no_grad().__exit__(None, None, None)
    assert records()


def recorded():
    return (Node(1.0) * 2.0).requires_grad


def closed_by(stack):
    stack.close()


@pytest.mark.parametrize("close", [contextlib.ExitStack.close, closed_by], ids=["here", "helper"])
def test_a_stack_of_managers_in_a_generator_leaves_the_caller_in_its_own_mode(close):
    def numbers():
        stack = contextlib.ExitStack()
        stack.enter_context(no_grad())
        yield recorded()
        yield recorded()
        close(stack)
        yield recorded()

    assert [(inside, recorded()) for inside in numbers()] == [
        (False, True), (False, True), (True, True),
    ]  # fmt: skip


def test_a_stack_of_managers_elsewhere():
    with contextlib.ExitStack() as stack:
        stack.enter_context(no_grad())
        assert not recorded()
    assert recorded()
