"""How fast the operator is called: one token bucket, one pause and one breaker for all workers, in the queue's Redis.

When Redis is away the worker paces itself at a share of the rate; nothing stops, nothing is counted twice.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass

from redis import Redis
from redis.exceptions import RedisError

_TAKE = """
local now = tonumber(ARGV[1])
local pause = tonumber(redis.call('get', KEYS[2]) or '0')
if pause > now then return tostring(pause - now) end
local broken = tonumber(redis.call('get', KEYS[3]) or '0')
if broken > now then return tostring(broken - now) end
if broken > 0 and not redis.call('set', KEYS[4], '1', 'NX', 'EX', ARGV[4]) then return '0.5' end
local rate, burst = tonumber(ARGV[2]), tonumber(ARGV[3])
local tokens = tonumber(redis.call('hget', KEYS[1], 'tokens') or burst)
local since = tonumber(redis.call('hget', KEYS[1], 'at') or now)
tokens = math.min(burst, tokens + math.max(0, now - since) * rate)
local wait = 0
if tokens >= 1 then tokens = tokens - 1 else wait = (1 - tokens) / rate end
redis.call('hset', KEYS[1], 'tokens', tostring(tokens), 'at', tostring(now))
redis.call('expire', KEYS[1], 60)
if broken > 0 and wait > 0 then redis.call('del', KEYS[4]) end
return tostring(wait)
"""
_BUCKET, _PAUSE, _DOUBTS = "console:operator:bucket", "console:operator:pause", "console:operator:doubts"
_BROKEN, _PROBE = "console:operator:broken", "console:operator:probe"
LOOKED_AT, TOO_MANY = 20, 10
"""The breaker opens when half of the last twenty calls ended in doubt."""
BREAK_SECONDS = 60
PROBE_SECONDS = 30
"""Longer than a call may take: a worker that dies with the probe does not keep the others waiting."""
LONGEST_PAUSE = 300.0


@dataclass
class Pace:
    """`rate` calls a second over all workers, `burst` at once."""

    redis: Redis
    rate: float
    burst: int
    now: Callable[[], float] = time.time

    def take(self) -> None:
        """Wait for a turn. Obeys a Retry-After that any worker was told."""
        while (wait := self.turn()) > 0:
            time.sleep(min(wait, 1.0))

    def turn(self) -> float:
        """Seconds to wait before asking again; 0 when it is this caller's turn.

        After a break one caller gets a turn, and the others wait until its call has ended well.
        """
        keys = (_BUCKET, _PAUSE, _BROKEN, _PROBE)
        try:
            told = self.redis.eval(  # type: ignore[no-untyped-call]
                _TAKE, len(keys), *keys, self.now(), self.rate, self.burst, PROBE_SECONDS
            )
        except RedisError:
            time.sleep(4 / self.rate)
            return 0.0
        return float(told)

    def pause(self, seconds: float) -> None:
        """Everybody waits, because the operator said so."""
        lasting = min(seconds, LONGEST_PAUSE)
        try:
            self.redis.set(_PAUSE, self.now() + lasting, px=int(lasting * 1000) or 1)
        except RedisError:
            time.sleep(min(seconds, 5.0))

    def note(self, *, doubt: bool) -> None:
        """Remember how a call ended; half of twenty in doubt opens the breaker for a minute, one good call closes it."""
        try:
            pipe = self.redis.pipeline()
            pipe.lpush(_DOUBTS, int(doubt))
            pipe.ltrim(_DOUBTS, 0, LOOKED_AT - 1)
            pipe.lrange(_DOUBTS, 0, -1)
            pipe.get(_BROKEN)
            *_, last, broken = pipe.execute()
            half_open = broken is not None and float(broken) <= self.now()
            if half_open and not doubt:
                self.redis.delete(_BROKEN, _PROBE, _DOUBTS)
            elif half_open or (len(last) == LOOKED_AT and sum(map(int, last)) >= TOO_MANY):
                self.redis.set(_BROKEN, self.now() + BREAK_SECONDS)
                self.redis.delete(_DOUBTS, _PROBE)
        except RedisError:
            return

    def broken_for(self) -> float:
        """Seconds until the breaker lets a call through; 0 when it is closed."""
        try:
            broken = self.redis.get(_BROKEN)
        except RedisError:
            return 0.0
        return max(0.0, float(broken) - self.now()) if broken else 0.0  # type: ignore[arg-type]
