package lsp_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/llmspell/llmspell/internal/luagen"
)

// pieces are parts of programs: $f to $k are fields, $a to $e variables, $G and $H
// globals, drawn from few names, so that the same name is many things.
var pieces = []string{
	"local $a = {$f = 1, $g = 2}\nprint($a.$f, $a.$g, $a[\"$f\"])\n$a.$f = $a.$f + 1\nprint($a.$f)",
	"local $a = {}\n$a.$f = {$g = 5}\nlocal $b = $a.$f\nprint($b.$g)\n$b.$g = 6\nprint($a.$f.$g)",
	"local $a = {}\n$a.__index = $a\nfunction $a.new($b) return setmetatable({$f = $b}, $a) end\nfunction $a:$g() return self.$f end\nfunction $a:$h($b) self.$f = $b return self end\nprint($a.new(3):$g(), $a.new(4):$h(5):$g())",
	"local $a = {}\n$a.__index = $a\nfunction $a.new() local self = setmetatable({}, $a) self.$f = 1 return self end\nfunction $a:$g() return self.$f end\nlocal $b = setmetatable({}, {__index = $a})\n$b.__index = $b\nfunction $b.new() local self = $a.new() return setmetatable(self, $b) end\nfunction $b:$g() return $a.$g(self) + 10 end\nprint($a.new():$g(), $b.new():$g())",
	"local $a = {$f = 1, $g = 2, $h = 3}\nlocal $b = {}\nfor $c in pairs($a) do $b[#$b + 1] = $c end\ntable.sort($b)\nprint(table.concat($b, \" \"))",
	"local $a = {$f = 1, $g = 2}\nfor _, $b in ipairs({\"$f\", \"$g\"}) do print($a[$b]) end",
	"local function $a($b) return $b.$f or 0 end\nprint($a({$f = 7}), $a({$g = 8}))",
	"local function $a($b) return {$f = $b.$f, $g = $b.$g} end\nlocal $c = $a({$f = 1, $g = 2})\nprint($c.$f, $c.$g)",
	"$G = {$f = 1}\nfunction $H($a) return $G.$f + $a end\nprint($H(1), _G.$G.$f, _G[\"$G\"].$f)",
	"$G = 3\nprint(rawget(_G, \"$G\"), $G)\nrawset(_G, \"$G\", 4)\nprint($G)",
	"$G = 1\nlocal $a = loadstring(\"return $G\")\nprint($a())",
	"local $a = setmetatable({}, {__index = function($b, $c) return $c .. \"!\" end})\nprint($a.$f, $a.$g)",
	"local $a = setmetatable({}, {__newindex = function($b, $c, $d) rawset($b, $c .. \"_\", $d) end})\n$a.$f = 1\nprint($a.$f, $a[\"$f_\"])",
	"local $a = {$f = 1}\nprint(rawget($a, \"$f\"))\nrawset($a, \"$f\", 2)\nprint($a.$f, rawequal($a.$f, 2))",
	"local $a = {$f = function(self, $b) return self.$g + $b end, $g = 2}\nprint($a:$f(1), $a.$f($a, 2))\nlocal $b = $a.$f\nprint($b({$g = 9}, 1))",
	"local function $a(...) local $b = {...} return select(\"#\", ...), $b[1] end\nprint($a(1, 2), (select(2, $a(\"x\"))))",
	"local function $a(...) return arg.n end\nprint($a(1, 2, 3))",
	"for $a = 1, 3 do\n  if $a == 2 then goto $l end\n  print($a)\n  ::$l::\nend",
	"local $a = 1\ndo local $a = $a + 1 print($a) end\nlocal function $b($a) return $a end\nprint($b($a), $a)",
	"local $a, $b = 1, 2\nlocal function $c() $a = $a + $b return $a end\nprint($c(), $c(), $b)",
	"local $a = {{$f = 1}, {$f = 2}}\ntable.insert($a, {$f = 3})\n$a[#$a + 1] = {$f = 0}\ntable.sort($a, function($b, $c) return $b.$f < $c.$f end)\nfor _, $b in ipairs($a) do print($b.$f) end",
	"local $a = JSON.parse('{\"$f\": 1, \"$g\": [2]}')\nprint($a.$f, $a.$g[1])",
	"local $a = {$f = 1, $g = {$h = 2}}\nprint(JSON.stringify($a))\nprint($a.$f, $a.$g.$h)",
	"State.set(\"$s\", {$f = 1})\nprint(State.get(\"$s\").$f)",
	"local $a = {input = \"1+1\"}\nlocal $b = Tool.execute(\"calculator\", $a)\nprint($b.success, $a.input)",
	"local $a, $b = pcall(function() return {$f = 1} end)\nprint($a, $b.$f)",
	"local $a, $b = pcall(error, {$f = 1})\nprint($a, $b.$f)",
	"local $a, $b = pcall(function() error({$f = \"bad\", $g = 2}) end)\nprint($b.$f, $b.$g)",
	"local $a = coroutine.wrap(function($b) local $c = coroutine.yield({$f = $b}) return {$g = $c} end)\nprint($a(1).$f, $a(2).$g)",
	"local $a = coroutine.create(function($b) $b.$f = 2 coroutine.yield($b) return $b.$f end)\nlocal $c = {$f = 1}\nprint(select(2, coroutine.resume($a, $c)).$f, $c.$f)",
	"local $a = setmetatable({$f = 2}, {__call = function(self, $b) return self.$f * $b end})\nprint($a(4))",
	"local $a = {}\nlocal function $b($c) return setmetatable({$f = $c}, $a) end\n$a.__add = function($c, $d) return $b($c.$f + $d.$f) end\n$a.__eq = function($c, $d) return $c.$f == $d.$f end\n$a.__tostring = function($c) return \"v\" .. $c.$f end\nlocal $e = $b(1) + $b(2)\nprint($e.$f, tostring($e), $b(1) == $b(1))",
	"local $a = {$f = 1}\nlocal $b = {__index = $a}\nlocal $c = setmetatable({$g = 2}, $b)\nprint($c.$f, $c.$g, getmetatable($c).__index.$f)",
	"local $a = {$f = \"x\", $g = \"y\"}\nprint(((\"$f $g\"):gsub(\"%w+\", $a)))",
	"local $a = {$f = 1}\nlocal $b = {$f = 2}\nlocal function $c($d) return $d.$f end\nprint($c($a), $c($b))\nlocal $e = {$f = 3}\nprint($e.$f)",
	"local function $a($b) $b = $b or {} $b.$f = $b.$f or 5 return $b end\nprint($a().$f, $a({$f = 1}).$f)",
	"local $a = {}\nfor $b, $c in pairs({$f = 1, $g = 2}) do $a[$b] = $c end\nprint($a.$f, $a.$g)",
	"local $a = {$f = {$g = {$h = 1}}}\nlocal $b = $a.$f.$g\n$b.$h = 2\nprint($a.$f.$g.$h)\nlocal $c = \"$g\"\nprint($a.$f[$c].$h)",
	"local $a = {[\"$f\"] = 1, [1] = 2, [true] = 3}\nprint($a.$f, $a[1], $a[true])",
	"local $a = {$f = 1}\nlocal $b = \"f\"\nprint($a[\"$f\"], next({}) == nil, #$b)",
	"local function $a($b) local $c = {} for $d, $e in pairs($b) do $c[$d] = $e end return $c end\nlocal $b = $a({$f = 1})\nprint($b.$f)\nlocal $c = {$g = 2}\nprint($c.$g)",
	"local $a = {}\nfunction $a.$f($b) return $b * 2 end\n$a.$g = $a.$f\nlocal $b = \"$f\"\nprint($a.$g(2), $a.$f(3))",
	"local $a = require(\"mod\")\nprint($a.$f(2), $a.$g)\nprint($a.make(3).$h, $a.make(3):$i())",
	"local $a = require(\"lib.shape\")\nlocal $b = $a.new(2)\nprint($b:area(), $b.size, $b.name)",
	"local $a = require(\"lib.util\")\nlocal $b = {$f = 1, $g = 2}\nprint($a.get_size({size = 3}), $a.copy($b).$f, $a.fill({}).count)\nfor _, $c in ipairs($a.list) do print($c.name) end",
	"require(\"lib.util\")\ntotal = (total or 0) + 1\nprint(total, registry.size)\nregister({name = \"$f\", size = 2})\nprint(registry.last.name, registry.size)",
	"local $a = require(\"lib.util\")\nlocal $b = $a.Stack.new()\n$b:push({$f = 1}):push({$f = 2})\nprint($b:pop().$f, $b.size, #$b.items)\nlocal $c = $a.class()\nfunction $c:$g() return self.$h end\nlocal $d = $c.new({$h = 4})\nprint($d:$g(), $d.$h)",
	"local $a = require(\"lib.util\")\nlocal $c = $a.class()\nlocal $d = $a.class($c)\nfunction $c:$f() return \"base\" end\nfunction $d:$g() return self:$f() .. \"!\" end\nprint($d.new({}):$g(), $d.new({}):$f(), $c.new({}):$f())",
	"local $a = require(\"lib.util\")\nlocal $b = {$f = 1}\n$a.on(\"$g\", function($c) print($c.$f, $c == $b) end)\n$a.emit(\"$g\", $b)\nprint($a.handlers.$g ~= nil)",
	"local $a = require(\"lib.util\")\nlocal $b = $a.mixin({$f = 1}, {$g = function(self) return self.$f end})\nprint($b:$g(), $b.$f)",
	"local $a = {}\ndo\n  local $b = {$f = 0}\n  function $a.$g() $b.$f = $b.$f + 1 return $b end\n  $a.$h = $b\nend\nprint($a.$g().$f, $a.$h.$f)",
	"local $b = \"lib.\" .. \"shape\"\nlocal $a = require($b)\nprint($a.new(4):area())",
	"---@class Thing$n\n---@field $f number\n\n---@param $a Thing$n\nlocal function $b($a) return $a.$f end\nprint($b({$f = 4}))",
	"local $a = {list = {}}\nfunction $a:add($b) self.list[#self.list + 1] = $b return self end\nfunction $a:each($b) for $c, $d in ipairs(self.list) do $b($d, $c) end end\n$a:add({$f = 1}):add({$f = 2})\n$a:each(function($b, $c) print($b.$f, $c) end)",
	"local $a = {$f = 1}\nlocal $b = setmetatable({}, {__index = $a, __newindex = $a})\n$b.$f = 5\nprint($a.$f, $b.$f)",
	"local $a = setfenv(function() $G = 2 return $G end, {$H = 1})\nprint($a())",
	"local $a = {$f = 1}\nlocal $b = {$a}\nlocal $c = unpack($b)\nprint($c.$f, (select(1, $b[1])).$f)",
	"local function $a() return {$f = 1}, {$f = 2, $g = 3} end\nlocal $b, $c = $a()\nprint($b.$f, $c.$f, $c.$g)\nlocal $d = {$a()}\nprint($d[2].$g)",
	"local $a\n$a = {$f = function($b) if $b == 0 then return 1 end return $b * $a.$f($b - 1) end}\nprint($a.$f(5))",
	"State.set(\"$s\", 1)\nState.set(\"$s\", 2, {scope = \"mine\"})\nprint(State.get(\"$s\"), State.get(\"$s\", {scope = \"mine\"}), State.exists(\"$t\"))",
	"State.save(\"mine\", \"$s\", 3)\nprint(State.load(\"mine\", \"$s\"), State.get(\"$s\"), State.increment(\"$t\", 2))",
	"local $a = {scope = \"mine\"}\nState.set(\"$s\", 4, $a)\nprint(State.get(\"$s\", $a), State.get(\"$s\"))",
	"local $a = \"$s\"\nState.set($a, 5)\nprint(State.get(\"$s\"))",
	"local $a = State\n$a.set(\"$s\", 6)\nprint(pcall(State.get, \"$s\"))\nlocal $b = State.get\nprint($b(\"$s\"))",
	"State.set(\"$s\", 7)\nprint(#State.list(), State.list()[1])",
	"local function $a($b) return State.get($b) end\nState.set(\"$t\", 8)\nprint($a(\"$t\"))",
	"State.set(\"$t\", 1)\nState.transaction(function($a) $a.set(\"$t\", $a.get(\"$t\") + 1) end)\nprint(State.get(\"$t\"), State.compare_and_set(\"$t\", 2, 3))",
	"State.agent_set(\"bob\", \"$s\", 9)\nprint(State.agent_get(\"bob\", \"$s\"), State.get(\"$s\", {scope = \"agent:bob\"}), State.get(\"$s\"))",
	"Event.on(\"$s.*\", function($a) print($a.data) end)\nEvent.publish(\"$s.$t\", 1)\nEvent.publish(\"$s\", 2)\nEvent.dispatch(100)",
	"Event.on({\"$s\", \"$t\"}, function($a) print($a.event_type) end)\nEvent.publish(\"$t\", 1)\nEvent.dispatch(100)",
	"local $a = Event.subscribe(\"$s\")\nEvent.publish(\"$s\", {$f = 1})\nlocal $b = Event.receive($a, 100)\nprint($b and $b.data.$f)",
	"Hook.register(\"custom:$s\", function($a) print($a.data.$f) end)\nHook.fire(\"custom:$s\", {$f = 1})\nHook.fire(\"custom:$t\", {$g = 1})",
	"Event.on(\"$s\", function($a) print($a.data.$f) end)\nEvent.publish(\"$s\", {$f = 1})\nEvent.dispatch(100)",
	"local $a = {}\n$a.$f, $a.$g = 1, 2\n$a.$f, $a.$g = $a.$g, $a.$f\nprint($a.$f, $a.$g)",
	"local $a = string\nfunction $a.$f($b) return #$b end\nprint((\"abc\"):$f(), string.$f(\"x\"))",
	"local $a = {upper = function() return \"mine\" end, len = 1}\nlocal function $b($c) return $c:upper() end\nprint($b(\"x\"), $b($a), $a.len)",
	"while true do local $a = {$f = 1} if $a.$f then break end end\nrepeat local $b = {$g = true} until $b.$g\nprint(\"done\")",
	"local $a = {$f = 1}\nlocal $b = ($a)\nprint(($b).$f, ($a)[(\"$f\")], $a[ [[$f]] ])",
	"local function $a($b, $c) return $b[$c] end\nprint($a({$f = 1}, \"$f\"))",
	"local $a = {$f = 1, $g = 2}\nlocal $b, $c = next($a)\nprint($b ~= nil, $c ~= nil)\nlocal $d = {$h = 1}\nif next($d) then print($d.$h) end",
	"local $a = Tool.register\nlocal $b = {name = \"t$n\", description = \"d\", parameters = {{name = \"$f\", type = \"number\"}}, execute = function($c) return $c.$f end}\nprint(pcall($a, $b))\nprint($b.name)",
	"local $a = table.pack and table.pack(1, {$f = 2}) or {n = 2, 1, {$f = 2}}\nprint($a.n, $a[2].$f)",
	"local function $a($b) return function($c) return {$f = $b, $g = $c} end end\nprint($a(1)(2).$f, $a(1)(2).$g)",
}

