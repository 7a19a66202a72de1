"""How fast the operator is called: one token bucket and one pause for all workers, kept in the queue's Redis.

When Redis is away the worker paces itself at a share of the rate; nothing stops, nothing is counted twice.
"""

import time
from dataclasses import dataclass

from redis import Redis
from redis.exceptions import RedisError

_TAKE = """
local now = tonumber(ARGV[1])
local pause = tonumber(redis.call('get', KEYS[2]) or '0')
if pause > now then return tostring(pause - now) end
local rate, burst = tonumber(ARGV[2]), tonumber(ARGV[3])
local tokens = tonumber(redis.call('hget', KEYS[1], 'tokens') or burst)
local since = tonumber(redis.call('hget', KEYS[1], 'at') or now)
tokens = math.min(burst, tokens + (now - since) * rate)
local wait = 0
if tokens >= 1 then tokens = tokens - 1 else wait = (1 - tokens) / rate end
redis.call('hset', KEYS[1], 'tokens', tostring(tokens), 'at', tostring(now))
redis.call('expire', KEYS[1], 60)
return tostring(wait)
"""
_BUCKET, _PAUSE, _DOUBTS = "console:operator:bucket", "console:operator:pause", "console:operator:doubts"
LOOKED_AT, TOO_MANY = 20, 10
"""The breaker opens when half of the last twenty calls ended in doubt."""
BREAK_SECONDS = 60
LONGEST_PAUSE = 300.0


@dataclass
class Pace:
    """`rate` calls a second over all workers, `burst` at once."""

    redis: Redis
    rate: float
    burst: int

    def take(self) -> None:
        """Wait for a turn. Obeys a Retry-After that any worker was told."""
        while (wait := self._wait()) > 0:
            time.sleep(min(wait, 1.0))

    def _wait(self) -> float:
        try:
            told = self.redis.eval(_TAKE, 2, _BUCKET, _PAUSE, time.time(), self.rate, self.burst)  # type: ignore[no-untyped-call]
        except RedisError:
            time.sleep(4 / self.rate)
            return 0.0
        return float(told)

    def pause(self, seconds: float) -> None:
        """Everybody waits: the operator said so, or too many calls ended in doubt."""
        until = time.time() + min(seconds, LONGEST_PAUSE)
        try:
            self.redis.set(_PAUSE, until, px=int(min(seconds, LONGEST_PAUSE) * 1000) or 1)
        except RedisError:
            time.sleep(min(seconds, 5.0))

    def note(self, *, doubt: bool) -> None:
        """Remember how a call ended; half of twenty in doubt opens the breaker for a minute."""
        try:
            pipe = self.redis.pipeline()
            pipe.lpush(_DOUBTS, int(doubt))
            pipe.ltrim(_DOUBTS, 0, LOOKED_AT - 1)
            pipe.lrange(_DOUBTS, 0, -1)
            last = pipe.execute()[-1]
            if len(last) == LOOKED_AT and sum(map(int, last)) >= TOO_MANY:
                self.redis.delete(_DOUBTS)
                self.pause(BREAK_SECONDS)
        except RedisError:
            return
