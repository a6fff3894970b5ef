"""Counters in Redis, for several machines: the same arithmetic as in shared memory, in one script and one round trip.

While Redis cannot be reached, every machine counts for itself.
"""

from __future__ import annotations

import logging
import time
from hashlib import blake2b
from typing import Any

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from app.adapters.limits import STEPS, Counters, name_of
from app.adapters.limits.shared_memory import SharedMemory
from app.core.limits import Budget, Taken

log = logging.getLogger(__name__)

PREFIX = "palaver:limit:"
TIMEOUT_SECONDS = 0.5
# After a failure Redis is left alone for so long; a request must not wait for what is not there.
PAUSE_SECONDS = 5.0

_TAKE = """
local time = redis.call('TIME')
local now = tonumber(time[1]) + tonumber(time[2]) / 1e6
local algorithm, amount, seconds = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3])
local cost, steps = tonumber(ARGV[4]), tonumber(ARGV[5])
local function answer(allowed, remaining, reset, retry)
  return {allowed, math.max(0, math.floor(remaining)), tostring(reset), tostring(retry)}
end
if algorithm == 'gcra' then
  local step = seconds / amount
  local tat = math.max(tonumber(redis.call('GET', KEYS[1]) or 0), now)
  local wanted, room = tat + cost * step, now + seconds + step * 1e-6
  if wanted > room then return answer(0, (room - tat) / step, tat - now, wanted - room) end
  redis.call('SET', KEYS[1], string.format('%.6f', wanted), 'PX', math.ceil((wanted - now) * 1000) + 1)
  return answer(1, (room - wanted) / step, wanted - now, 0)
end
local width = seconds / steps
local newest = math.floor(now / width)
local held, total, last = {}, 0, newest
local all = redis.call('HGETALL', KEYS[1])
for i = 1, #all, 2 do
  local step, count = tonumber(all[i]), tonumber(all[i + 1])
  if step < newest - steps then redis.call('HDEL', KEYS[1], all[i])
  else held[step] = count; total = total + count end
end
if total + cost > amount then
  local back, retry, reset = 0, nil, newest + steps + 1
  for step = newest - steps, newest do
    if held[step] then
      back, reset = back + held[step], step + steps + 1
      if not retry and back >= total + cost - amount then retry = reset end
    end
  end
  return answer(0, amount - total, reset * width - now, (retry or reset) * width - now)
end
redis.call('HINCRBY', KEYS[1], string.format('%d', newest), cost)
local reset = (newest + steps + 1) * width - now
redis.call('PEXPIRE', KEYS[1], math.ceil(reset * 1000))
return answer(1, amount - total - cost, reset, 0)
"""


class Redis(Counters):
    """Takes the place of the library's own storage for these addresses, which knows no GCRA and answers in three steps.

    Args:
        counters: how many may be kept in shared memory while Redis is away.
    """

    STORAGE_SCHEME = ["redis", "rediss", "redis+unix"]

    def __init__(self, uri: str, counters: int = 65_536) -> None:
        super().__init__(uri)
        self._redis = redis.Redis.from_url(
            uri.replace("redis+unix", "unix"), socket_timeout=TIMEOUT_SECONDS, socket_connect_timeout=TIMEOUT_SECONDS,
            retry=Retry(NoBackoff(), 1),
        )  # fmt: skip
        self._take = self._redis.register_script(_TAKE)
        self._instead = SharedMemory(counters=counters)
        self._away_until = 0.0

    def take(self, key: str, budget: Budget, cost: int = 1) -> Taken:
        said = self._ask(
            lambda: self._take(
                [_hidden(name_of(key, budget))], [budget.algorithm, budget.amount, budget.seconds, cost, STEPS]
            )
        )
        if said is None:
            return self._instead.take(key, budget, cost)
        allowed, remaining, reset, retry = said
        return Taken(bool(allowed), remaining, float(reset), float(retry))

    def clear(self, key: str) -> None:
        self._ask(lambda: self._redis.delete(_hidden(key)))
        self._instead.clear(key)

    def answers(self) -> bool:
        """Is Redis there?"""
        return bool(self._ask(self._redis.ping))

    def _ask(self, question: Any) -> Any:
        if time.monotonic() < self._away_until:
            return None
        try:
            return question()
        except redis.RedisError as error:
            self._away_until = time.monotonic() + PAUSE_SECONDS
            log.warning("Redis cannot be reached, this machine counts for itself: %s", error)
            return None


def _hidden(name: str) -> str:
    """What people typed as their name may be their password: Redis sees neither."""
    return PREFIX + blake2b(name.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()