// utilities is a module as people write them.
const utilities = `local M = {}

registry = {size = 0, items = {}}

function register(item)
  registry.size = registry.size + 1
  registry.items[#registry.items + 1] = item
  registry.last = item
  total = registry.size
end

M.list = {{name = "a"}, {name = "b"}}
M.handlers = {}

function M.get_size(o) return o.size end
function M.copy(t) local c = {} for k, v in pairs(t) do c[k] = v end return c end
function M.fill(t) t.count = 1 return t end

function M.on(name, f) M.handlers[name] = M.handlers[name] or {} table.insert(M.handlers[name], f) end
function M.emit(name, ...) for _, f in ipairs(M.handlers[name] or {}) do f(...) end end
function M.mixin(o, with) for k, v in pairs(with) do o[k] = v end return o end

function M.class(base)
  local c = {}
  c.__index = c
  if base then setmetatable(c, {__index = base}) end
  function c.new(o) return setmetatable(o or {}, c) end
  return c
end

local Stack = {}
Stack.__index = Stack
M.Stack = Stack

function Stack.new() return setmetatable({items = {}, size = 0}, Stack) end
function Stack:push(value)
  self.size = self.size + 1
  self.items[self.size] = value
  return self
end
function Stack:pop()
  local value = self.items[self.size]
  self.items[self.size] = nil
  self.size = self.size - 1
  return value
end

return M
`

