//go:build !race

package latency

import (
	"fmt"
	"strings"
)

// What makes a script hard to step through: its lines, the coroutines that are suspended, the
// entries of each of two tables that are locals where it stops, and the frames above that.
const (
	hardLines      = 100_000
	hardCoroutines = 10_000
	hardEntries    = 1_000_000
	hardDepth      = 200
)

// hardScript is a Lua program that never ends. Half of its lines are statements of the main
// chunk, which is on the stack, and half are in small functions, with the loop in between.
func hardScript() string {
	var b strings.Builder
	b.WriteString("local functions, x = {}, 0\n")
	for i := range hardLines / 2 {
		fmt.Fprintf(&b, "x = x + %d\n", i%50)
	}
	fmt.Fprintf(&b, `local waiting = {}
for i = 1, %d do
  waiting[i] = coroutine.create(function(n)
    local own = { n = n }
    coroutine.yield(own)
    return own
  end)
  coroutine.resume(waiting[i], i)
end
local function area(width, height)
  local result = width * height -- inside
  return result
end
local partner = coroutine.create(function()
  local turn = 0
  while true do
    turn = turn + 1
    coroutine.yield(turn)
  end
end)
local function loop()
  local array, hash, total = {}, {}, 0
  for i = 1, %d do array[i], hash["key" .. i] = i, i end
  while true do
    local size = area(total, 2) -- body
    local _, turn = coroutine.resume(partner) -- resume
    total = (total + size + turn) %% 1000 -- near
    array[total + 1] = total
  end
end
local function descend(n)
  if n == 0 then loop() end
  local result = descend(n - 1)
  return result
end
`, hardCoroutines, hardEntries)
	const size = 10
	for i := range hardLines / 2 / size {
		fmt.Fprintf(&b, "function functions.f%d(a)\n  local sum = a\n", i)
		for k := range size - 4 {
			fmt.Fprintf(&b, "  sum = sum + %d\n", k)
		}
		b.WriteString("  return sum\nend\n")
	}
	fmt.Fprintf(&b, "local result = descend(%d)\nreturn result\n", hardDepth)
	return b.String()
}
