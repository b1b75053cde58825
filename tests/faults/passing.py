"""How time passes in a world: not by waiting, but by moving the moments at which something happens by itself."""

EMPTY = (
    "TRUNCATE signals_unjudged, signals_signal, conversions_conversion, deliveries_lane, deliveries_request,"
    " deliveries_attempt CASCADE"
)
# Each takes one value: how many seconds have passed.
LATER = (
    """WITH passed AS (SELECT make_interval(secs => %s) AS time) UPDATE conversions_conversion
       SET due_at = due_at - time, leased_until = leased_until - time, doubtful_since = doubtful_since - time
       FROM passed WHERE state IN ('waiting', 'sending')""",
    """WITH passed AS (SELECT make_interval(secs => %s) AS time) UPDATE deliveries_lane
       SET next_due_at = next_due_at - time, leased_until = leased_until - time, held_until = held_until - time,
           open_until = open_until - time FROM passed""",
)
DUE = (
    "UPDATE conversions_conversion SET due_at = now() WHERE state = 'waiting' AND due_at > now()",
    """UPDATE deliveries_lane SET next_due_at = now(), held_until = NULL, open_until = NULL, faults = 0
       WHERE next_due_at > now() OR held_until > now() OR open_until > now() OR faults > 0""",
)
# Redis: what runs out does so earlier, and what is remembered of a network was earlier. Takes milliseconds.
AGE = """
for _, key in ipairs(redis.call('KEYS', '*')) do
    local left = redis.call('PTTL', key)
    if left > 0 then redis.call('PEXPIRE', key, math.max(1, left - ARGV[1])) end
    if key:find('pace:') or key:find('circuit:') then
        local told = cjson.decode(redis.call('GET', key))
        for _, name in ipairs({'at', 'until'}) do
            if told[name] then told[name] = told[name] - ARGV[1] / 1000 end
        end
        redis.call('SET', key, cjson.encode(told), 'KEEPTTL')
    end
end
"""
# And forgetting all of that.
FORGET = """
for _, key in ipairs(redis.call('KEYS', '*')) do
    if key:find('pace:') or key:find('circuit:') then redis.call('DEL', key) end
end
"""