// program writes a program of some pieces, and its modules.
func program(r *rand.Rand) map[string]string {
	var b strings.Builder
	word := map[string][]string{
		"f": {"name", "size", "count", "value", "next", "items"}, "v": {"name", "size", "list", "value", "n", "obj", "tmp"},
		"G": {"config", "name", "total"}, "s": {"job.done", "count", "name"}, "t": {"count", "size", "user.new"}, "l": {"continue", "name"},
	}
	// In a module the same names stand for the same things.
	module := map[byte]string{'f': word["f"][r.IntN(3)], 'g': word["f"][3+r.IntN(3)], 'h': "size", 'i': "items"}
	for i := range 3 + r.IntN(6) {
		piece := pieces[r.IntN(len(pieces))]
		names := map[byte]string{}
		used := map[string]bool{}
		draw := func(pool []string) string {
			for {
				if w := pool[r.IntN(len(pool))]; !used[w] {
					used[w] = true
					return w
				}
			}
		}
		fields := slices.Clone(word["f"])
		r.Shuffle(len(fields), func(i, j int) { fields[i], fields[j] = fields[j], fields[i] })
		block := r.IntN(3) > 0
		if block {
			b.WriteString("do\n")
		}
		for k := 0; k < len(piece); k++ {
			c := piece[k]
			if c != '$' || k+1 == len(piece) {
				b.WriteByte(c)
				continue
			}
			k++
			key := piece[k]
			if _, ok := names[key]; !ok {
				switch {
				case key == 'n':
					names[key] = fmt.Sprint(i)
				case strings.Contains(piece, "require(\"mod\")") && module[key] != "":
					names[key] = module[key]
				case key >= 'f' && key <= 'k':
					names[key] = fields[key-'f']
				case key == 'G' || key == 'H':
					names[key] = draw(word["G"])
				case key == 's':
					names[key] = word["s"][r.IntN(3)]
				case key == 't':
					names[key] = word["t"][r.IntN(3)]
				case key == 'l':
					names[key] = word["l"][r.IntN(2)]
				default:
					names[key] = draw(word["v"])
				}
			}
			b.WriteString(names[key])
		}
		if block {
			b.WriteString("\nend\n")
		} else {
			b.WriteString("\n")
		}
	}
	return map[string]string{
		"main.lua": b.String(),
		"mod.lua": fmt.Sprintf("local M = {}\nlocal T = {}\nT.__index = T\nfunction T:%[4]s() return self.%[3]s * 2 end\nfunction M.%[1]s(n) return n + M.%[2]s end\nM.%[2]s = 10\n"+
			"function M.make(%[3]s) return setmetatable({%[3]s = %[3]s}, T) end\nreturn M\n", module['f'], module['g'], module['h'], module['i']),
		"lib/util.lua": utilities,
		"lib/shape.lua": "---@class Shape\n---@field name string\n---@field size number\nlocal Shape = {}\nShape.__index = Shape\n\n---@param size number\n---@return Shape\nfunction Shape.new(size)\n" +
			"  return setmetatable({name = \"shape\", size = size}, Shape)\nend\n\nfunction Shape:area()\n  return self.size * self.size\nend\n\nreturn Shape\n",
	}
}

// TestRenamedProgramsDoTheSame renames names of generated programs: they print the same
// afterwards, or the renaming is refused.
func TestRenamedProgramsDoTheSame(t *testing.T) {
	count := tally{}
	for seed := range *programs {
		r := rand.New(rand.NewPCG(uint64(seed+*firstProgram), 6))
		renameAll(t, program(r), count, func() bool { return r.IntN(2) == 0 })
	}
	for seed := range *programs / 3 {
		r := rand.New(rand.NewPCG(uint64(seed+*firstProgram), 7))
		renameAll(t, map[string]string{"main.lua": luagen.Program(int64(seed+*firstProgram), luagen.All())}, count, func() bool { return r.IntN(12) == 0 })
	}
	t.Log("\n" + count.String())
	for _, kind := range []string{"local", "local function", "parameter"} {
		if n := count[kind]; n == nil || n.accepted < 19*n.refused || n.accepted == 0 {
			t.Errorf("of each twenty names of the kind %s, nineteen can be renamed: %+v", kind, n)
		}
	}
	if n := count["field"]; n == nil || n.accepted < n.refused/2 {
		t.Errorf("few fields can be renamed: %+v", n)
	}
}
